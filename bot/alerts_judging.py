"""What is wrong with Handrail itself, judged from how it stands and from what became of its messages lately. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from storage.sendings import Sending
from storage.standing import Standing

STILL = 60.0
"""Seconds (machine time) without a beat after which the clock stands still; it beats every second."""
LATE = 60.0
"""Seconds (world time) after which what is due is late."""
CALM = 30.0
"""Below so many seconds it is over; between the two it stays as it is, so that nobody is told of every swing."""
PILE = 5
"""So many messages of unknown fate are a pile."""
RUN = 5
"""So many refusals of a channel, and nothing taken in between, are no accident of single addresses."""
MANY = 20
"""Of so many refusals and more it is enough when they are the greater part."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a kind of trouble is there (None: it can't be said, so it stays as it was), and the numbers to tell it with."""

    wrong: bool | None
    facts: Mapping[str, Any] = field(default_factory=dict)


def judge(found: Standing, lately: Iterable[Sending]) -> dict[str, Judged]:
    """By kind: clock, late, unknown, parked, and refuses:CHANNEL for each channel of which anything became lately."""
    return {
        "clock": _clock(found.clock_age),
        "late": _late(max(found.wake_age, found.untried_age)),
        "unknown": Judged(found.unknown_open >= PILE, {"n": found.unknown_open}),
        "parked": Judged(found.parked > 0, {"n": found.parked}),
        **_refusals(lately),
    }


def _clock(age: float | None) -> Judged:
    return Judged(None) if age is None else Judged(_swings(age, STILL), {"minutes": _minutes(age)})


def _late(age: float) -> Judged:
    return Judged(_swings(age, LATE), {"minutes": _minutes(age)})


def _swings(age: float, bound: float) -> bool | None:
    return True if age > bound else False if age < CALM else None


def _refusals(lately: Iterable[Sending]) -> dict[str, Judged]:
    """Of what reached the fence: a message without an address, or one that can't be rendered, was refused by nobody."""
    by_channel: dict[str, dict[str, Sending]] = defaultdict(dict)
    for one in lately:
        by_channel[one.channel][one.fate] = one
    found = {}
    for channel, fates in by_channel.items():
        failed, retried = (fates[fate].late_n if fate in fates else 0 for fate in ("failed", "retried"))
        refused = failed + max(retried, fates["busy"].n if "busy" in fates else 0)  # what was answered 429 is tried again
        sent = fates["sent"].n if "sent" in fates else 0
        wrong = (refused >= RUN and not sent) or (refused >= MANY and refused > sent)
        found[f"refuses:{channel}"] = Judged(wrong if wrong or sent else None, {"n": refused, "of": refused + sent})
    return found


def _minutes(seconds: float) -> int:
    return max(1, round(seconds / 60))
