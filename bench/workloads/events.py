"""(d) `events-batch` and `events-single`: what the product tells over HTTP, answered when it is stored and decided."""

from __future__ import annotations

import itertools
import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.figures import Figure
from bench.moments import PROJECT
from bench.run import Run
from bench.serving import Server, sent

PEOPLE = 200
EVENTS = ("report.opened", "report.created", "integrations.viewed", "source.connected")
BATCH = 50
_numbers = itertools.count()


@dataclass(frozen=True)
class _Kind:
    """How events are sent, and what is asked of that."""

    name: str
    path: str
    size: int
    senders: int
    wanted: int = 0

    @property
    def how(self) -> str:
        """For people who read the table."""
        return f"{self.size} a request, {self.senders} senders"


SINGLE = _Kind("events-single", "/v1/track", 1, 32, 800)
FEWER = _Kind("events-single", "/v1/track", 1, 8)
BATCHES = _Kind("events-batch", "/v1/batch", BATCH, 4, 5_000)


def events_batch(run: Run) -> Iterator[Figure]:
    """Events a second, fifty a request."""
    return _measured(run, BATCHES, lambda: [_batch(_track(next(_numbers)) for _ in range(BATCH)) for _ in range(run.sizes.batches)])


def events_single(run: Run) -> Iterator[Figure]:
    """Events a second, one a request, from many senders at once and from a few."""
    for kind in (SINGLE, FEWER):
        yield from _measured(run, kind, lambda: [_body(_track(next(_numbers))) for _ in range(run.sizes.singles)])


def _measured(run: Run, kind: _Kind, bodies: Callable[[], Sequence[bytes]]) -> Iterator[Figure]:
    ours: list[float] = []
    floors: list[float] = []
    waits: list[float] = []
    with TemporaryDirectory(dir=run.folder) as folder:
        url = _known_people(run, Path(folder))
        for turn in range(run.sizes.rounds):
            run.say(f"{run.place.kind}: {kind.name}, {kind.how}, turn {turn + 1}: by hand, then Handrail")
            turns: tuple[tuple[Server, list[float]], ...] = (("by hand", floors), ("handrail web", ours))
            for server, rates in turns:
                own = run.place.copy(url, "events")
                with run.served(server, Path(folder), _settings(own)) as port:
                    sent(port, kind.senders, kind.path, bodies()[: max(1, len(bodies()) // 10)])
                    took, whole = sent(port, kind.senders, kind.path, bodies())
                run.place.drop(own)
                rates.append(len(took) * kind.size / whole)
                waits = took if rates is ours else waits
            run.say(f"    by hand {floors[-1]:,.0f}/s, Handrail {ours[-1]:,.0f}/s")
        run.place.drop(url)
    best, floor = max(ours), max(floors)
    yield Figure(
        name=kind.name,
        database=run.place.kind,
        value=best,
        unit="events/s",
        how=kind.how,
        chief=bool(kind.wanted),
        floor=floor,
        floor_ratio=best / floor,
        bar=f"at least {kind.wanted:,}/s and 0.5 of its floor" if kind.wanted else "",
        held=best >= kind.wanted and best >= 0.5 * floor if kind.wanted else None,
    )
    for words, value in (("p50", statistics.median(waits)), ("p99", sorted(waits)[int(len(waits) * 0.99)])):
        how = f"{kind.how}: until the answer, {words}"
        yield Figure(name=kind.name, database=run.place.kind, value=value * 1000, unit="ms", how=how, chief=False)


def _known_people(run: Run, folder: Path) -> str:
    """A database with people who signed up an hour ago."""
    url = run.place.empty("known")
    with run.served("handrail web", folder, _settings(url)) as port:
        sent(port, 1, "/v1/batch", [_batch(map(_identify, range(start, start + BATCH))) for start in range(0, PEOPLE, BATCH)])
    return url


def _settings(url: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "HANDRAIL_PROJECT": str(PROJECT)}


def _track(n: int) -> dict[str, Any]:
    own = {"event": EVENTS[n // PEOPLE % len(EVENTS)], "properties": {"title": "Revenue by month", "rows": n}}
    return {"type": "track", "userId": f"u{n % PEOPLE}", "messageId": f"track-{n}", **own}


def _identify(n: int) -> dict[str, Any]:
    since = datetime.now(UTC) - timedelta(hours=1)
    traits = {"name": f"Ann O'Neil {n}", "email": f"u{n}@acme.test", "timezone": "Europe/Berlin", "createdAt": since.isoformat()}
    return {"type": "identify", "userId": f"u{n}", "messageId": f"identify-{n}", "traits": traits}


def _batch(calls: Iterator[dict[str, Any]]) -> bytes:
    return _body({"batch": list(calls)})


def _body(call: dict[str, Any]) -> bytes:
    return json.dumps(call).encode()
