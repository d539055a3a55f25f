"""Handrail's day in processes of their own: the real door, store, composer and delivery, and a channel that answers at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

from bench.house import BareHouse, a_house
from bench.moments import DAY, PROJECT
from bot.clock import tick
from bot.engine.scaled import Scaled
from storage.outbox import Outbox

Role = Literal["all", "clock", "worker"]
BEAT = 0.25
"""Seconds between two beats of a clock, as in `bot.main`."""
THREADS = 4
"""Claims that a worker works on at once, as in its settings."""
_LOOK = 0.01
_PATIENCE = 5.0


def day(url: str, warm_on: str, role: Role = "all") -> Callable[[], dict[str, Any]]:
    """Gets ready on a small database; what it gives does the day, until nobody is due any more.

    `all` is everything in one process, as on SQLite; `clock` and `worker` are what `handrail clock` and `handrail worker` run.
    """
    warm = a_house(warm_on, DAY, project=PROJECT)
    while tick(warm.door, warm.chores) + warm.delivery.drain():
        pass
    warm.store.close()
    house = a_house(url, DAY, project=PROJECT)
    return {"all": _everything, "clock": _clock, "worker": _worker}[role](house)


def _everything(house: BareHouse) -> Callable[[], dict[str, Any]]:
    def go() -> dict[str, Any]:
        began = time.perf_counter()
        woken = tick(house.door, house.chores)
        between = time.perf_counter()
        house.delivery.drain()
        return {"sent": house.channel.sent, "woken": woken, "ticked": between - began, "delivered": time.perf_counter() - between}

    return go


def _clock(house: BareHouse) -> Callable[[], dict[str, Any]]:
    engine = _engine(house)

    def go() -> dict[str, Any]:
        while not _over(house):
            engine.beat()
            time.sleep(BEAT)
        return {"sent": 0}

    return go


def _worker(house: BareHouse) -> Callable[[], dict[str, Any]]:
    worker = _engine(house).worker()
    worker.start()

    def go() -> dict[str, Any]:
        while not _over(house):
            time.sleep(_LOOK)
        done = time.perf_counter()
        worker.stop(_PATIENCE)
        return {"sent": house.channel.sent, "stopped_in": time.perf_counter() - done}

    return go


def _engine(house: BareHouse) -> Scaled:
    url = house.store.database.engine.url.render_as_string(hide_password=False)
    return Scaled(url, house.door, Outbox(house.store.database), house.new_delivery, THREADS)



def _over(house: BareHouse) -> bool:
    """Whether nobody is due, and nothing is on its way in any process. PostgreSQL only."""
    with house.store.database.read() as connection:
        due = connection.exec_driver_sql("SELECT EXISTS (SELECT 1 FROM people WHERE wake_at <= %s)", (DAY,)).scalar_one()
        unfinished = "SELECT EXISTS (SELECT 1 FROM outbox WHERE state IN ('pending', 'claimed', 'sending'))"
        return not due and not connection.exec_driver_sql(unfinished).scalar_one()
