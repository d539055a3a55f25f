"""Claiming what is due for whoever has a hand free: a claim and the job that speaks of it are one commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.deliver import LEASE
from bot.engine.again import Again
from bot.sending import FENCE, ORDINARY
from bot.world import World, machine_now
from storage.jobs import BULK, DELIVER, URGENT, WAKE, Jobs
from storage.outbox import Outbox
from storage.store import Store
from storage.waking import Which

ROWS = 200
"""Messages in one claim: few enough that a thread is through with them well within the lease, even where each takes 50 ms."""
PEOPLE = 250
"""People in one claim."""
NEWCOMERS = 25
"""People in one claim who became due just now, while others have waited longer, or whose case waited."""
CROWD = 100
"""So many who became due at once are a crowd: the rest of them wait as everybody does."""
JUST_NOW = timedelta(seconds=0.3)
"""Who became due so long before the last look is a newcomer still: a moment that has come is not seen before its commit."""
AHEAD = 2
"""Claims that wait for each thread. Their leases run while they wait, so that no more are made."""
AT_ONCE = 4
"""Claims of those who wait anyway, between two looks for whom it would be long."""
LOOKS = 8
"""Of one beat; the next one is not far."""
WAKE_LEASE = timedelta(seconds=60)
MOST_URGENT = 2
"""Urgent claims of a kind that wait for each worker, over and above: whoever comes while these wait goes together in the next."""


class _Room(NamedTuple):
    """How many claims more may wait, and whether any of those does whom others may pass."""

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
        self._looked = world.now()
        self._came = 0
        self._messages = Again(self._claim_messages)
        self._people = Again(self._claim_people)

    def beat(self) -> int:
        """Claim whoever and whatever is due. Gives how many people and messages."""
        return self.people() + self.messages()

    def messages(self) -> int:
        """Claim messages that are due, the urgent ones at once, the others as far as workers keep up. Gives how many.

        Where another thread is at it already, that one looks once more.
        """
        return self._messages()

    def people(self) -> int:
        """Claim people who are due: those whose case waited, while others are waiting some who became due just now, the longest overdue."""
        return self._people()

    def _claim_messages(self) -> int:
        taken = 0
        for _ in range(LOOKS):
            room = self._room(DELIVER)
            taken += self._claim_urgent(room.urgent)
            claimed, more = self._fill(min(room.bulk, AT_ONCE), ROWS, lambda: self._claim(ROWS, BULK))
            taken += claimed
            if not more:
                break
        return taken

    def _claim_people(self) -> int:
        taken = 0
        for _ in range(LOOKS):
            room = self._room(WAKE)
            held, _ = self._fill(room.urgent, NEWCOMERS, lambda: self._lease(NEWCOMERS, "held", URGENT))
            newest = self._newcomers(room.urgent) if room.others_wait else 0
            longest, more = self._fill(min(room.bulk, AT_ONCE), PEOPLE, lambda: self._lease(PEOPLE, "longest", BULK))
            taken += held + newest + longest
            if not more:
                break
        return taken

    def _newcomers(self, room: int) -> int:
        """Who became due since the last look. When there was no room for some of them they still are newcomers at the next."""
        if room <= 0:
            return 0
        now = self._world.now()
        since = min(self._looked, now) - JUST_NOW
        taken, more = self._fill(room, NEWCOMERS, lambda: self._lease(NEWCOMERS, "latest", URGENT, since))
        self._came += taken
        if not more or self._came >= CROWD:
            self._looked, self._came = now, 0
        return taken

    def _room(self, kind: str) -> _Room:
        """No room while no worker is there: it could only watch their leases end."""
        standing = self._jobs.standing()
        if not standing.workers:
            return _Room(0, 0, others_wait=False)
        urgent, bulk = (standing.waiting.get((queue, kind), 0) for queue in (URGENT, BULK))
        others_wait = any(standing.waiting.get((BULK, one), 0) for one in (DELIVER, WAKE))
        return _Room(standing.workers * MOST_URGENT - urgent, standing.workers * self._threads * AHEAD - bulk, others_wait)

    def _fill(self, room: int, full: int, claim: Callable[[], int]) -> tuple[int, bool]:
        """Claim until there is no room, or nothing more is due. Gives how much, and whether more may be due."""
        taken = 0
        for _ in range(room):
            claimed = claim()
            taken += claimed
            if claimed < full:
                return taken, False
        return taken, room > 0

    def _claim_urgent(self, room: int) -> int:
        """What somebody waits for goes by itself, before what does not matter as much; most often there is none."""
        if room <= 0 or not self._outbox.has_urgent(ORDINARY, self._world.now(), machine_now()):
            return 0
        return self._fill(room, FENCE, lambda: self._claim(FENCE, URGENT, above=ORDINARY))[0]

    def _claim(self, limit: int, queue: str, above: int | None = None) -> int:
        now, machine, then = self._world.now(), machine_now(), self._jobs.deliver(queue)
        return self._outbox.claim_for(then, limit, now, machine, LEASE, above=above)

    def _lease(self, limit: int, which: Which, queue: str, since: datetime | None = None) -> int:
        then = self._jobs.wake(queue)
        return len(self._store.claim_due(self._world.now(), limit, machine_now(), WAKE_LEASE, which, then, since))
