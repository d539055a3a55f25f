"""`python -m bench --more`: what other paths cost here and now, one figure each. Compare ratios of one run; machines differ.

With `--quick` the engine and a long history alone.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.desk import desk_side
from bench.history import history_side
from bench.house import Quiet, an_empty_house, sign_up
from bench.mails import mail_side
from bench.replies import replies_side
from bench.slack_side import slack_side
from bench.timing import seconds
from bot.clock import tick
from flows.events import Joined, ProductEvent
from flows.people import Person, Subject
from flows.simulate import live

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Figure:
    """One measurement, beside no floor and no peer."""

    name: str
    value: float
    unit: str


def measured(*, quick: bool) -> Iterator[Figure]:
    """Every figure, one after the other; with `quick` the most telling ones."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _engine()
        yield from _ingest(Path(folder) / "ingest.db")
        yield from (Figure(*told) for told in history_side(MONDAY, quick=quick))
        if quick:
            return
        yield from _messages(Path(folder) / "messages.db")
        yield from _ticks(Path(folder))
    yield from (Figure(*told) for told in desk_side(MONDAY, seconds))
    yield from (Figure(*told) for told in slack_side())
    yield from (Figure(*told) for told in mail_side(MONDAY, seconds))
    yield from (Figure(*told) for told in replies_side())


def _engine() -> Iterator[Figure]:
    house = an_empty_house(None, MONDAY)
    ana = Subject(person=Person(id="ana", name="Ana", email="ana@acme.test"))
    joined = [Joined(source="bench", key="joined", who="ana", at=MONDAY)]
    turns = len(list(live(house.shelf.playbooks(), ana, joined, MONDAY + timedelta(days=30))))
    month = seconds(lambda: list(live(house.shelf.playbooks(), ana, joined, MONDAY + timedelta(days=30))), times=5)
    yield Figure("thirty days simulated", month * 1000, "ms")
    yield Figure("one decision", month / turns * 1e6, "µs")


def _ingest(file: Path) -> Iterator[Figure]:
    house = an_empty_house(file, MONDAY)
    people = sign_up(house, 200, MONDAY)
    n = 2000
    events = [ProductEvent(source="bench", key=f"e{i}", who=people[i % 200], at=MONDAY, name="report.opened") for i in range(n)]
    took = seconds(lambda: [house.door.handle(*events[at : at + 50]) for at in range(0, n, 50)])
    yield Figure("events stored and decided, batches of 50", n / took, "events/s")
    singles = [ProductEvent(source="bench", key=f"s{i}", who=people[i % 200], at=MONDAY, name="report.opened") for i in range(300)]
    took = seconds(lambda: [house.door.handle(event) for event in singles])
    yield Figure("events stored and decided, one by one", len(singles) / took, "events/s")


def _messages(file: Path) -> Iterator[Figure]:
    house = an_empty_house(file, MONDAY)
    sign_up(house, 1000, MONDAY)
    channel = house.channel
    assert isinstance(channel, Quiet)
    took = seconds(house.delivery.drain)
    yield Figure("messages rendered, fenced and settled", channel.sent / took, "messages/s")


def _ticks(folder: Path) -> Iterator[Figure]:
    """The same 500 due among ever more enrolled: the cost of a tick must not grow with them."""
    for enrolled in (1000, 10_000):
        house = an_empty_house(folder / f"tick{enrolled}.db", MONDAY)
        people = sign_up(house, enrolled, MONDAY)
        with house.store.database.write() as connection:
            connection.exec_driver_sql("UPDATE people SET wake_at = NULL")
            marks = ",".join(f"'{who}'" for who in people[:500])
            connection.exec_driver_sql(f"UPDATE people SET wake_at = 0 WHERE id IN ({marks})")
        took = seconds(lambda house=house: tick(house.door, house.chores))
        yield Figure(f"tick with 500 due of {enrolled:,}", took * 1000, "ms")


def tell(*, quick: bool, as_json: bool) -> None:
    """Measure and print."""
    figures = list(measured(quick=quick))
    if as_json:
        print(json.dumps([asdict(figure) for figure in figures], indent=2))
        return
    for figure in figures:
        print(f"{figure.name:48} {figure.value:12,.1f} {figure.unit}")
