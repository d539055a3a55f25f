"""Days and hours: what comes after the end, and what comes on top of something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from itertools import combinations

from flows.checks.possible import Possible
from flows.parts.rules import Dated, Series, Survey
from flows.playbook import Playbook
from flows.problems import Path

Hour = tuple[int, int]
"""The day of the journey, and the hour of it."""
Conditions = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """Something with hours of its own. It is said when all conditions of one of the `ways` hold; `often`: on several days."""

    path: Path
    name: str
    hours: frozenset[Hour]
    ways: tuple[Conditions, ...]
    often: bool = False


def check(playbook: Playbook, possible: Possible) -> Iterator[tuple[Path, str]]:
    """Dated messages that come too late, and those that would come within one hour of each other."""
    for path, rule in _dated(playbook):
        if rule.after and rule.after.span > playbook.ends.span:
            whom = f"nobody can reach survey {rule.survey}: " if isinstance(rule, Survey) else ""
            yield (*path, "after"), f"{whom}{rule.message} comes after {rule.after}, and the journey ends after {playbook.ends}"
    for first, second in combinations(_timed(playbook), 2):
        if _meet(first, second, possible):
            yield (
                second.path,
                f"{second.name} always falls on the same hour as {first.name}; move one, or let its `when` exclude the other",
            )


def _dated(playbook: Playbook) -> list[tuple[Path, Dated]]:
    found: list[tuple[Path, Dated]] = [(("sequence", place), rule) for place, rule in enumerate(playbook.sequence)]
    return found + [(("surveys", place), survey) for place, survey in enumerate(playbook.surveys) if survey.after]


def _timed(playbook: Playbook) -> Iterator[Timed]:
    for path, rule in _dated(playbook):
        if not rule.paused and (hour := _hour(rule)):
            yield Timed(path, rule.message, frozenset({hour}), (_all_of(rule.when),))
    for place, round in enumerate(playbook.recurring):
        clock = _clock(round.at, round.between)
        if not round.paused and clock is not None and round.every.days:
            days = range(round.every.days, playbook.ends.days + 1, round.every.days)
            yield Timed(("recurring", place), round.message, frozenset((day, clock) for day in days), (_all_of(round.when),), often=True)
    for place, series in enumerate(playbook.series):
        clock = _clock(series.at, series.between)
        if not series.paused and clock is not None:
            days = range(series.from_.days, series.to.days + 1)
            yield Timed(("series", place), series.series, frozenset((day, clock) for day in days), _ways(series), often=True)


def _ways(series: Series) -> tuple[Conditions, ...]:
    return tuple(_all_of(series.when, tip.when) for tip in series.messages if not tip.paused)


def _all_of(*conditions: str | None) -> Conditions:
    return tuple(condition for condition in conditions if condition is not None)


def _hour(rule: Dated) -> Hour | None:
    """The day and the hour of a message, None when its minute is the person's own."""
    if rule.right_away:
        return (0, 0)
    if rule.after is None:
        return None
    if not rule.after.days:
        minutes = int(rule.after.span.total_seconds() // 60)
        return (0, minutes)
    clock = _clock(rule.at, rule.between)
    return None if clock is None else (rule.after.days, clock)


def _clock(at: time | None, between: tuple[time, time] | None) -> int | None:
    if at:
        return at.hour
    return between[0].hour if between and between[0].hour == between[1].hour else None


def _meet(first: Timed, second: Timed, possible: Possible) -> bool:
    """Whether one person could get both. What comes on several days is asked for the day it shares with the other."""
    often = first.often or second.often
    return any(
        possible.together(*one, *other, only={"days_in": (day,)} if often else None) is True
        for day in sorted({day for day, _ in first.hours & second.hours})
        for one in first.ways
        for other in second.ways
    )
