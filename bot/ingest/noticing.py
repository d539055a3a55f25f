"""What comes in, noticed beside the work: which events, with which properties, how much, how wrong. Names and types alone, no value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from bot.ingest.calls import Call, Track
from bot.ingest.names import OURS, named_by
from flows.library import Playbooks
from flows.tallies import too_late
from storage import catalogue, volumes
from storage.catalogue import MOST_NAMES, MOST_PROPERTIES, Seen
from storage.codec import printable
from storage.database import Database
from storage.volumes import COUNTS, Volume

OFF = timedelta(minutes=5)
"""A sender's clock that is wrong by more is not set."""

_FARTHEST = timedelta(days=30)
"""One clock that is years off must not hide what all others say."""
_LONGEST_NAME = 100
"""Characters of a property's name. A longer one is none that anybody wrote into a program."""
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(slots=True)
class _Name:
    first: datetime
    last: datetime
    n: int = 0
    properties: dict[str, Counter[str]] = field(default_factory=dict)


class Noticing:
    """Counts in memory and writes it down now and then (`flush`). Safe to share between threads.

    A process that is killed takes what it counted since the last flush, a few seconds, with it: these are statistics. What was counted is
    what came: a repeat that changed nothing is among it.
    """

    def __init__(self, database: Database, playbooks: Callable[[], Playbooks]) -> None:
        self._database = database
        self._playbooks = playbooks
        self._known: tuple[Playbooks | None, Collection[str]] = (None, ())
        self._lock = Lock()
        self._names: dict[tuple[str, str], _Name] = {}
        self._hours: dict[tuple[str, datetime], Counter[str]] = {}

    def came(self, calls: Sequence[Call], refused: Collection[int], now: datetime, *, ahead: timedelta) -> None:
        """Calls came in at `now` (world time), of which those at the places in `refused` were not let in.

        What happened later than `ahead` from now had not happened yet.
        """
        known = self._known_now()
        with self._lock:
            for place, call in enumerate(calls):
                counts = self._hour(call.source, now)
                if place in refused:
                    counts["refused"] += 1
                    continue
                counts["n"] += 1
                counts["late"] += too_late(call.at, now)
                counts["future"] += call.at > now + ahead
                _clock(counts, call.ahead)
                if isinstance(call, Track):
                    counts["unknown"] += call.name not in known
                    self._see(call, now)

    def refused(self, source: str, items: int, now: datetime) -> None:
        """So many things could not even be read."""
        if items:
            with self._lock:
                self._hour(source, now)["refused"] += items

    def flush(self) -> int:
        """Write down what was counted; gives how many names that was about. What can't be written is kept for the next time."""
        with self._lock:
            names, self._names = self._names, {}
            hours, self._hours = self._hours, {}
        if not names and not hours:
            return 0
        try:
            with self._database.write() as connection:
                volumes.add(self._database, connection, [_volume(*place, counts) for place, counts in hours.items()])
                catalogue.learn(self._database, connection, [_seen(*key, one) for key, one in names.items()])
        except Exception:
            self._take_back(names, hours)
            raise
        return len(names)

    def _known_now(self) -> Collection[str]:
        playbooks = self._playbooks()
        if self._known[0] is not playbooks:
            self._known = (playbooks, {*named_by(playbooks), *OURS})
        return self._known[1]

    def _hour(self, source: str, now: datetime) -> Counter[str]:
        hour = now.replace(minute=0, second=0, microsecond=0)
        return self._hours.setdefault((source, hour), Counter())

    def _see(self, call: Track, now: datetime) -> None:
        key = (call.source, printable(call.name))
        one = self._names.get(key)
        if one is None:
            if len(self._names) >= MOST_NAMES * 10:
                return
            one = self._names[key] = _Name(now, now)
        one.first, one.last, one.n = min(one.first, now), max(one.last, now), one.n + 1
        for name, value in call.properties.items():
            short = printable(name[:_LONGEST_NAME])
            if (types := one.properties.get(short)) is None:
                if len(one.properties) >= MOST_PROPERTIES:
                    continue
                types = one.properties[short] = Counter()
            types[_type(value)] += 1

    def _take_back(self, names: Mapping[tuple[str, str], _Name], hours: Mapping[tuple[str, datetime], Counter[str]]) -> None:
        """Put it with what came meanwhile."""
        with self._lock:
            for place, counts in hours.items():
                self._hours.setdefault(place, Counter()).update(counts)
            for key, one in names.items():
                newer = self._names.setdefault(key, _Name(one.first, one.last))
                newer.first, newer.last, newer.n = min(one.first, newer.first), max(one.last, newer.last), one.n + newer.n
                newer.properties = _counters(catalogue.together(one.properties, newer.properties))


def _counters(types: Mapping[str, Mapping[str, int]]) -> dict[str, Counter[str]]:
    return {name: Counter(counted) for name, counted in types.items()}


def _clock(counts: Counter[str], ahead: timedelta | None) -> None:
    if ahead is not None:
        counts["skew_n"] += 1
        counts["skew_ms"] += max(-_FARTHEST, min(_FARTHEST, ahead)) // _MILLISECOND
        counts["skewed"] += abs(ahead) > OFF


def _type(value: Any) -> str:
    """As JSON calls it."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
    return "object"


def _volume(source: str, hour: datetime, counts: Mapping[str, int]) -> Volume:
    return Volume(source=source, hour=hour, **{name: counts.get(name, 0) for name in COUNTS})


def _seen(source: str, name: str, one: _Name) -> Seen:
    return Seen(source=source, name=name, first=one.first, last=one.last, n=one.n, properties=one.properties)
