"""(a) `messages`, (f) `memory` and (g) `workers`: a day on which everybody's dated message falls due."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figures import Figure
from bench.run import Run


def messages(run: Run) -> Iterator[Figure]:
    """Woken, decided, rendered, fenced and settled a second, against a channel that answers at once."""
    for processes in (1, 2) if run.place.kind == "postgresql" else (1,):
        day = run.day(processes)
        chief = processes == (1 if run.place.kind == "sqlite" else 2)
        wanted = {("sqlite", 1): 3000, ("postgresql", 2): 5000}.get((run.place.kind, processes))
        vs = run.by_peers(day.ours)
        bars, held = [], []
        if wanted:
            bars, held = [f"at least {wanted:,}/s", "0.6 of its floor"], [day.ours >= wanted, day.ours >= 0.6 * day.floor]
        for peer, times in (("apscheduler", 20), ("procrastinate", 10)):
            if chief and peer in vs:
                bars.append(f"{times} × {peer}")
                held.append(vs[peer] >= times)
        yield Figure(
            name="messages",
            database=run.place.kind,
            value=day.ours,
            unit="messages/s",
            how="one process" if processes == 1 else "two processes",
            chief=chief,
            floor=day.floor,
            floor_ratio=day.ours / day.floor,
            vs=vs,
            bar=", ".join(bars),
            held=all(held) if held else None,
        )


def memory(run: Run) -> Iterator[Figure]:
    """The most memory that a process of ours took on that day; as more is better nowhere, the ratio is the floor's by ours."""
    day = run.day(1)
    yield Figure(
        name="memory",
        database=run.place.kind,
        value=day.peak_mb,
        unit="MB",
        how=f"at most, a day of {run.sizes.people:,}",
        floor=day.floor_peak_mb,
        floor_ratio=day.floor_peak_mb / day.peak_mb,
    )


def workers(run: Run) -> Iterator[Figure]:
    """Two workers by one. SQLite has one writer, and Handrail one process there."""
    if run.place.kind == "sqlite":
        return
    one, two = run.day(1), run.day(2)
    gain, floors = two.ours / one.ours, two.floor / one.floor
    yield Figure(
        name="workers",
        database=run.place.kind,
        value=gain,
        unit="times",
        how="two by one",
        floor=floors,
        floor_ratio=gain / floors,
        bar="at least 1.7 times",
        held=gain >= 1.7,
    )
