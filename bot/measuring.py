"""What was measured since this process began, for /metrics: one `Measures` for each house, none shared."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from threading import Lock

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from bot.meters import Meters
from bot.world import machine_now
from storage.sendings import Sending

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
"""Seconds: bounds for work of ours and calls to others. No call takes longer than the last (`bot.deliver.LONGEST_CALL`)."""
LATE = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0)
"""Seconds from due to fence. One second is our promise for what people wait for, a minute is when an alert begins."""


class Spread:
    """How often something took how long. `bounds` are seconds. Not safe by itself: its owner has the lock."""

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        """Once more."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def told(self) -> tuple[list[tuple[str, float]], float]:
        """As Prometheus counts: of each bound how many took at most so long; and the sum of all."""
        so_far, buckets = 0, []
        for bound, n in zip((*map(str, self._bounds), "+Inf"), self._counts, strict=True):
            so_far += n
            buckets.append((bound, float(so_far)))
        return buckets, self._sum


class Measures(Meters):
    """Counts what it is told. Safe to share between threads; a call costs about a microsecond.

    Labels hold channels, fates, surfaces and kinds of lanes, and never a name, an id or a workspace.
    """

    def __init__(self, machine: Callable[[], datetime] = machine_now) -> None:
        self._machine = machine
        self._lock = Lock()
        self._deciding, self._rendering, self._ticking = Spread(QUICK), Spread(QUICK), Spread(QUICK)
        self._calls: dict[str, Spread] = defaultdict(lambda: Spread(QUICK))
        self._acks: dict[str, Spread] = defaultdict(lambda: Spread(QUICK))
        self._lateness: dict[str, Spread] = defaultdict(lambda: Spread(LATE))
        self._fates: Counter[tuple[str, str]] = Counter()
        self._refusals: Counter[str] = Counter()
        self._events = self._conflicts = self._woken = 0
        self._fresh: dict[tuple[str, str, datetime], list[int]] = {}

    def decided(self, events: int, seconds: float) -> None:
        """So many events were loaded, decided and saved in one commit."""
        with self._lock:
            self._events += events
            self._deciding.add(seconds)

    def conflicted(self) -> None:
        """Somebody else was faster, and deciding starts anew."""
        with self._lock:
            self._conflicts += 1

    def rendered(self, seconds: float) -> None:
        """One message was rendered."""
        with self._lock:
            self._rendering.add(seconds)

    def settled(self, channel: str, fate: str, late: float | None) -> None:
        """A row came to its end or waits anew. `late`: seconds of world time from due to fence, None when it did not come so far."""
        with self._lock:
            self._fates[channel, fate] += 1
            self._note(channel, fate, late)
            if late is not None:
                self._lateness[channel].add(late)

    def refused(self, lane: str) -> None:
        """A provider answered 429. Of the lane only its kind is kept: the rest names a workspace."""
        kind = lane.partition(":")[0]
        with self._lock:
            self._refusals[kind] += 1
            self._note({"hook": "webhook"}.get(kind, kind), "busy", None)

    def called(self, channel: str, seconds: float) -> None:
        """A channel answered, or did not, after so long."""
        with self._lock:
            self._calls[channel].add(seconds)

    def acknowledged(self, surface: str, seconds: float) -> None:
        """Slack, a webhook or ingest got its answer after so long."""
        with self._lock:
            self._acks[surface].add(seconds)

    def ticked(self, people: int, seconds: float) -> None:
        """The clock beat, and woke so many."""
        with self._lock:
            self._woken += people
            self._ticking.add(seconds)

    def _note(self, channel: str, fate: str, late: float | None) -> None:
        noted = self._fresh.setdefault((channel, fate, self._machine().replace(second=0, microsecond=0)), [0, 0, 0, 0])
        noted[0] += 1
        if late is not None:
            ms = int(late * 1000)
            noted[1] += 1
            noted[2] += ms
            noted[3] = max(noted[3], ms)

    def fresh(self) -> list[Sending]:
        """What became of messages since it was asked for last, for others to read in the database."""
        with self._lock:
            noted, self._fresh = self._fresh, {}
        return [
            Sending(channel=channel, fate=fate, minute=minute, n=n, late_n=late_n, late_ms=late_ms, late_most_ms=most)
            for (channel, fate, minute), (n, late_n, late_ms, most) in noted.items()
        ]

    def collect(self) -> Iterator[Metric]:
        """All of it, as prometheus_client asks for it."""
        with self._lock:
            yield from [*self._counters(), *self._spreads()]

    def _counters(self) -> Iterator[Metric]:
        yield CounterMetricFamily("handrail_events_decided", "Events decided and saved", value=self._events)
        yield CounterMetricFamily("handrail_conflicts", "Decisions made anew because somebody else was faster", value=self._conflicts)
        yield CounterMetricFamily("handrail_people_woken", "People whose moment had come", value=self._woken)
        messages = CounterMetricFamily("handrail_messages", "Messages and views by what became of them", labels=["channel", "fate"])
        for (channel, fate), n in sorted(self._fates.items()):
            messages.add_metric([channel, fate], n)
        yield messages
        busy = CounterMetricFamily("handrail_provider_busy", "Answers of a provider that we call too often (429)", labels=["kind"])
        for kind, n in sorted(self._refusals.items()):
            busy.add_metric([kind], n)
        yield busy

    def _spreads(self) -> Iterator[Metric]:
        yield _spread("handrail_decide_seconds", "Loading, deciding and saving a batch of events", {"": self._deciding})
        yield _spread("handrail_render_seconds", "Rendering a message", {"": self._rendering})
        yield _spread("handrail_tick_seconds", "A beat of the clock", {"": self._ticking})
        yield _spread("handrail_call_seconds", "A call to a provider", self._calls, "channel")
        yield _spread("handrail_ack_seconds", "Answering a request", self._acks, "surface")
        yield _spread("handrail_lateness_seconds", "From the moment a message is due to its fence", self._lateness, "channel")


def _spread(name: str, help: str, found: dict[str, Spread], label: str = "") -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, help, labels=[label] if label else [])
    for value, spread in sorted(found.items()):
        buckets, total = spread.told()
        family.add_metric([value] if label else [], buckets, total)
    return family
