"""Every process is killed at every point of the protocol, again and again, while people join and press buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle, islice

import pytest
from chaos.ledger import SENT, Ledger
from chaos.points import ANY_MOMENT, BEFORE_COMMIT, MID_SEND, OF_ROLES, POINTS
from chaos.town import Town
from databases import on_postgresql, on_sqlite

Towns = Callable[..., Town]
Books = Callable[[Town, str], Ledger]


def deaths(town: Town, role: str, n: int) -> list[str]:
    """So many points of that role, each as often as the others, in an order that nobody chose."""
    points = [*islice(cycle(town.chance.sample(OF_ROLES[role], len(OF_ROLES[role]))), n)]
    town.chance.shuffle(points)
    return points


def live(town: Town, slots: Sequence[str], kills: dict[str, int]) -> None:
    town.live_through(slots, {role: deaths(town, role, n) for role, n in kills.items()})
    town.settle()
    town.retire()


# The short form, in `make gates`

AT_EVERY_POINT = {
    "web": ["before save", "after save"],
    "clock": ["before claim", "after claim", "after lease"],
    "worker": ["after render", "after fence", MID_SEND, "before settle", "after settle", BEFORE_COMMIT, ANY_MOMENT],
}


@pytest.mark.gate
@on_sqlite
def test_one_process_on_sqlite_is_killed_six_times(towns: Towns, url: str, closing_the_books: Books) -> None:
    town = towns(url, people=60)
    live(town, ["run"], {"run": 6})
    ledger = closing_the_books(town, "SQLite, one process")
    assert ledger.kills.total() == 6
    assert ledger.fates[SENT] > 20


@pytest.mark.gate
@on_postgresql
def test_a_web_process_a_clock_and_two_workers_are_killed_twelve_times(towns: Towns, url: str, closing_the_books: Books) -> None:
    town = towns(url, people=120)
    town.live_through(["web", "clock", "worker", "worker"], AT_EVERY_POINT, patience=25)
    town.settle()
    town.retire()
    ledger = closing_the_books(town, "PostgreSQL, a web process, a clock and two workers")
    assert ledger.kills.total() == 12
    assert ledger.kills[ANY_MOMENT] <= 2, "most came to the point at which they were to die"
    assert ledger.fates[SENT] > 40


# The long run, `make chaos`


@pytest.mark.chaos
@on_sqlite
def test_one_process_on_sqlite_is_killed_seventy_times(towns: Towns, url: str, closing_the_books: Books) -> None:
    town = towns(url, people=700)
    live(town, ["run"], {"run": 70})
    ledger = closing_the_books(town, "SQLite, one process")
    assert ledger.kills.total() == 70
    assert {*ledger.kills} >= {*OF_ROLES["run"]}


@pytest.mark.chaos
@on_postgresql
def test_two_clocks_four_workers_and_the_web_are_killed_a_hundred_and_fifty_times(towns: Towns, url: str, closing_the_books: Books) -> None:
    town = towns(url, people=1500)
    live(town, ["web", "clock", "clock", *["worker"] * 4], {"web": 25, "clock": 35, "worker": 90})
    ledger = closing_the_books(town, "PostgreSQL, a web process, two clocks and four workers")
    assert ledger.kills.total() == 150
    assert {*ledger.kills} >= {*POINTS, ANY_MOMENT}
