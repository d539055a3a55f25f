"""What is said for days or again and again: spans upside down, days that are none, times when nobody is spoken to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta

from flows.checks.possible import Possible
from flows.durations import Length
from flows.parts.rules import Series
from flows.parts.times import Hours
from flows.playbook import Playbook
from flows.problems import Path

Find = tuple[Path, str]


def check(playbook: Playbook, possible: Possible) -> Iterator[Find]:
    """Everything about series, recurring messages, invitations and the summary, and every time outside the hours."""
    for place, series in enumerate(playbook.series):
        yield from _series(playbook, series, ("series", place), possible)
    for place, rule in enumerate(playbook.recurring):
        path: Path = ("recurring", place)
        yield from _days(rule.every, (*path, "every"))
        if not rule.every.span:
            yield (*path, "every"), "`every` needs a length above 0"
        elif rule.every.span > playbook.ends.span:
            yield (*path, "every"), f"{rule.message} comes every {rule.every}, and the journey ends after {playbook.ends}"
        yield from _window(rule.at, rule.between, path)
    yield from _invitations(playbook)
    for event, words in playbook.summary.items():
        if not words.strip():
            yield ("summary", event), f"{event} needs words: people read them in their summary"
    yield from _outside(playbook)


def _series(playbook: Playbook, series: Series, path: Path, possible: Possible) -> Iterator[Find]:
    first, last = series.from_, series.to
    yield from _days(first, (*path, "from"))
    yield from _days(last, (*path, "to"))
    if last.span < first.span:
        yield (*path, "to"), f"{series.series} ends before it begins: from {first} to {last}"
    elif first.span > playbook.ends.span:
        yield (*path, "from"), f"{series.series} begins after {first}, and the journey ends after {playbook.ends}"
    if series.limit.per_day > 1:
        yield (*path, "limit", "per_day"), "a series says one message a day; `per_day` is 1"
    yield from _window(series.at, series.between, path)
    days = tuple(range(first.days, last.days + 1))
    for place, tip in enumerate(series.messages):
        asked = [when for when in (series.when, tip.when) if when is not None]
        alone = any(possible.together(when) is False for when in asked)
        if days and asked and not alone and possible.together(*asked, only={"days_in": days}) is False:
            where = (*path, "messages", place, "when") if tip.when else (*path, "when")
            yield where, f"nobody gets {tip.message}: this is never true from day {first.days} to day {last.days}"


def _invitations(playbook: Playbook) -> Iterator[Find]:
    for place, rule in enumerate(playbook.invitations):
        path: Path = ("invitations", place)
        if rule.ahead.working:
            yield (*path, "ahead"), f"{rule.ahead} counts somebody's working time; write days or hours"
        elif rule.ahead.span <= timedelta(hours=1):
            yield (*path, "ahead"), "nobody is invited in the last hour; `ahead` needs more than 1 hour"
        if rule.attended and not rule.recording:
            yield (*path, "attended"), "`attended` tells who needs no recording, and there is no `recording` here"


def _days(length: Length, path: Path) -> Iterator[Find]:
    if length.unit not in ("days", "weeks"):
        yield path, f"`{path[-1]}` counts days of the calendar: write 7 days, not {length}"


def _window(at: time | None, between: tuple[time, time] | None, path: Path) -> Iterator[Find]:
    if at and between:
        yield path, "a message has `at` or `between`, not both"
    if between and between[0] >= between[1]:
        yield (*path, "between"), "`between` ends before it begins"


def _outside(playbook: Playbook) -> Iterator[Find]:
    for part in ("sequence", "series", "recurring", "surveys"):
        for place, rule in enumerate(getattr(playbook, part)):
            if rule.at and not _within(rule.at, playbook.hours):
                yield (part, place, "at"), f"{rule.at:%H:%M} is outside the hours, and nothing is said then"
            elif rule.between and not all(
                _within(end, playbook.hours, last=last) for end, last in zip(rule.between, (False, True), strict=True)
            ):
                first, last = rule.between
                yield (part, place, "between"), f"{first:%H:%M} to {last:%H:%M} is not within the hours"


def _within(clock: time, hours: Hours, *, last: bool = False) -> bool:
    """Whether we speak at that time on an open day; as the `last` of a window, also at closing."""
    if clock < hours.from_:
        return False
    return hours.to <= hours.from_ or clock < hours.to or (last and clock == hours.to)
