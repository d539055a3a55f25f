"""Token buckets by name, in memory: how much each may still do now. No more of them are kept than fit."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

MOST = 20_000
"""Names that are remembered, about four megabytes; who was not heard of for longest is forgotten, and may begin anew."""


class Buckets:
    """For each name a bucket that holds `burst`, and is filled by `per_second`. Safe to share between threads. Machine time."""

    def __init__(self, burst: float, per_second: float, *, most: int = MOST, tick: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._per_second = per_second
        self._most = most
        self._tick = tick
        self._lock = Lock()
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str) -> float:
        """Seconds until there is one in it; 0 when there is now."""
        with self._lock:
            return max(0.0, 1.0 - self._left(name, self._tick())) / self._per_second

    def take(self, name: str, much: float = 1.0) -> None:
        """Take so much out, more than there is too: what is done is done."""
        with self._lock:
            now = self._tick()
            self._held[name] = (max(self._left(name, now) - much, -self._burst), now)
            self._held.move_to_end(name)
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def __len__(self) -> int:
        return len(self._held)

    def _left(self, name: str, now: float) -> float:
        left, at = self._held.get(name, (self._burst, now))
        return min(self._burst, left + (now - at) * self._per_second)
