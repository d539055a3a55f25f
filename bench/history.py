"""What one more event costs somebody who did much before: it must not grow with their history."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bench.house import BareHouse, an_empty_house, sign_up
from flows.events import ProductEvent

Measured = tuple[str, float, str]

LITTLE, MUCH = 10, 10_000
_TIMES = 300
_EVENTS = ("report.opened", "report.created", "integrations.viewed", "source.connected")


def history_side(start: datetime, *, quick: bool = False) -> Iterator[Measured]:
    """Milliseconds through the door for one event after ten and after ten thousand others: the best of many, without waiting for a disk."""
    with tempfile.TemporaryDirectory() as folder:
        houses = {n: _with_history(Path(folder) / f"{n}.db", start, n) for n in (LITTLE, MUCH)}
        took: dict[int, list[float]] = {n: [] for n in houses}
        for turn in range(_TIMES // 3 if quick else _TIMES):  # in turns, so that what else the machine does falls on both
            for n, (house, who, now) in houses.items():
                began = time.perf_counter()
                house.door.handle(_event(who, f"more{turn}", now + timedelta(seconds=turn), turn))
                took[n].append(time.perf_counter() - began)
    for n in (LITTLE, MUCH):
        yield f"one event after {n:,} others", min(took[n]) * 1000, "ms"
    yield "the same, ten thousand by ten", min(took[MUCH]) / min(took[LITTLE]), "times"


def _with_history(file: Path, start: datetime, n: int) -> tuple[BareHouse, str, datetime]:
    """Somebody who did `n` things in a month, all of them told."""
    house = an_empty_house(file, start)
    [who] = sign_up(house, 1, start)
    span = timedelta(days=28) / n
    events = [_event(who, f"e{place}", start - timedelta(days=28) + place * span, place) for place in range(n)]
    for place in range(0, n, 200):
        house.door.handle(*events[place : place + 200])
    return house, who, start


def _event(who: str, key: str, at: datetime, place: int) -> ProductEvent:
    return ProductEvent(source="bench", key=key, who=who, at=at, name=_EVENTS[place % len(_EVENTS)], properties={"n": place})
