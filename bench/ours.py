"""Handrail's day in processes of their own: the real door, store, composer and delivery, and a channel that answers at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import func, literal_column, select

from bench.house import BareHouse, a_house
from bench.moments import DAY, PROJECT
from bot.clock import Knocker, schedule, tick
from bot.engine.scaled import Scaled
from bot.settings import Settings
from storage.outbox import Outbox
from storage.tables import UNFINISHED, outbox, people

Role = Literal["all", "clock", "worker"]
BEAT = 0.25
"""Seconds between two beats of a clock, as in `bot.main`."""
THREADS = Settings.model_fields["worker_threads"].default
"""Claims that a worker works on at once."""
STRANGERS_GET = ("next_step", "help")
"""What those get who come back from a quiet time, and those who press a button."""
LEAD = timedelta(seconds=3)
"""How long before the hour the day begins when there are strangers, and of those an even number comes early."""
EARLY = 20
_LOOK = 0.1
_PATIENCE = 5.0


def day(url: str, warm_on: str, role: Role = "all", strangers: int = 0) -> Callable[[], dict[str, Any]]:
    """Gets ready on a small database; what it gives does the day, until nobody is due any more.

    `all` is everything in one process, as on SQLite; `clock` and `worker` are what `handrail clock` and `handrail worker` run.
    With `strangers` world time goes on, and the day is not over before each of them has had their message.
    """
    warm = a_house(warm_on, DAY, project=PROJECT)
    while tick(warm.door, warm.chores) + warm.delivery.drain():
        pass
    warm.store.close()
    knocks: list[Callable[[], object]] = []
    knocker = Knocker(lambda: knocks[0]())
    house = a_house(url, DAY, project=PROJECT, running=bool(strangers), knock=knocker.knock)
    if role == "worker":  # it claims what it decided, and has it before the next beat of a clock
        knocks.append(engine_of(house).knocked)
        knocker.start()
    return {"all": _everything, "clock": _clock, "worker": _worker}[role](house, strangers)


def _everything(house: BareHouse, _: int) -> Callable[[], dict[str, Any]]:
    def go() -> dict[str, Any]:
        began = time.perf_counter()
        woken = tick(house.door, house.chores)
        between = time.perf_counter()
        house.delivery.drain()
        house.store.close()
        return {"sent": house.channel.sent, "woken": woken, "ticked": between - began, "delivered": time.perf_counter() - between}

    return go


def _clock(house: BareHouse, strangers: int) -> Callable[[], dict[str, Any]]:
    beats = schedule({"tick": (engine_of(house).beat, BEAT)})

    def go() -> dict[str, Any]:
        begin(house, strangers)
        beats.start()
        while not over(house, strangers):
            time.sleep(_LOOK)
        beats.shutdown(wait=True)
        return {"sent": 0}

    return go


def _worker(house: BareHouse, strangers: int) -> Callable[[], dict[str, Any]]:
    worker = engine_of(house).worker()
    worker.start()

    def go() -> dict[str, Any]:
        begin(house, strangers)
        before = -1
        while before < house.channel.sent or not over(house, strangers):  # who has just sent something need not ask
            before = house.channel.sent
            time.sleep(_LOOK)
        done = time.perf_counter()
        worker.stop(_PATIENCE)
        return {"sent": house.channel.sent, "stopped_in": time.perf_counter() - done}

    return go


def engine_of(house: BareHouse) -> Scaled:
    """What `handrail clock` and `handrail worker` run on."""
    url = house.store.database.engine.url.render_as_string(hide_password=False)
    return Scaled(url, house.door, Outbox(house.store.database), house.delivery, THREADS)


def begin(house: BareHouse, strangers: int) -> None:
    """The hour has come, and stands still. With strangers it comes soon, and passes."""
    if strangers:
        house.world.set(DAY - LEAD)


def over(house: BareHouse, strangers: int = 0) -> bool:
    """Whether nobody is due, nothing is on its way in any process, and so many strangers have had their message."""
    due = select(people.c.id).where(people.c.wake_at <= DAY).exists()
    unfinished = select(outbox.c.id).where(outbox.c.state.in_([literal_column(f"'{state}'") for state in UNFINISHED])).exists()
    had = select(func.count()).where(outbox.c.message.in_(STRANGERS_GET), outbox.c.state == "sent")
    with house.store.database.read() as connection:
        if connection.execute(select(due | unfinished)).scalar_one():
            return False
        return not strangers or connection.execute(had).scalar_one() >= EARLY + strangers
