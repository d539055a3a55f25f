"""What the team's side costs: a customer's words on their way into a case's thread, and a colleague's Home.

Neither may grow with what is over: other people's cases and cases that are closed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import event

from bench.house import BareHouse, an_empty_house, sign_up
from flows.events import CaseClaimed, Replied, SaysStuck
from storage.desk_reports import DeskReports

MAYA = "U_MAYA"
MINE = 10
CLOSED = (1_000, 50_000)
WORDS = 10
_LONG_AGO = timedelta(days=90)

Measured = tuple[str, float, str]


def desk_side(now: datetime, seconds: Callable[[Callable[[], object], int], float]) -> Iterator[Measured]:
    """Statements for one relayed word, and milliseconds of a Home with ten open cases among ever more closed ones."""
    with tempfile.TemporaryDirectory() as folder:
        house = an_empty_house(Path(folder) / "desk.db", now, with_team=True)
        mine = _cases(house, now)
        yield "statements for words relayed to the team", _statements_of_words(house, mine[0], now), "statements"
        reports, before = DeskReports(house.store.database), 0
        for closed in CLOSED:
            _closed_cases(house, before, closed)
            before = closed
            took = seconds(lambda: reports.monday(MAYA, {"maya"}, "", "pace", now, now - timedelta(days=7)), 5)
            yield f"a colleague's Home, {MINE} open of {closed:,} closed", took * 1000, "ms"


def _cases(house: BareHouse, now: datetime) -> list[str]:
    people = sign_up(house, 2 * MINE, now)
    house.door.handle(*(SaysStuck(source="bench", key=f"stuck{who}", who=who, at=now) for who in people))
    mine = people[:MINE]
    claims = (CaseClaimed(source="bench", key=f"c{who}", who=who, at=now, case=f"{who}.1", by=MAYA, name="Maya") for who in mine)
    house.door.handle(*claims)
    house.delivery.drain()
    return mine


def _statements_of_words(house: BareHouse, who: str, now: datetime) -> float:
    """From the words that came in until they stand in the thread and the card is drawn again; BEGIN counts too."""
    with _counted(house) as said:
        for n in range(WORDS):
            house.door.handle(Replied(source="bench", key=f"words{n}", who=who, at=now, text=f"question {n}"))
            house.delivery.drain()
    return len(said) / WORDS


@contextmanager
def _counted(house: BareHouse) -> Iterator[list[str]]:
    said: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(house.store.database.engine, "before_cursor_execute", count)
    try:
        yield said
    finally:
        event.remove(house.store.database.engine, "before_cursor_execute", count)


def _closed_cases(house: BareHouse, lowest: int, highest: int) -> None:
    """Copies of one of Maya's cases, closed long ago."""
    past = int(_LONG_AGO / timedelta(microseconds=1))
    new = {"id": "'old' || n", "state": "'closed'", "opened_at": f"opened_at - {past}", "given_at": f"given_at - {past}"}
    with house.store.database.write() as connection:
        columns = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(cases)")]
        numbers = f"(WITH RECURSIVE k(n) AS (SELECT {lowest} UNION ALL SELECT n + 1 FROM k WHERE n < {highest - 1}) SELECT n FROM k)"
        copied = ", ".join(new.get(column, column) for column in columns)
        one = f"(SELECT * FROM cases WHERE owner = '{MAYA}' LIMIT 1)"
        connection.exec_driver_sql(f"INSERT INTO cases ({', '.join(columns)}) SELECT {copied} FROM {one}, {numbers}")
