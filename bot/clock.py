"""The clock: a handful of beats that hold no state. The next one finds all that is due."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from apscheduler.schedulers.background import BackgroundScheduler

from bot.handle import Door
from bot.outage import DATABASE
from bot.world import machine_now
from flows.decision import Decision
from flows.events import Tick
from storage.chores import Chores
from storage.store import Store

log = logging.getLogger("handrail.clock")

BATCH = 500
"""People woken at once, when it goes quickly; when it goes slowly fewer are, so that who became due just now has not long to wait."""
FIRST = 100
"""The same as long as nobody knows how quickly it goes."""
FEWEST = 50
WORTH = 0.25
"""Seconds of work that are taken on at once."""
OFTEN = 3
"""Times that somebody is woken in one beat at most."""
UNDECIDED_AFTER = timedelta(seconds=30)
UNDECIDED_EVERY = 15.0
"""Seconds between two looks for what could not be decided."""


def tick(door: Door, chores: Chores) -> int:
    """Wake everyone whose moment has come; returns how many. Costs as much as is due.

    Whose case waited for the team's day goes first, the riskiest before the others.
    """
    woken = sum(_wake_all(door, chores, find) for find in (door.store.held, partial(_due, door.store)))
    chores.beat("tick", machine_now())
    return woken


def tick_of(who: str, now: datetime) -> Tick:
    """Their moment has come. No two are the same: who stays due is asked again."""
    return Tick(source="clock", key=f"{who}@{now.isoformat()}#{uuid4().hex[:8]}", who=who, at=now)


def _due(store: Store, now: datetime, limit: int) -> list[str]:
    """The longest overdue; where there are many, half of them who became due just now, for whom a long queue would be a long time."""
    longest = store.due(now, limit)
    if len(longest) < limit:
        return longest
    newest = store.due(now, limit // 2, "latest")
    return list(dict.fromkeys([*newest, *longest]))[:limit]


def _wake_all(door: Door, chores: Chores, find: Callable[[datetime, int], list[str]]) -> int:
    """Wake until nobody is left but those who stay due all the same: they are asked again at the next beat.

    A beat may take long, and who was woken at its beginning may be due again before it ends; but two may wake each other for ever.
    """
    n, most = 0, FIRST
    stay: set[str] = set()
    times: Counter[str] = Counter()
    while due := [who for who in find(door.now(), most + len(stay)) if who not in stay]:
        began, now = time.monotonic(), door.now()
        decisions = door.handle(*(tick_of(who, now) for who in due))
        most = max(FEWEST, min(BATCH, int(len(due) / max(time.monotonic() - began, 1e-6) * WORTH)))
        times.update(due)
        done = {one.person.id for one in decisions if not _is_due(one, now) and times[one.person.id] < OFTEN}
        stay.update(who for who in due if who not in done)
        n += len(due)
        chores.beat("tick", machine_now())
    return n


def _is_due(decision: Decision, now: datetime) -> bool:
    """Whether they are to be woken now all the same."""
    held = decision.person.held
    return bool(decision.wake_at and decision.wake_at <= now) or bool(held and held.until <= now)


def retry_undecided(door: Door) -> int:
    """Decide again what could not be decided; after five attempts it is parked where people see it."""
    events = door.store.undecided(100, machine_now() - UNDECIDED_AFTER)
    for event in events:
        door.handle(event)
    return len(events)


class Knocker:
    """Runs a job as soon as somebody knocks, one run at a time: a click is answered now and not at the next beat."""

    def __init__(self, job: Callable[[], object]) -> None:
        self._job = job
        self._knocked = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="knocker", daemon=True)

    def knock(self) -> None:
        """There may be something to do. Returns at once."""
        self._knocked.set()

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the run at hand and end."""
        self._stopping = True
        self._knocked.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping:
            self._knocked.wait()
            self._knocked.clear()
            if not self._stopping:
                try:
                    self._job()
                except Exception as error:
                    if not DATABASE.explains(error):
                        log.exception("a knocked job failed; the next beat tries again")


def schedule(beats: dict[str, tuple[Callable[[], object], float]]) -> BackgroundScheduler:
    """A scheduler of interval jobs (name → job and seconds), in UTC, in memory. Late runs are one run, and none is ever dropped."""
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
    for name, (job, seconds) in beats.items():
        scheduler.add_job(_safely(name, job), "interval", seconds=seconds, id=name, name=name)
    return scheduler


def _safely(name: str, job: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        try:
            job()
        except Exception as error:
            if not DATABASE.explains(error):
                log.exception("the %s beat failed; the next one tries again", name)

    return run
