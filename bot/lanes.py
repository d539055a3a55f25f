"""Sending side by side: one lane for each workspace and for mail, so that one that does not answer holds up nobody else."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

MOST = {"hook": 4}
"""Lanes of a kind that are under way at once: others' endpoints may keep us waiting, and never those who write to people."""
OTHERS = 8
"""The same of every other kind. The kind is what stands before the colon of a lane's name."""
STUCK = 1.0
"""Seconds after which a lane is not waited for while others have something to do."""
_LOOK = 0.05


class Lanes:
    """What is sent in one lane is sent one after the other. For one thread that hands out the work; `close` ends it.

    Whatever a job raises ends its lane, and is raised by `keep_pace` or `close`.
    """

    def __init__(self) -> None:
        self._pools: dict[str, ThreadPoolExecutor] = {}
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
        kind = lane.partition(":")[0]
        if kind not in self._pools:
            self._pools[kind] = ThreadPoolExecutor(MOST.get(kind, OTHERS), thread_name_prefix="lane")
        self._began[lane] = time.monotonic()
        self._under_way[lane] = self._pools[kind].submit(self._run, lane, jobs)

    def keep_pace(self) -> None:
        """Wait until every lane is done or stuck in a call."""
        while self._under_way and not self._done():
            late = time.monotonic() - STUCK
            if all(self._began[lane] < late for lane in self._under_way):
                return

    def close(self) -> None:
        """Wait for all."""
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        self._pools.clear()
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
