"""Once a day what is old goes, a little at a time, so that nobody waits for it. Of several processes one does it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.world import World
from storage.chores import Chores
from storage.database import Database
from storage.retention import LIMIT, PAUSE, Trimmed, last_decided, trimming

log = logging.getLogger("handrail.retention")

CHORE = "retention"
EVERY = timedelta(days=1)
"""World time between two runs."""
AHEAD = timedelta(days=1)
"""World time since the last decision after which our clock is in doubt: what a wrong one lets go of is gone for good."""
SPAN = 2.0
"""Seconds of one beat; what is left goes on at the next."""


class Retention:
    """Lets go of what was decided more than `days` days ago (world time) and need not be kept."""

    def __init__(self, database: Database, world: World, days: int, *, limit: int = LIMIT, pause: float = PAUSE.total_seconds()) -> None:
        self._database = database
        self._chores = Chores(database)
        self._world = world
        self._keep = timedelta(days=days)
        self._limit = limit
        self._pause = pause
        self._under_way: Iterator[Trimmed] | None = None
        self._gone = Trimmed()
        self._planned = False
        self._doubted = False
        self._stopping = False

    def beat(self) -> bool:
        """Go on with the day's run, or begin it when it is time to and nobody else does. Says whether there is more to do.

        A process that ends leaves the rest to the next day's run: what is gone is gone, and nothing is counted twice.
        """
        self._under_way = self._under_way or self._begin()
        until = time.monotonic() + SPAN
        while self._under_way is not None and not self._stopping and time.monotonic() < until:
            self._step(self._under_way)
            time.sleep(self._pause)
        return self._under_way is not None

    def stop(self) -> None:
        """End after the transaction at hand."""
        self._stopping = True

    def _begin(self) -> Iterator[Trimmed] | None:
        now = self._world.now()
        if not self._planned:
            self._chores.plan(CHORE, now)
            self._planned = True
        due = next((at for name, at in self._chores.due(now) if name == CHORE), None)
        if due is None or self._in_doubt(now) or not self._chores.advance(CHORE, due, now + EVERY, now):
            return None
        self._gone = Trimmed()
        return trimming(self._database, now - self._keep, now, self._limit)

    def _in_doubt(self, now: datetime) -> bool:
        """Whether nobody has decided anything for long, as it seems to a clock that is ahead. Told once."""
        last = last_decided(self._database)
        doubted, self._doubted = self._doubted, last is not None and now - last > AHEAD
        if self._doubted and not doubted:
            log.warning("nothing was decided since %s: is this clock right? Until something is, nothing that is old goes", last)
        return self._doubted

    def _step(self, run: Iterator[Trimmed]) -> None:
        try:
            self._gone += next(run)
        except StopIteration:
            self._under_way = None
            if self._gone.events or self._gone.decisions:
                log.info("%d events and %d decisions were old and are gone", self._gone.events, self._gone.decisions)
        except Exception:
            self._under_way = None  # what it had not come to is tomorrow's
            raise
