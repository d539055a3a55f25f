"""Claiming what is due for whoever has a hand free: a claim and the job that speaks of it are one commit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from bot.deliver import LEASE
from bot.sending import ORDINARY
from bot.world import World, machine_now
from storage.jobs import BULK, DELIVER, URGENT, WAKE, Jobs
from storage.outbox import Outbox
from storage.store import Store
from storage.waking import Which

ROWS = 200
"""Messages in one claim: few enough that a thread is through with them well within the lease, even where each takes 50 ms."""
PEOPLE = 250
"""People in one claim."""
NEWCOMERS = 50
"""People claimed at each beat who became due just now, while others have waited longer."""
AHEAD = 2
"""Claims that wait for each thread. Their leases run while they wait, so that no more are made."""
WAKE_LEASE = timedelta(seconds=60)
MOST_URGENT = 20
"""Urgent claims that may wait, over and above."""


class _Room(NamedTuple):
    """How many claims more may wait, and whether any of the others does."""

    urgent: int
    bulk: int
    others_wait: bool


class Dispatch:
    """Any number may run, anywhere, as often as they like: what one has claimed the others don't see. Safe to share between threads.

    `threads`: how many claims one worker works on at once.
    """

    def __init__(self, store: Store, outbox: Outbox, jobs: Jobs, world: World, threads: int) -> None:
        self._store = store
        self._outbox = outbox
        self._jobs = jobs
        self._world = world
        self._threads = threads
        self._one_at_a_time = threading.Lock()

    def beat(self) -> int:
        """Claim whoever and whatever is due. Gives how many people and messages."""
        return self.people() + self.messages()

    def messages(self) -> int:
        """Claim messages that are due, the urgent ones at once, the others as far as workers keep up. Gives how many."""
        with self._one_at_a_time:
            room = self._room(DELIVER)
            taken = self._claim_urgent() if room.urgent > 0 else 0
            return taken + self._fill(room.bulk, ROWS, lambda: self._claim(ROWS, BULK))

    def people(self) -> int:
        """Claim people who are due: those whose case waited, while others are waiting some who became due just now, the longest overdue."""
        with self._one_at_a_time:
            room = self._room(WAKE)
            taken = self._lease(PEOPLE, "held", URGENT) if room.urgent > 0 else 0
            newest = self._lease(NEWCOMERS, "latest", URGENT) if room.others_wait and room.urgent > 0 else 0
            return taken + newest + self._fill(room.bulk, PEOPLE, lambda: self._lease(PEOPLE, "longest", BULK))

    def _room(self, kind: str) -> _Room:
        """No room while no worker is there: it could only watch their leases end."""
        standing = self._jobs.standing()
        if not standing.workers:
            return _Room(0, 0, others_wait=False)
        urgent, bulk = (standing.waiting.get((queue, kind), 0) for queue in (URGENT, BULK))
        return _Room(MOST_URGENT - urgent, standing.workers * self._threads * AHEAD - bulk, others_wait=bulk > 0)

    def _fill(self, room: int, full: int, claim: Callable[[], int]) -> int:
        """Claim until there is no room, or nothing more is due. Gives how much."""
        taken = 0
        for _ in range(room):
            claimed = claim()
            taken += claimed
            if claimed < full:
                break
        return taken

    def _claim_urgent(self) -> int:
        """What somebody waits for goes by itself, before what does not matter as much; most often there is none."""
        if not self._outbox.has_urgent(ORDINARY, self._world.now(), machine_now()):
            return 0
        return self._claim(ROWS, URGENT, above=ORDINARY)

    def _claim(self, limit: int, queue: str, above: int | None = None) -> int:
        now, machine = self._world.now(), machine_now()
        return len(self._outbox.claim(limit, now, machine, LEASE, above=above, then=self._jobs.deliver(queue)))

    def _lease(self, limit: int, which: Which, queue: str) -> int:
        return len(self._store.claim_due(self._world.now(), limit, machine_now(), WAKE_LEASE, which, self._jobs.wake(queue)))
