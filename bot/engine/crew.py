"""Threads for one queue of jobs: so many at work, and some more that wait for a provider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

PATIENCE = 2.0
"""Seconds after which a job is thought to wait for a provider; the next one begins beside it."""
WAITING = 3
"""Jobs for each that is at work which may wait for a provider beside it."""


class Crew:
    """Does jobs for whoever takes up no more than `places` at a time. Used within one event loop.

    A job that takes longer than `patience` goes on by itself: whoever brought it is done with it, and may bring the next. What it works on
    is its own by a lease, so that nothing hangs on the job any more.
    """

    def __init__(self, name: str, places: int, patience: float = PATIENCE) -> None:
        self._threads = ThreadPoolExecutor(places * (1 + WAITING), thread_name_prefix=name)
        self._spare = places * WAITING
        self._patience = patience

    async def do(self, job: Callable[[], object]) -> None:
        """Do it in a thread; returns when it is done, or goes on by itself. Raises what the job raises, unless it goes on by itself."""
        work = asyncio.get_running_loop().run_in_executor(self._threads, job)
        while not (await asyncio.wait({work}, timeout=self._patience))[0]:
            if self._spare:
                self._spare -= 1
                work.add_done_callback(self._back)
                return
        await work

    def close(self) -> None:
        """Wait for all."""
        self._threads.shutdown(wait=True)

    def _back(self, _: asyncio.Future[object]) -> None:
        self._spare += 1
