"""How much may come in at once. Beyond that senders are asked to come back: their clients do so by themselves, and nothing is lost."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager

from bot.rates import NO_LIMIT, Rate
from bot.web.buckets import Buckets

RETRY_AFTER = 2
"""Seconds after which a sender that found no room may come back."""


class Full(Exception):
    """There is no room, not even to wait; there may be `after` so many seconds."""

    def __init__(self, after: int = RETRY_AFTER) -> None:
        super().__init__()
        self.after = after


class Gate:
    """Requests that are there at once: so many and no more. For one event loop.

    `at_once` of them may be taken alone, each in a thread of its own: a small number, for the pages need threads too, and a database with
    one writer is no faster for more. `waiting` more may be there: they wait for their turn, or are taken together.
    `pace` is how many requests one source may bring: one that runs wild must not keep the others out.
    """

    def __init__(self, at_once: int, waiting: int, pace: Rate = NO_LIMIT) -> None:
        self._sources = Buckets(2 * pace.per_second, pace.per_second)
        self._room = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._here = 0

    def charge(self, source: str) -> None:
        """One request of a source whose key was right. Raises Full when it brought too many. Safe in any thread."""
        if wait := self._sources.wait(source):
            raise Full(max(1, math.ceil(wait)))
        self._sources.take(source)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place until the answer is ready. Raises Full where not even waiting is possible."""
        if self._here >= self._most:
            raise Full
        self._here += 1
        try:
            yield
        finally:
            self._here -= 1

    def room(self) -> asyncio.Semaphore:
        """Held by who is taken alone, for as long as that takes."""
        return self._room
