"""Rules that can never do what they say: without a moment, without an answer, with shares that do not add up."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.checks.possible import Possible
from flows.parts.rules import Dated, Escalation, Experiment, Survey
from flows.playbook import Playbook
from flows.problems import Path
from flows.vocabulary import asked

Find = tuple[Path, str]


def check(playbook: Playbook, possible: Possible) -> Iterator[Find]:
    """Everything about single rules."""
    if not playbook.reach:
        yield ("reach",), "`reach` needs at least one of slack and email"
    if not playbook.hours.days or not playbook.team.hours.days:
        yield ("hours",), "at least one day of the week is open"
    yield from _sequence(playbook)
    for place, nudge in enumerate(playbook.nudges):
        if nudge.when is None:
            yield ("nudges", place), f"nudge {nudge.message} needs `when`, or it would come to everybody at once"
        yield from _rounds(("nudges", place), nudge.at_most, nudge.again_after is not None)
    for place, survey in enumerate(playbook.surveys):
        yield from _survey(survey, ("surveys", place))
    for place, escalation in enumerate(playbook.escalations):
        if escalation.on is None and escalation.when is None:
            yield ("escalations", place), f"escalation {escalation.escalation} needs `on: says_stuck` or `when`"
        yield from _held_back(playbook, escalation, place)
    for place, experiment in enumerate(playbook.experiments):
        yield from _shares(experiment, ("experiments", place, "split"))
    yield from _never(playbook, possible)


def _held_back(playbook: Playbook, escalation: Escalation, place: int) -> Iterator[Find]:
    """What only matters on a team that counts its cases, and never to somebody who asks for a human."""
    for key in ("instead", "risk"):
        if getattr(escalation, key) is None:
            continue
        if escalation.when is None:
            yield ("escalations", place, key), f"who asks for a human always gets one; `{key}` is for escalations with `when`"
        elif playbook.team.max_new_cases is None:
            yield ("escalations", place, key), f"`{key}` is for a day that is full; give the team its `max_new_cases`"


def _sequence(playbook: Playbook) -> Iterator[Find]:
    for place, rule in enumerate(playbook.sequence):
        if not rule.right_away and rule.after is None:
            yield ("sequence", place), f"message {rule.message} needs its day: right_away: true, or after: 3 days"
        yield from _clock(rule, ("sequence", place))


def _clock(rule: Dated, path: Path) -> Iterator[Find]:
    if rule.right_away and (rule.after or rule.at or rule.between):
        yield path, "right_away: true stands alone; take away after, at or between"
    elif rule.at and rule.between:
        yield path, "a message has `at` or `between`, not both"
    elif (rule.at or rule.between) and not (rule.after and rule.after.days):
        yield path, "`at` and `between` need a day: after: 1 day"
    if rule.between and rule.between[0] >= rule.between[1]:
        yield (*path, "between"), "`between` ends before it begins"


def _survey(survey: Survey, path: Path) -> Iterator[Find]:
    if not survey.answers:
        yield (*path, "answers"), f"nobody can answer survey {survey.survey}: it has no answers"
    if survey.on is not None and (survey.after or survey.right_away or survey.again_after):
        yield (*path, "on"), "on: left stands alone; take away after, right_away or again_after"
    elif survey.on is None and survey.after is None and survey.when is None and not survey.right_away:
        yield path, f"survey {survey.survey} needs `when` or `after`, or on: left"
    yield from _clock(survey, path)
    yield from _rounds(path, survey.at_most, survey.again_after is not None)


def _rounds(path: Path, at_most: int, again: bool) -> Iterator[Find]:
    if at_most > 1 and not again:
        yield (*path, "at_most"), f"at_most: {at_most} needs `again_after`"
    if at_most == 1 and again:
        yield (*path, "again_after"), "`again_after` needs `at_most` above 1"


def _shares(experiment: Experiment, path: Path) -> Iterator[Find]:
    if len(experiment.split) < 2:
        yield path, f"experiment {experiment.experiment} compares two variants or more"
    if sum(experiment.split.values()) != 100 or min(experiment.split.values(), default=0) < 0:
        yield path, f"the shares of {experiment.experiment} add up to {sum(experiment.split.values())}, not to 100"
    for variant in experiment.split:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", variant):
            yield (*path, variant), f"{variant!r} is no name of a variant; use small letters, digits and _"


def _never(playbook: Playbook, possible: Possible) -> Iterator[Find]:
    for path, when in asked(playbook):
        if possible.together(when) is False:
            whom = f"nobody can reach survey {playbook.surveys[int(path[1])].survey}: " if path[0] == "surveys" else ""
            yield (*path, "when"), f"{whom}this can never be true in a journey of {playbook.ends}"
    for name, dimension in playbook.segments.items():
        if not dimension:
            yield ("segments", name), f"nobody is in {name}: it has no lines"
        catch_all = next((place for place, rule in enumerate(dimension) if rule.when is None), len(dimension))
        for place in range(catch_all + 1, len(dimension)):
            yield ("segments", name, place), f"nobody gets here: {dimension[catch_all].is_} above takes everyone"
