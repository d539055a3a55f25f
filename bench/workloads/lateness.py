"""(c) `lateness`: how long strangers to the day wait while it runs, from the moment something is due to its fence."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from functools import partial

from bench.children import Order
from bench.figures import Figure
from bench.run import Run

WORKERS = 2


def lateness(run: Run) -> Iterator[Figure]:
    """Seconds: p99 of all, and the parts it comes from."""
    people, strangers = run.sizes.people, run.sizes.strangers
    run.say(f"{run.place.kind}: {strangers} unrelated wakes and clicks during a day of {people:,}")
    with run.people(people) as url, run.few() as warm:
        told, _ = run.together(*_orders(run, url, warm))
    wakes, clicks = told[0]["wakes"], told[0]["clicks"]
    if len(wakes) + len(clicks) < strangers:
        raise RuntimeError(f"only {len(wakes) + len(clicks)} of {strangers} strangers had their message")
    everyone = [*wakes, *clicks]
    run.say(f"    p50 {_p(50, everyone):.2f} s, p99 {_p(99, everyone):.2f} s (wakes {_p(99, wakes):.2f} s, clicks {_p(99, clicks):.2f} s)")
    worst = _p(99, everyone)
    figure = partial(Figure, name="lateness", database=run.place.kind, unit="s")
    yield figure(value=worst, how="p99, wakes and clicks", bar="p99 under 1 s", held=worst < 1)
    yield figure(value=_p(50, everyone), how="p50, wakes and clicks", chief=False)
    yield figure(value=_p(99, wakes), how="p99, wakes", chief=False)
    yield figure(value=_p(99, clicks), how="p99, clicks", chief=False)


def _orders(run: Run, url: str, warm: str) -> list[Order]:
    people, strangers = run.sizes.people, run.sizes.strangers
    orders: list[Order] = [{"work": "bench.strangers:ready", "url": url, "people": people, "strangers": strangers, "profile": run.profile}]
    if run.place.kind == "postgresql":
        for role in ("clock", *["worker"] * WORKERS):
            orders.append({"work": "bench.ours:day", "url": url, "warm_on": warm, "role": role, "strangers": strangers})
    return orders


def _p(percent: int, seconds: Sequence[float]) -> float:
    return statistics.median(seconds) if percent == 50 else sorted(seconds)[min(len(seconds) - 1, len(seconds) * percent // 100)]
