"""Sending side by side: lanes for each workspace, for mail and for each endpoint, so that one that does not answer holds up nobody else."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Condition

MOST = {"hook": 4}
"""Lanes of a kind that are under way at once: others' endpoints may keep us waiting, and never those who write to people."""
OTHERS = 8
"""The same of every other kind. The kind is what stands before the colon of a lane's name."""
TRACKS = {"email": 8}
"""Of these lanes so many calls are under way at once: order matters to each recipient only, and the claim keeps that. Of others, one."""
STUCK = 1.0
"""Seconds after which a lane is not waited for while others have something to do, in one call or in some."""
_QUICK = 0.02
"""Seconds of work that are not worth another thread."""
_LOOK = 0.05


class Lanes:
    """What is sent in one track of a lane is sent one after the other. For one thread that hands out the work; `close` ends it.

    Whatever a job raises ends its track, and is raised by `wait`.
    """

    def __init__(self) -> None:
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._began: dict[str, float] = {}
        self._changed = Condition()
        self._trouble: BaseException | None = None

    def free(self, lane: str) -> list[str]:
        """The tracks of a lane that have nothing to do; none: it is stuck, or so many others of its kind are that nobody could go there."""
        if sum(_kind(track) == _kind(lane) for track in list(self._began)) >= _threads(_kind(lane)):
            return []
        return [track for track in _tracks(lane) if track not in self._began]

    def stuck(self, lane: str) -> bool:
        """Whether nothing can be sent there because of calls that do not end."""
        late = time.monotonic() - STUCK
        tracks = _tracks(lane)
        return sum(self._began.get(track, late) < late for track in tracks) == len(tracks)

    @property
    def busy(self) -> bool:
        """Whether any lane has something to do, or `wait` something to raise."""
        return bool(self._began) or self._trouble is not None

    def go(self, track: str, jobs: Sequence[Callable[[], None]]) -> None:
        """Begin to do these, in this order."""
        kind = _kind(track)
        if kind not in self._pools:
            self._pools[kind] = ThreadPoolExecutor(_threads(kind), thread_name_prefix="lane")
        with self._changed:
            self._began[track] = time.monotonic()
        self._pools[kind].submit(self._run, track, jobs)

    def wait(self, seconds: float) -> bool:
        """Wait so long at most until every lane is done or stuck in a call. Whether that is so. Raises what a job raised."""
        until = time.monotonic() + seconds
        with self._changed:
            while self._is_awaited() and (left := until - time.monotonic()) > 0:
                self._changed.wait(min(left, _LOOK))
            if self._trouble:
                raise self._trouble
            return not self._is_awaited()

    def rest(self) -> None:
        """Wait a moment, for lanes that are stuck."""
        with self._changed:
            if self._began:
                self._changed.wait(_LOOK)

    def close(self) -> None:
        """Wait for all."""
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        self._pools.clear()

    def _is_awaited(self) -> bool:
        late = time.monotonic() - STUCK
        return any(began >= late for began in self._began.values())

    def _run(self, track: str, jobs: Sequence[Callable[[], None]]) -> None:
        try:
            for job in jobs:
                job()
        except BaseException as error:
            self._trouble = error
        finally:
            with self._changed:
                del self._began[track]
                self._changed.notify_all()


def _kind(lane: str) -> str:
    return lane.partition(":")[0].partition("#")[0]


def _threads(kind: str) -> int:
    return MOST.get(kind, OTHERS)


def _tracks(lane: str) -> list[str]:
    return [f"{lane}#{n}" for n in range(TRACKS[lane])] if lane in TRACKS else [lane]


class Tempo:
    """How long a call takes in each lane, by the last ones. Safe to share between threads."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def took(self, lane: str, seconds: float) -> None:
        """A call did."""
        self._seconds[lane] = 0.7 * self._seconds.get(lane, seconds) + 0.3 * seconds

    def fits(self, lane: str, seconds: float) -> int:
        """How many calls one track of the lane makes in so many seconds; one at least."""
        return max(1, int(seconds / max(self._seconds.get(lane, 0.0), 1e-6)))

    def tracks(self, lane: str, calls: int) -> int:
        """How many tracks so many calls are worth."""
        return max(1, math.ceil(calls * self._seconds.get(lane, _QUICK) / _QUICK))
