"""One run: where it measures, how much, and what several workloads have in common, measured once."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.children import Order, Told, together
from bench.databases import Place
from bench.moments import FIRST
from bench.peers import celery_eta
from bench.population import Crowd
from bench.serving import Server, served
from bench.sizes import Sizes

PEER_SECONDS = 45.0
"""A peer that is not through by then is judged by what it did."""


def say(words: str) -> None:
    """Tell people how far it is, on stderr."""
    print(f"{time.strftime('%H:%M:%S')}  {words}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Day:
    """The best of a few runs of the day: messages a second of ours and of the floor, and the most memory that a process of ours took."""

    ours: float
    floor: float
    peak_mb: float
    floor_peak_mb: float


@dataclass
class Run:
    """Measuring on one kind of database. What others need too is measured when the first asks, and then kept.

    `together` and `served` start the processes that measure and are measured; a test of the instrument does so within its own.
    """

    place: Place
    sizes: Sizes
    folder: Path
    profile: bool = False
    say: Callable[[str], None] = say
    together: Callable[..., tuple[list[Told], float]] = together
    served: Callable[[Server, Path, Mapping[str, str]], AbstractContextManager[int]] = served
    celery: bool = True
    _days: dict[int, Day] = field(default_factory=dict)

    @cached_property
    def crowd(self) -> Crowd:
        """The populations of this run."""
        return Crowd(self.place)

    def alone(self, order: Order) -> Told:
        """One work in a process of its own; see `children.together`."""
        [told], _ = self.together(order)
        return told

    @contextmanager
    def people(self, n: int, *, in_slack: bool = False) -> Iterator[str]:
        """A database with so many people, all due at `DAY`, for as long as somebody measures on it."""
        url = self.crowd.of(n, in_slack=in_slack)
        try:
            yield url
        finally:
            self.place.drop(url)

    def few(self) -> AbstractContextManager[str]:
        """A small database to warm up on."""
        return self.people(min(FIRST, self.sizes.people))

    def day(self, processes: int) -> Day:
        """The day of (a) by one process, or by several workers; floor and ours take turns."""
        if processes not in self._days:
            self._days[processes] = self._day(processes)
        return self._days[processes]

    def _day(self, processes: int) -> Day:
        floors: list[float] = []
        ours: list[float] = []
        peaks: list[float] = []
        floor_peaks: list[float] = []
        each: list[str] = []
        for turn in range(self.sizes.rounds):
            self.say(
                f"{self.place.kind}: a day of {self.sizes.people:,} people, {processes} working, turn {turn + 1}: by hand, then Handrail"
            )
            for orders, rates, most_mb in ((self._floors, floors, floor_peaks), (self._ours, ours, peaks)):
                with self.people(self.sizes.people) as url, self.few() as warm:
                    told, seconds = self.together(*orders(processes, url, warm))
                rates.append(sum(one["sent"] for one in told) / seconds)
                most_mb.append(max(one["peak_mb"] for one in told))
                each.append(f"{sum(one.get('cpu', 0.0) for one in told) / self.sizes.people * 1e6:,.0f} µs of CPU each")
                if sum(one["sent"] for one in told) < self.sizes.people:
                    raise RuntimeError(f"not everybody got their message: {told}")
            self.say(f"    by hand {floors[-1]:,.0f}/s ({each[-2]}), Handrail {ours[-1]:,.0f}/s ({each[-1]})")
        return Day(max(ours), max(floors), max(peaks), max(floor_peaks))

    def _floors(self, processes: int, url: str, _: str) -> list[Order]:
        return [{"work": "bench.floors.run:day", "url": url}] * processes

    def _ours(self, processes: int, url: str, warm: str) -> list[Order]:
        one = {"work": "bench.ours:day", "url": url, "warm_on": warm, "profile": self.profile}
        if self.place.kind == "sqlite":
            return [one]
        return [{**one, "role": role, "profile": self.profile and role == "worker"} for role in ("clock", *["worker"] * processes)]

    @cached_property
    def peers(self) -> dict[str, float]:
        """Messages a second of each peer that is at hand, on this kind of database."""
        found: dict[str, float] = {}
        for peer, work in self._peers():
            self.say(f"{self.place.kind}: {peer}, one job for each of {self.sizes.peer_messages:,} messages")
            url = self.place.bare(peer)
            try:
                told = self.alone({"work": work, "url": url, "messages": self.sizes.peer_messages, "seconds": PEER_SECONDS})
            except RuntimeError as error:
                self.say(f"    {peer} could not be measured: {error}")
                continue
            finally:
                self.place.drop(url)
            found[peer] = told["sent"] / float(told["took"] if "took" in told else told["seconds"])
            self.say(f"    {found[peer]:,.0f}/s")
        return found

    def _peers(self) -> Iterator[tuple[str, str]]:
        yield "apscheduler", "bench.peers.apscheduler_jobs:ready"
        if self.place.kind == "postgresql":
            yield "procrastinate", "bench.peers.procrastinate_jobs:ready"
        if not self.celery:
            return
        if lacking := celery_eta.missing():
            self.say(f"Celery is left out: {lacking} is not at hand")
        else:
            yield "celery", "bench.peers.celery_eta:ready"

    def by_peers(self, value: float) -> dict[str, float]:
        """A number of messages a second as so many times each peer's."""
        return {peer: value / rate for peer, rate in self.peers.items() if rate}
