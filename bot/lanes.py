"""Sending side by side: one lane for each workspace and for mail, so that one that does not answer holds up nobody else."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

MOST = 8
"""Lanes that are under way at once."""
STUCK = 1.0
"""Seconds after which a lane is not waited for while others have something to do."""
_LOOK = 0.05


class Lanes:
    """What is sent in one lane is sent one after the other. For one thread that hands out the work; `close` ends it.

    Whatever a job raises ends its lane, and is raised by `keep_pace` or `close`.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: dict[str, Future[None]] = {}
        self._began: dict[str, float] = {}

    def stuck(self, lane: str) -> bool:
        """Whether this lane still has something to do, after `keep_pace` gave up waiting for it."""
        return lane in self._under_way

    @property
    def busy(self) -> bool:
        """Whether any lane has."""
        return bool(self._under_way)

    def go(self, lane: str, jobs: Sequence[Callable[[], None]]) -> None:
        """Begin to do these, in this order."""
        self._pool = self._pool or ThreadPoolExecutor(MOST, thread_name_prefix="lane")
        self._began[lane] = time.monotonic()
        self._under_way[lane] = self._pool.submit(self._run, lane, jobs)

    def keep_pace(self) -> None:
        """Wait until every lane is done or stuck in a call."""
        while self._under_way and not self._done():
            late = time.monotonic() - STUCK
            if all(self._began[lane] < late for lane in self._under_way):
                return

    def close(self) -> None:
        """Wait for all."""
        if self._pool:
            self._pool.shutdown(wait=True)
        self._pool = None
        self._done()

    def _done(self) -> bool:
        """Take note of those that are done; whether all are."""
        wait(self._under_way.values(), timeout=_LOOK)
        for lane, future in list(self._under_way.items()):
            if future.done():
                del self._under_way[lane]
                future.result()
        return not self._under_way

    def _run(self, lane: str, jobs: Sequence[Callable[[], None]]) -> None:
        for job in jobs:
            self._began[lane] = time.monotonic()
            job()
