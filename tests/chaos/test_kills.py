"""Every process is killed at every point of the protocol, again and again, while people join and press buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle, islice

import pytest
from databases import on_postgresql, on_sqlite

from chaos.ledger import SENT, Ledger
from chaos.points import OF_ROLES
from chaos.town import Town

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


@pytest.mark.gate
@on_sqlite
def test_one_process_on_sqlite_is_killed_at_eleven_points(towns: Towns, url: str, closing_the_books: Books) -> None:
    town = towns(url, people=80)
    live(town, ["run"], {"run": len(OF_ROLES["run"])})
    ledger = closing_the_books(town, "SQLite, one process")
    assert ledger.kills.total() == len(OF_ROLES["run"])
    assert ledger.fates[SENT] > 40
