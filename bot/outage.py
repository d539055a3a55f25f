"""While the database is gone everything fails, several times a second: one line in the log tells of it, and another every half minute."""

from __future__ import annotations

import logging
import threading
import time

from storage.outages import is_away

log = logging.getLogger("handrail")

AGAIN = 30.0
"""Seconds after which it is told again."""


class Outage:
    """What this process has told of the database's being away. Safe to share between threads."""

    def __init__(self) -> None:
        self._told: float | None = None
        self._lock = threading.Lock()

    def explains(self, error: BaseException) -> bool:
        """Whether that failed because the database is gone; then it has been told."""
        if not is_away(error):
            return False
        self.tell(error)
        return True

    def tell(self, why: BaseException | str) -> None:
        """The database can't be reached."""
        with self._lock:
            now = time.monotonic()
            if self._told is not None and now - self._told < AGAIN:
                return
            self._told = now
        log.warning(
            "the database can't be reached, and is tried again until it can: %s",
            type(why).__name__ if isinstance(why, BaseException) else why,
        )


DATABASE = Outage()
"""A process has one database."""
