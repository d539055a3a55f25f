"""Whether a source of events is as usual: from what came hour by hour, and from the names that came. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from bot.ingest.names import OURS, meant
from storage.catalogue import Seen
from storage.guardrails import Kind
from storage.volumes import Volume

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
KEPT = timedelta(days=14)
"""How far back we look. Who said nothing for that long is no source any more."""

WINDOW = 6
"""Full hours that are looked at together: fewer say little, more say it late."""
_ENOUGH = 20
"""Calls in those hours, usually. Of fewer nobody can say that they are missing."""
_DROP, _RECOVERED = 0.3, 0.5
"""Parts of the usual volume: below the first something is wrong, from the second on it is over."""

_SHORTEST_SILENCE = timedelta(hours=2)
_LONGER = 1.5
"""Times the longest silence before."""
_OFTEN = 5
"""Days on which something came: who is heard less often is never missed."""

_REFUSED_SHARE, _REFUSED_LEAST = 0.05, 10
_TIMED = 5
"""Calls with a sender's clock in them: of fewer we say nothing."""
_SHOWN = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """How it stands with one kind of trouble. `wrong` is None when nobody can tell now: then it stands as it stood."""

    kind: Kind
    wrong: bool | None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What is known about one source at `now` (world time): the hours in which anything came, in order, and the names that came.

    `known` are the names that playbooks know.
    """

    hours: Sequence[Volume]
    names: Sequence[Seen]
    known: Collection[str]
    now: datetime

    @property
    def full(self) -> datetime:
        """The end of the last full hour."""
        return self.now.replace(minute=0, second=0, microsecond=0)

    def between(self, start: datetime, end: datetime) -> list[Volume]:
        """What came in the hours that begin then."""
        return [one for one in self.hours if start <= one.hour < end]

    def calls(self, start: datetime, end: datetime) -> int:
        """How many calls were let in then."""
        return sum(one.n for one in self.between(start, end))

    @property
    def active(self) -> list[datetime]:
        """The hours in which anything was let in."""
        return [one.hour for one in self.hours if one.n]

    @property
    def lately(self) -> list[Volume]:
        """The last full hours, and the one that is not full yet."""
        return self.between(self.full - WINDOW * HOUR, self.full + HOUR)


def judge(heard: Heard) -> list[Judged]:
    """Every kind of trouble."""
    return [look(heard) for look in _LOOKS]


def _volume(heard: Heard) -> Judged:
    """The last full hours against the same hours of the seven days before, and of this weekday a week ago: a quiet weekend is none.

    Silence is told as such, and not once more as a drop, also not while its last hours are still among those that are looked at.
    """
    end, start = heard.full, heard.full - WINDOW * HOUR
    if not heard.hours or heard.hours[0].hour > start - WEEK or _silent(heard).wrong or _was_silent(heard, start):
        return Judged(kind="volume", wrong=None)
    before = [heard.calls(start - days * DAY, end - days * DAY) for days in range(1, 8)]
    usual = min(median(before), before[-1])
    if usual < _ENOUGH:
        return Judged(kind="volume", wrong=None)
    came = heard.calls(start, end)
    wrong = True if came < _DROP * usual else False if came >= _RECOVERED * usual else None
    return Judged(kind="volume", wrong=wrong, facts={"n": came, "usual": round(usual), "hours": WINDOW})


def _silent(heard: Heard) -> Judged:
    """Nothing for clearly longer than in the two weeks before, weekends and nights among them."""
    active = heard.active
    if not active or heard.now - active[0] < WEEK:
        return Judged(kind="silent", wrong=None)
    gap = heard.now - (active[-1] + HOUR)
    if gap < HOUR:
        return Judged(kind="silent", wrong=False)
    if len({hour.date() for hour in active}) < _OFTEN or sum(one.n for one in heard.hours) < _ENOUGH:
        return Judged(kind="silent", wrong=None)
    return Judged(kind="silent", wrong=_is_silence(gap, active), facts={"last": active[-1].isoformat(), "hours": int(gap / HOUR)})


def _was_silent(heard: Heard, start: datetime) -> bool:
    """Whether a silence ended since then."""
    active = heard.active
    return any(later >= start and _is_silence(later - active[n] - HOUR, active[: n + 1]) for n, later in enumerate(active[1:]))


def _is_silence(gap: timedelta, before: Sequence[datetime]) -> bool:
    """Whether that is clearly longer than any before."""
    longest = max((later - earlier - HOUR for earlier, later in pairwise(before)), default=timedelta())
    return gap >= max(_SHORTEST_SILENCE, _LONGER * longest)


def _names(heard: Heard) -> Judged:
    """Names of the last day that no playbook knows. A new source is all new names: of those only what looks like a slip is told."""
    new = [one for one in heard.names if one.first > heard.now - DAY and one.name not in heard.known and one.name not in OURS]
    began = min((one.first for one in heard.names), default=heard.now)
    slips = {one.name: near for one in new if (near := meant(one.name, heard.known))}
    told = [one.name for one in new if one.name in slips or one.first > began + DAY]
    told.sort(key=lambda name: name not in slips)
    facts = {"names": told, "meant": {name: slips[name] for name in told if name in slips}}
    return Judged(kind="names", wrong=bool(told), facts=facts if told else {})


def _skew(heard: Heard) -> Judged:
    """The median: more than half of what came was sent by a clock that is wrong by more than five minutes."""
    timed, off = sum(one.skew_n for one in heard.lately), sum(one.skewed for one in heard.lately)
    if timed < _TIMED:
        return Judged(kind="skew", wrong=None)
    ahead = sum(one.skew_ms for one in heard.lately) / timed
    return Judged(kind="skew", wrong=off * 2 > timed, facts={"minutes": max(1, round(abs(ahead) / 60_000)), "ahead": ahead > 0})


def _refused(heard: Heard) -> Judged:
    """The share of what could not be taken."""
    refused = sum(one.refused for one in heard.lately)
    came = refused + sum(one.n for one in heard.lately)
    if came < _REFUSED_LEAST:
        return Judged(kind="refused", wrong=None)
    share = refused / came
    facts = {"n": refused, "of": came, "percent": round(100 * share)}
    if share >= _REFUSED_SHARE and refused >= _REFUSED_LEAST:
        return Judged(kind="refused", wrong=True, facts=facts)
    return Judged(kind="refused", wrong=None if share >= _REFUSED_SHARE / 2 else False, facts=facts)


_LOOKS: tuple[Callable[[Heard], Judged], ...] = (_volume, _silent, _names, _skew, _refused)


def listed(names: Sequence[str], meanings: Mapping[str, str]) -> tuple[list[str], int]:
    """Names as a note says them, with what was probably meant, and how many more there are."""
    shown = [f"{name} ({meanings[name]}?)" if name in meanings else name for name in names[:_SHOWN]]
    return shown, max(0, len(names) - _SHOWN)
