"""Past journeys looked at as they were on some day, for learning from them. Pure.

What a person's state remembers has its moments, and what they did are events; so a day gone by comes back without deciding anything again,
and its facts are read by the same function that reads today's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from flows.events import AnyEvent, ProductEvent, Snoozed, StepDone, is_theirs
from flows.facts import standing, zone_for
from flows.hours import instant, local_date
from flows.journeys import MERGED
from flows.people import Account, Journey, Person, StepState, Subject, Tally, TaskState
from flows.playbook import Playbook
from flows.signals import proved_at
from flows.tallies import Needs, too_late

NOON = time(12)
"""When on a day somebody is looked at, where they are."""

Heard = tuple[AnyEvent, datetime]
"""An event, and when it was decided: known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lived:
    """Somebody whose journey is over, with their account and all that was heard of them, in the order it was decided."""

    person: Person
    account: Account | None
    heard: Sequence[Heard]


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The facts of one journey on one of its days, and whether it was `lost`: over without goal and without completion."""

    person: str
    day: int
    facts: Mapping[str, Any]
    lost: bool


def looks(playbook: Playbook, lived: Lived, days: Iterable[int]) -> Iterator[Look]:
    """Somebody's journey on each of these days on which it was underway and not there yet. One that a merge ended tells nothing."""
    journey = lived.person.journey
    if journey is None or journey.playbook != playbook.playbook or journey.ended_at is None or journey.ended_why == MERGED:
        return
    zone = zone_for(playbook, lived.person, lived.account)
    lost = journey.goal_at is None and journey.done_at is None
    for day in sorted(set(days)):
        moment = instant(local_date(journey.started, zone) + timedelta(days=day), NOON, zone)
        if _underway(journey, moment):
            facts = standing(playbook, as_of(playbook, lived, journey, moment), moment).facts
            yield Look(person=lived.person.id, day=day, facts=facts, lost=lost)


def as_of(playbook: Playbook, lived: Lived, journey: Journey, moment: datetime) -> Subject:
    """Somebody as they were known at a moment (world time), as far as behaviour goes: what came in later is not there yet.

    Traits are those of today: no feature is made of them.
    """
    known = [(event, decided) for event, decided in lived.heard if decided <= moment]
    activity = _counted(playbook, known)
    active = max((event.at for event, _ in known if _did(event)), default=None)
    unknown = {name for name, state in journey.steps.items() if _not_yet(playbook, name, state, activity, moment)}
    way = replace(
        journey,
        steps={name: state for name, state in journey.steps.items() if name not in unknown},
        opened={name: at for name, at in journey.opened.items() if at <= moment},
        nudged=tuple(at for at in journey.nudged if at <= moment),
        tasks=_tasks(journey.tasks, moment),
        sent={},
        answers={},
        segments={},
        first_value_at=None,
        goal_at=None,
        done_at=None,
        ended_at=None,
        ended_why="",
    )
    return Subject(
        person=replace(lived.person, journey=way, last_active=active, left_at=None, case=None),
        account=_place(lived.account, unknown, moment),
        activity=activity,
    )


def _underway(journey: Journey, moment: datetime) -> bool:
    begun = max(at for at in (journey.started, journey.enrolled_at, journey.moved_at) if at)
    ends = [at for at in (journey.goal_at, journey.done_at, journey.ended_at) if at]
    return begun <= moment < min(ends)


def _counted(playbook: Playbook, known: Iterable[Heard]) -> Mapping[str, Tally]:
    needs = Needs.of(playbook.tally_needs())
    activity: Mapping[str, Tally] = {}
    for event, decided in known:
        if isinstance(event, ProductEvent) and not too_late(event.at, decided):
            activity = needs.counted(activity, event)
    return activity


def _did(event: AnyEvent) -> bool:
    """Whether it was activity of theirs, and not what a colleague of ours did for them."""
    return is_theirs(event) and not (isinstance(event, StepDone | Snoozed) and event.by)


def _not_yet(playbook: Playbook, name: str, state: StepState, activity: Mapping[str, Tally], moment: datetime) -> bool:
    """Whether a step's state came later. One that a late event proved has an early moment, and was not known then."""
    if state.at is None or state.at > moment:
        return True
    step = playbook.step(name)
    return step is not None and state.how == "product" and bool(step.by_events) and proved_at(step, activity) is None


def _tasks(tasks: Mapping[str, TaskState], moment: datetime) -> dict[str, TaskState]:
    there = {name: task for name, task in tasks.items() if task.opened_at <= moment}
    return {
        name: replace(task, state="open", done_at=None, by="") if task.done_at and task.done_at > moment else task
        for name, task in there.items()
    }


def _place(account: Account | None, unknown: Collection[str], moment: datetime) -> Account | None:
    if account is None:
        return None
    steps = {step: at for step, at in account.steps.items() if at <= moment and step not in unknown}
    return replace(account, steps=steps, tasks=_tasks(account.tasks, moment))
