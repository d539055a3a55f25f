"""More than we can take at once: senders are told to come back, and whoever is under way is served."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from town import Answer, a_town

from tests.ingest.conftest import Product

SAID = {"userId": "ana", "event": "report.opened"}


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Product]:
    """A town that takes one request at a time and lets one more wait."""
    with a_town(tmp_path / "town", settings={"ingest_at_once": 1, "ingest_waiting": 1}) as town:
        yield Product(town)


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_who_finds_no_room_is_asked_to_come_back_and_nothing_is_lost(narrow: Product):
    answers: list[Answer] = []

    def send() -> None:
        answers.append(narrow.tells("/v1/track", SAID))

    before = len(narrow.did("ana"))
    with narrow.town.house.store.database.write():  # nobody else writes meanwhile
        waiting = [threading.Thread(target=send) for _ in range(2)]
        for one in waiting:
            one.start()
        refused: list[Answer] = []

        def full() -> bool:
            extra = threading.Thread(target=lambda: refused.append(narrow.tells("/v1/batch", {"batch": [{"type": "track", **SAID}]})))
            extra.start()
            extra.join(timeout=0.5)
            waiting.append(extra)
            return any(one.status == 429 for one in refused)

        until(full)
    for one in waiting:
        one.join(timeout=20)
    busy = next(one for one in refused if one.status == 429)
    assert (busy.json["code"], int(busy.headers["retry-after"]) > 0) == ("busy", True)
    taken = [one for one in [*answers, *refused] if one.status == 200]
    assert len(narrow.did("ana")) - before == len(taken) >= 2
    assert narrow.tells("/v1/track", SAID).status == 200


@pytest.mark.parametrize("path", ["/batch/", "/track", "/engage", "/2/httpapi"])
def test_every_tool_is_told_in_the_same_way_when_there_is_no_room(tmp_path: Path, path: str):
    with a_town(tmp_path / "town", settings={"ingest_at_once": 1, "ingest_waiting": 0}) as town:
        narrow = Product(town)
        with town.house.store.database.write():
            held = threading.Thread(target=lambda: until(lambda: narrow.tells("/v1/track", SAID).status == 200))
            held.start()
            until(lambda: narrow.tells(path, {}).status == 429)
        held.join(timeout=20)
        assert not held.is_alive()
