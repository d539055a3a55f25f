"""Days and hours: what comes after the end, and what comes on top of something else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from flows.checks.possible import Possible
from flows.playbook import Dated, Playbook, Survey
from flows.problems import Path

Placed = tuple[Path, Dated]


def check(playbook: Playbook, possible: Possible) -> Iterator[tuple[Path, str]]:
    """Dated messages that come too late, and those that would come within one hour of each other."""
    dated: list[Placed] = [(("sequence", place), rule) for place, rule in enumerate(playbook.sequence)]
    dated += [(("surveys", place), survey) for place, survey in enumerate(playbook.surveys) if survey.after]
    for path, rule in dated:
        if rule.after and rule.after.span > playbook.ends.span:
            whom = f"nobody can reach survey {rule.survey}: " if isinstance(rule, Survey) else ""
            yield (*path, "after"), f"{whom}{rule.message} comes after {rule.after}, and the journey ends after {playbook.ends}"
    for (_, first), (path, second) in combinations(dated, 2):
        hour = _hour(first)
        if hour and hour == _hour(second) and not (first.paused or second.paused) and _meet(first, second, possible):
            yield path, f"{second.message} always falls on the same hour as {first.message}; move one, or let its `when` exclude the other"


def _hour(rule: Dated) -> tuple[int, int] | None:
    """The day and the hour of a message, None when its minute is the person's own."""
    if rule.right_away:
        return (0, 0)
    if rule.after is None:
        return None
    if not rule.after.days:
        minutes = int(rule.after.span.total_seconds() // 60)
        return (0, minutes)
    if rule.at:
        return (rule.after.days, rule.at.hour)
    if rule.between and rule.between[0].hour == rule.between[1].hour:
        return (rule.after.days, rule.between[0].hour)
    return None


def _meet(first: Dated, second: Dated, possible: Possible) -> bool:
    conditions = [rule.when for rule in (first, second) if rule.when is not None]
    return possible.together(*conditions) is True
