"""How fast each lane may be called: a lane is one workspace of Slack, the mail provider, or one endpoint."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bot.rates import NO_LIMIT, Rate
from storage.paces import LONGEST, Paces, Wanted

NONE: Mapping[str, int] = {}
AHEAD = 0.1
"""Seconds' worth of calls that a worker takes in advance in a lane that is quick, and keeps so long at most."""
WORTH = 20
"""Calls that are worth it: a fence's group."""


class Granted(NamedTuple):
    """So many calls may go out now, urgent ones first; the rest waits up to `wait` seconds of machine time, one after the other.

    What is urgent is promised no turn: it asks again soon. `wait` is 0.0 when nothing else has to wait.
    """

    n: int
    wait: float

    def turn(self, place: int, rest: int) -> float:
        """How long the one at that place of those who wait does so (0 is the first, of `rest`)."""
        return self.wait * (place + 1) / rest


class Pace(Protocol):
    """A limit on calls that everybody keeps who calls the same provider. Safe to share between threads."""

    def take(self, wanted: Mapping[str, int], urgent: Mapping[str, int] = NONE) -> dict[str, Granted]:
        """Ask for so many calls in each lane, of which so many are urgent; gives what may go out now."""

    def pause(self, lane: str, seconds: float) -> None:
        """The provider said that it has had enough: nobody calls there for so long."""


class AtOnce:
    """No limit."""

    def take(self, wanted: Mapping[str, int], urgent: Mapping[str, int] = NONE) -> dict[str, Granted]:  # noqa: ARG002
        """All of it."""
        return {lane: Granted(n, 0.0) for lane, n in wanted.items()}

    def pause(self, lane: str, seconds: float) -> None:
        """Nobody waits."""


Rates = Mapping[str, Rate]
"""The rate of each kind of lane; a kind that isn't named has no limit. The kind is what stands before the colon of a lane's name."""


def rate_of(rates: Rates, lane: str) -> Rate:
    """The rate that a lane has to keep."""
    return rates.get(lane.partition(":")[0], NO_LIMIT)


@dataclass
class _Bucket:
    tokens: float
    at: float
    promised: float = 0.0


class OwnPace:
    """Token buckets in memory, for one process that does everything. `clock` tells seconds of machine time."""

    def __init__(self, rates: Rates, clock: Callable[[], float] = time.monotonic) -> None:
        self._rates = rates
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._pauses: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, wanted: Mapping[str, int], urgent: Mapping[str, int] = NONE) -> dict[str, Granted]:
        """What drips in and what is left of the burst."""
        with self._lock:
            now = self._clock()
            return {lane: self._granted(lane, n, urgent.get(lane, 0), now) for lane, n in wanted.items()}

    def pause(self, lane: str, seconds: float) -> None:
        """Give none for so long, and begin with an empty bucket then."""
        with self._lock:
            until = max(self._pauses.get(lane, 0.0), self._clock() + seconds)
            self._pauses[lane] = until
            if lane in self._buckets:
                self._buckets[lane].tokens, self._buckets[lane].at = 0.0, until

    def _granted(self, lane: str, n: int, urgent: int, now: float) -> Granted:
        rate, paused = rate_of(self._rates, lane), max(0.0, self._pauses.get(lane, 0.0) - now)
        bucket = self._buckets.setdefault(lane, _Bucket(rate.burst, now))
        bucket.tokens = min(rate.burst, bucket.tokens + rate.per_second * max(0.0, now - bucket.at))
        bucket.at = max(bucket.at, now)
        go = 0 if paused else min(n, int(bucket.tokens))
        bucket.tokens -= go
        lacking = n - max(go, urgent)
        if not lacking:
            return Granted(go, 0.0)
        bucket.promised = min(max(bucket.promised, now + paused) + lacking / rate.per_second, now + paused + LONGEST)
        return Granted(go, bucket.promised - now)


class SharedPace:
    """Token buckets that every worker shares. Of a quick lane each takes some in advance, so that they need not queue for every group.

    `clock` tells seconds of machine time.
    """

    def __init__(self, paces: Paces, rates: Rates, clock: Callable[[], float] = time.monotonic) -> None:
        self._paces = paces
        self._rates = rates
        self._clock = clock
        self._ours: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def take(self, wanted: Mapping[str, int], urgent: Mapping[str, int] = NONE) -> dict[str, Granted]:
        """What is ours already, else one look at the database for all lanes together."""
        granted = {lane: Granted(n, 0.0) for lane, n in wanted.items() if self._spend(lane, n)}
        asked = [self._wanted(lane, n, urgent.get(lane, 0)) for lane, n in wanted.items() if lane not in granted]
        for lane, (go, wait) in self._paces.take(asked).items() if asked else ():
            granted[lane] = Granted(min(go, wanted[lane]), wait)
            if go > wanted[lane]:
                self._keep(lane, go - wanted[lane])
        return granted

    def pause(self, lane: str, seconds: float) -> None:
        """All workers leave the lane alone for so long; another may have a few calls left that it took before."""
        with self._lock:
            self._ours.pop(lane, None)
        self._paces.pause(lane, seconds)

    def _wanted(self, lane: str, n: int, urgent: int) -> Wanted:
        rate = rate_of(self._rates, lane)
        ahead = int(rate.per_second * AHEAD)
        return Wanted(lane, n - urgent, rate.per_second, rate.burst, urgent, ahead if ahead >= WORTH else 0)

    def _spend(self, lane: str, n: int) -> bool:
        with self._lock:
            left, until = self._ours.get(lane, (0, 0.0))
            if n > left or self._clock() > until:
                return False
            self._ours[lane] = (left - n, until)
            return True

    def _keep(self, lane: str, more: int) -> None:
        """Those before are let go: they would have been old."""
        with self._lock:
            self._ours[lane] = (more, self._clock() + AHEAD)
