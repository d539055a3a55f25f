"""A job that many ask for and one does."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Again:
    """Runs a job, one run at a time. Asked for while it runs, it runs once more afterwards, and whoever asked goes on at once."""

    def __init__(self, job: Callable[[], int]) -> None:
        self._job = job
        self._asked = threading.Event()
        self._running = threading.Lock()

    def __call__(self) -> int:
        """Gives what its runs gave in all; 0 when somebody else sees to it. Raises what the job raises."""
        self._asked.set()
        given = 0
        while self._asked.is_set() and self._running.acquire(blocking=False):
            try:
                self._asked.clear()
                given += self._job()
            finally:
                self._running.release()
        return given
