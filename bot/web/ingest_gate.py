"""How much may come in at once. Beyond that senders are asked to come back: their clients do so by themselves, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

RETRY_AFTER = 2
"""Seconds after which a sender that found no room may come back."""


class Full(Exception):
    """There is no room, not even to wait."""


class Gate:
    """Requests that are taken at once, and a queue of bounded length before them. For one event loop.

    `at_once` is small, for each holds a thread that the pages need too, and a database with one writer is no faster for more.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._here = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and hold it until the answer is ready. Raises Full where not even waiting is possible."""
        if self._here >= self._most:
            raise Full
        self._here += 1
        try:
            async with self._room:
                yield
        finally:
            self._here -= 1
