"""Many processes on one PostgreSQL, as one of them sees it: what it does regularly, what it does when somebody knocks, and its worker."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.clock import UNDECIDED_EVERY, retry_undecided
from bot.deliver import Delivery
from bot.engine.dispatch import Dispatch
from bot.engine.hands import Hands
from bot.handle import Door
from bot.world import machine_now
from storage.chores import Chores
from storage.jobs import Jobs, conninfo
from storage.outbox import Outbox
from storage.paces import Paces

if TYPE_CHECKING:
    from bot.engine.worker import Worker

log = logging.getLogger("handrail.engine")

Beat = tuple[Callable[[], object], float]
"""Something to do, and every how many seconds."""

TIDY_EVERY = 15.0
RECONCILE_EVERY = 30.0
_EARLY = 0.9
"""A turn is over a little before the next beat of whoever had it."""


class Scaled:
    """Claims what is due for workers, and can be one. `url`: the database; `threads`: how many claims a worker works on at once.

    Raises StorageError when Procrastinate is not installed.
    """

    def __init__(self, url: str, door: Door, outbox: Outbox, delivery: Delivery, threads: int) -> None:
        self._url = url
        self._door = door
        self._delivery = delivery
        self._threads = threads
        self._jobs = Jobs(door.store.database)
        self._chores = Chores(door.store.database)
        self._paces = Paces(door.store.database)
        self._dispatch = Dispatch(door.store, outbox, self._jobs, door.world, threads)

    def knocked(self) -> int:
        """There may be something to send: leave it to a worker at once. Gives how many messages."""
        return self._dispatch.messages()

    def beats(self) -> dict[str, Beat]:
        """What has to be done regularly, by name. All of it may run in any number of processes."""
        return {
            "give up": (self._delivery.give_up, 1),
            "undecided": (lambda: self._in_turn("undecided", UNDECIDED_EVERY, lambda: retry_undecided(self._door)), UNDECIDED_EVERY),
            "reconcile": (lambda: self._in_turn("reconcile", RECONCILE_EVERY, self._delivery.reconcile), RECONCILE_EVERY),
            "tidy": (lambda: self._in_turn("tidy", TIDY_EVERY, self._tidy), TIDY_EVERY),
        }

    def beat(self) -> int:
        """Claim whoever and whatever is due. Gives how many people were leased."""
        woken = self._dispatch.people()
        self._dispatch.messages()
        self._chores.beat("tick", machine_now())
        return woken

    def worker(self) -> Worker:
        """A worker of this process. It takes up jobs from `start` to `stop`."""
        from bot.engine.worker import Worker  # needs Procrastinate, which is not there where nobody has PostgreSQL

        hands = Hands(self._door, self._delivery, self._dispatch)
        return Worker(conninfo(self._url), hands, self._threads)

    def _tidy(self) -> None:
        if orphans := self._jobs.forget():
            log.warning("%d jobs were in the hands of dead workers; what they had not sent is claimed anew", orphans)
        self._paces.forget()

    def _in_turn(self, name: str, seconds: float, job: Callable[[], object]) -> None:
        if self._chores.turn(name, timedelta(seconds=seconds * _EARLY), machine_now()):
            job()
