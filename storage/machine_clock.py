"""Machine time that all processes on one database agree on, however wrong the clocks of their machines are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from storage.conditions import DATABASE_CLOCK
from storage.database import Database

ASKED_EVERY = 15.0
"""Seconds after which the database is asked again. In between this process counts them itself."""
_COUNTED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Nobody sets this clock, and where there is one, it goes on while the machine sleeps."""


class MachineClock:
    """PostgreSQL's clock, as leases go by it. Safe to share between threads.

    Whoever compares a lease with a machine's clock that is an hour wrong never sends anything, or sends what is not theirs any more.
    """

    def __init__(self, database: Database, counted: Callable[[], float] = lambda: time.clock_gettime(_COUNTED)) -> None:
        self._database = database
        self._counted = counted
        self._known: tuple[datetime, float] | None = None
        self._asking = threading.Lock()

    def now(self) -> datetime:
        """The present moment (aware UTC). A database that is away is not missed once it has answered; else raises what it raises."""
        if self._known is None or self._counted() - self._known[1] > ASKED_EVERY:
            self._ask()
        assert self._known
        told, at = self._known
        return told + timedelta(seconds=self._counted() - at)

    def _ask(self) -> None:
        if not self._asking.acquire(blocking=self._known is None):
            return  # somebody asks already
        try:
            before = self._counted()
            with self._database.read() as connection:
                self._known = connection.execute(select(DATABASE_CLOCK)).scalar_one(), before
        except Exception:
            if self._known is None:
                raise
        finally:
            self._asking.release()
