"""What was renamed in the playbook keeps its past: `was:` moves it to the new name, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from flows.playbook import Playbook
from flows.work import Work

T = TypeVar("T")


def follow_renames(work: Work) -> Work:
    """Move what is remembered under former names, and forget triggers that wait for a rule that is gone or paused."""
    journey = work.journey
    if journey is None:
        return work
    if not work.playbook.renames:
        return _waiting(work, {}) if journey.waiting else work
    rules, steps, surveys = dict(_rules(work.playbook)), dict(_steps(work.playbook)), dict(_surveys(work.playbook))
    rules |= _of_many(work.playbook, journey.sent)
    if rules.keys() & journey.sent.keys():
        work = work.with_journey(sent=_moved(journey.sent, rules))
    if series := {one.was: one.series for one in work.playbook.series if one.was}:
        work = _spent(work, series)
    if steps.keys() & journey.steps.keys():
        work = work.with_journey(steps=_moved(journey.steps, steps))
    if surveys.keys() & journey.answers.keys():
        work = work.with_journey(answers=_moved(journey.answers, surveys))
    return _waiting(work, rules) if journey.waiting else work


def _rules(playbook: Playbook) -> Iterator[tuple[str, str]]:
    for kind, rules in (("sequence", playbook.sequence), ("trigger", playbook.triggers), ("nudge", playbook.nudges)):
        yield from ((f"{kind}.{rule.was}", f"{kind}.{rule.message}") for rule in rules if rule.was)
    yield from ((f"recurring.{rule.was}", f"recurring.{rule.message}") for rule in playbook.recurring if rule.was)
    yield from ((f"survey.{old}", f"survey.{new}") for old, new in _surveys(playbook))


def _of_many(playbook: Playbook, sent: Mapping[str, object]) -> dict[str, str]:
    """The former names of what is said in rounds, days and dates: those there are of them, each with its new name."""
    starts = [(f"recurring.{rule.was}#", f"recurring.{rule.message}#") for rule in playbook.recurring if rule.was]
    for rule in playbook.invitations:
        starts += [(f"{what}.{rule.was}@", f"{what}.{rule.session}@") for what in ("invitation", "recording") if rule.was]
    found = {name: new + name.removeprefix(old) for old, new in starts for name in sent if name.startswith(old)}
    for series in playbook.series:
        for former in filter(None, (series.series, series.was)):
            found |= {f"series.{former}.{tip.was}": f"series.{series.series}.{tip.message}" for tip in series.messages if tip.was}
        if series.was:
            now = {f"series.{series.was}.{tip.message}": f"series.{series.series}.{tip.message}" for tip in series.messages}
            found |= {f"series.{series.was}": f"series.{series.series}"} | now
    return found


def _steps(playbook: Playbook) -> Iterator[tuple[str, str]]:
    return ((step.was, step.step) for _, step in playbook.steps() if step.was)


def _surveys(playbook: Playbook) -> Iterator[tuple[str, str]]:
    return ((survey.was, survey.survey) for survey in playbook.surveys if survey.was)


def _moved(known: Mapping[str, T], names: Mapping[str, str]) -> dict[str, T]:
    """A former name gives way to the new one, unless that has a past of its own."""
    moved = {names.get(name, name): value for name, value in known.items()}
    return moved | {name: value for name, value in known.items() if name not in names}


def _spent(work: Work, names: Mapping[str, str]) -> Work:
    """What a series has spent of its budget stays spent."""
    if not any(one.series in names for one in work.person.spent):
        return work
    return work.with_person(spent=tuple(replace(one, series=names.get(one.series, one.series)) for one in work.person.spent))


def _waiting(work: Work, names: Mapping[str, str]) -> Work:
    paused = {f"trigger.{rule.message}": rule.paused for rule in work.playbook.triggers}
    waiting = tuple(replace(w, rule=names.get(w.rule, w.rule)) for w in work.running.waiting)
    kept = tuple(w for w in waiting if not paused.get(w.rule, True))
    for name in dict.fromkeys(w.rule for w in waiting if paused.get(w.rule)):
        work = work.because(name, "skipped", "paused in the playbook")
    return work.with_journey(waiting=kept) if kept != work.running.waiting else work
