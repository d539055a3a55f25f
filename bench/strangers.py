"""(c) as a process of its own: people who have nothing to do with the day, half of whom come back from a quiet time while it runs.

The other half press a button. On SQLite this process is the whole house as it runs by itself; on PostgreSQL it is `handrail web`, and
a clock and workers run beside it. World time goes on. A few come before the hour, as on any day: every process has done each thing once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bench.house import BareHouse, a_house, sign_up
from bench.moments import DAY, PROJECT
from bench.ours import BEAT, EARLY, LEAD, STRANGERS_GET, begin, engine_of, over
from bot.clock import Knocker, schedule, tick
from flows.events import Asked, Snoozed
from storage.tables import outbox

_BEFORE = timedelta(minutes=30)
_PER_SECOND = 4_000
"""The strangers are spread over the time that the day would take at this rate."""
_SHORTEST = 1.0
_LOOK = 0.1
DELIVER = 1.0
"""Seconds between two beats of the delivery, as in `bot.main`; a knock comes sooner."""


def ready(url: str, people: int, strangers: int) -> Callable[[], dict[str, Any]]:
    """Gets ready: everybody has signed up, and the first half has asked for quiet. What it gives lives through the day."""
    quiet = a_house(url, DAY - _BEFORE, project=PROJECT)
    who = sign_up(quiet, EARLY + strangers, DAY - _BEFORE)
    span = timedelta(seconds=max(_SHORTEST, people / _PER_SECOND))
    due = {one: DAY - LEAD * (1 - place / EARLY) for place, one in enumerate(who[:EARLY])}
    due |= {one: DAY + span * (place + 1) / strangers for place, one in enumerate(who[EARLY:])}
    wake, click = who[::2], who[1::2]
    quiet.door.handle(*(Snoozed(source="bench", key=f"quiet{one}", who=one, at=DAY - _BEFORE, until=due[one]) for one in wake))
    quiet.delivery.drain()
    quiet.store.close()
    knocks: list[Callable[[], object]] = []
    knocker = Knocker(lambda: knocks[0]())
    house = a_house(url, DAY - _BEFORE, project=PROJECT, running=True, knock=knocker.knock)
    embedded = house.store.database.is_sqlite
    knocks.append(house.delivery.drain if embedded else engine_of(house).knocked)
    own: dict[str, tuple[Callable[[], object], float]] = {
        "tick": (lambda: tick(house.door, house.chores), BEAT),
        "deliver": (house.delivery.drain, DELIVER),
    }
    beats = schedule(own if embedded else {})
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a beat that finds the one before it at work is no news

    def go() -> dict[str, Any]:
        begin(house, strangers)
        knocker.start()
        beats.start()
        pressed: dict[str, datetime] = {}
        hands = threading.Thread(target=_press, args=(house, {one: due[one] for one in click}, pressed))
        hands.start()
        hands.join()
        while not over(house, strangers):
            time.sleep(_LOOK)
        beats.shutdown(wait=True)
        knocker.stop()
        late = {"wakes": _late(house, {one: due[one] for one in wake[EARLY // 2 :]}), "clicks": _late(house, pressed)}
        house.store.close()
        return late

    return go


def _press(house: BareHouse, due: Mapping[str, datetime], pressed: dict[str, datetime]) -> None:
    """Each presses at their moment; whoever is held up by the one before them presses later, and is late from then on.

    When they did is put down in `pressed`, of those who were not early.
    """
    for who, moment in due.items():
        time.sleep(max(0.0, (moment - house.world.now()).total_seconds()))
        now = house.world.now()
        house.door.handle(Asked(source="bench", key=f"pressed{who}", who=who, at=now, about="help", mouth="email"))
        if moment > DAY:
            pressed[who] = now


def _late(house: BareHouse, due: Mapping[str, datetime]) -> Sequence[float]:
    """Seconds from due until it was with the channel, which is right behind the fence."""
    theirs = select(outbox.c.person_id, outbox.c.sent_at).where(outbox.c.message.in_(STRANGERS_GET))
    with house.store.database.read() as connection:
        return [(row.sent_at - due[row.person_id]).total_seconds() for row in connection.execute(theirs) if row.person_id in due]
