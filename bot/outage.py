"""While the database is gone everything fails, every second: that is one line in the log, and another when it is back."""

from __future__ import annotations

import logging
import threading
import time

from storage.outages import is_away

log = logging.getLogger("handrail")


class Outage:
    """What this process knows of the database's being there. Safe to share between threads."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._lock = threading.Lock()

    def explains(self, error: BaseException) -> bool:
        """Whether that failed because the database is gone; then it has been told already, once."""
        if not is_away(error):
            return False
        self.began(error)
        return True

    def began(self, error: BaseException | str) -> None:
        """The database can't be reached."""
        with self._lock:
            if self._since is not None:
                return
            self._since = time.monotonic()
        log.warning("the database can't be reached, and is tried again until it can: %s", " ".join(str(error).split())[:200])

    def over(self) -> None:
        """It answered."""
        with self._lock:
            since, self._since = self._since, None
        if since is not None:
            log.warning("the database is back after %.1f seconds", time.monotonic() - since)


DATABASE = Outage()
"""A process has one database."""
