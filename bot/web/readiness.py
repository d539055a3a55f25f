"""Whether this process may be given work."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Literal

from bot.world import machine_now
from storage.chores import Chores
from storage.database import Busy, Database, waiting_until
from storage.migrate import is_current

log = logging.getLogger("handrail.ready")

Stage = Literal["starting", "up", "stopping"]
EVERY = 5.0
"""Seconds for which an answer of the database holds: however often somebody asks, no more is written."""
PATIENCE = 2.0
"""Seconds that the look waits for its turn to write."""


class Readiness:
    """Looks whether the database has our shape and can be written. `stage` is how far this process is."""

    def __init__(self, database: Database, stage: Callable[[], Stage]) -> None:
        self._database = database
        self._stage = stage
        self._lock = Lock()
        self._migrated = False
        self._looked = float("-inf")
        self._why: list[str] = []

    def not_ready(self) -> list[str]:
        """Why no traffic may come, in words; [] when it may."""
        stage = self._stage()
        if stage != "up":
            return ["it starts" if stage == "starting" else "it stops"]
        with self._lock:
            if time.monotonic() - self._looked > EVERY:
                self._why = self._look()
                self._looked = time.monotonic()
            return self._why

    def _look(self) -> list[str]:
        try:
            # once is enough: the next release's migrations come before its processes, and must not send us away while we still serve
            self._migrated = self._migrated or is_current(self._database)
            if not self._migrated:
                return ["the database is not migrated to this release"]
            with waiting_until(time.monotonic() + PATIENCE):
                Chores(self._database).beat("ready", machine_now())
        except Busy:
            return []  # others write, so it can be written
        except Exception as error:
            log.error("the database can't be written: %s", type(error).__name__)
            return ["the database can't be written"]
        return []
