"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """`people` on the day of (a), `by_http` of them over HTTP; `rounds`: floor and ours take turns, and the best of each counts.

    `strangers`: unrelated wakes and clicks during the day. `enrolled`: how many there are beside the `due` of a tick.
    `peer_messages`: of each peer, whose share is bounded because it is slow.
    """

    people: int
    by_http: int
    rounds: int
    strangers: int
    singles: int
    batches: int
    due: int
    enrolled: tuple[int, ...]
    ticks: int
    peer_messages: int


TINY = Sizes(people=12, by_http=12, rounds=1, strangers=4, singles=10, batches=2, due=4, enrolled=(12, 24), ticks=1, peer_messages=5)
"""For a test of the instrument: the figures mean nothing."""
QUICK = Sizes(
    people=3_000,
    by_http=300,
    rounds=1,
    strangers=100,
    singles=400,
    batches=40,
    due=500,
    enrolled=(2_000, 20_000),
    ticks=1,
    peer_messages=150,
)
"""A few seconds each."""
USUAL = Sizes(
    people=20_000,
    by_http=2_000,
    rounds=2,
    strangers=500,
    singles=3_000,
    batches=300,
    due=1_000,
    enrolled=(10_000, 100_000),
    ticks=3,
    peer_messages=600,
)
"""About ten minutes on two cores."""
FULL = Sizes(
    people=100_000,
    by_http=10_000,
    rounds=2,
    strangers=500,
    singles=8_000,
    batches=800,
    due=1_000,
    enrolled=(10_000, 100_000, 1_000_000),
    ticks=4,
    peer_messages=2_000,
)
"""The sizes of the promise; tens of minutes, and some 10 GB of disk."""
