"""One tick as a process of its own: everybody who is due is woken and decided for; nothing is sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from bench.house import a_house
from bench.moments import DAY, PROJECT
from bot.clock import tick


def ours(url: str, warm_on: str) -> Callable[[], dict[str, Any]]:
    """Handrail's tick, as it runs in one process, warmed up on a small database."""
    warm = a_house(warm_on, DAY, project=PROJECT)
    tick(warm.door, warm.chores)
    warm.store.close()
    house = a_house(url, DAY, project=PROJECT)
    house.store.due(DAY, 1)

    def go() -> dict[str, Any]:
        woken = tick(house.door, house.chores)
        house.store.close()
        return {"woken": woken}

    return go


def by_hand(url: str) -> Callable[[], dict[str, Any]]:
    """The floor's."""
    if url.startswith("sqlite:///"):
        from bench.floors import day_on_sqlite

        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        return lambda: {"woken": _all(lambda: day_on_sqlite.wake(connection, DAY), connection.close)}
    from bench.floors import day_on_postgres

    server = day_on_postgres.opened(url)
    return lambda: {"woken": _all(lambda: day_on_postgres.wake(server, DAY), server.close)}


def _all(wake: Callable[[], int], close: Callable[[], None]) -> int:
    woken = 0
    while some := wake():
        woken += some
    close()
    return woken
