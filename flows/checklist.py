"""The checklist as one person sees it now: what every surface draws from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flows.facts import Standing, standing, zone_for
from flows.hours import local_date
from flows.parts.steps import Module, Step
from flows.people import Subject
from flows.playbook import Playbook

_STEP_NAMED = re.compile(r"\b(?:done|settled)\.([a-z][a-z0-9_]*)")

StepStatus = Literal["done", "current", "open", "locked", "skipped"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StepView:
    """One step. `said_done`: they say so and the product has not reported it yet. `since`: when it was done.

    `teammate` is the name of whoever in their account did it, '' when it was themselves or nobody knows.
    """

    step: str
    title: str
    why: str
    link: str
    help: str
    minutes: int | None
    status: StepStatus
    optional: bool = False
    by_word: bool = False
    asks: str = ""
    said_done: bool = False
    since: datetime | None = None
    by_teammate: bool = False
    teammate: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleView:
    """A module with the steps that apply to this person.

    While it is not open, `locked` says why in its author's words, and `opens_after` are the titles of the steps that open it, where the
    condition names any. `opened_at`: when it opened for them, None before.
    """

    title: str
    objective: str
    open: bool
    optional: bool
    steps: tuple[StepView, ...]
    locked: str = ""
    opens_after: tuple[str, ...] = ()
    opened_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Checklist:
    """The whole. `next` is the current step, None when nothing is left to do; minutes are those of required open steps."""

    title: str
    modules: tuple[ModuleView, ...]
    next: StepView | None
    done: int
    total: int
    minutes_left: int
    day: int
    days: int
    goal: str
    goal_words: str

    @property
    def steps(self) -> tuple[StepView, ...]:
        """Every step in order."""
        return tuple(step for module in self.modules for step in module.steps)


def checklist(playbook: Playbook, subject: Subject, now: datetime, *, locale: str | None = None) -> Checklist:
    """Draw the checklist of one person, in their language or in `locale` ('' is as written).

    Before enrolment every module without a condition is open.
    """
    playbook = playbook.in_language(subject.person.locale if locale is None else locale)
    at = standing(playbook, subject, now)
    journey, zone = subject.person.journey, zone_for(playbook, subject.person, subject.account)
    current = current_step(playbook, subject, at)
    modules = tuple(_module(playbook, subject, at, module, current) for module in playbook.checklist if not module.paused)
    steps = [step for module in modules for step in module.steps]
    counted = [s for m in modules for s in m.steps if s.status == "done" or not (s.optional or m.optional)]
    started = journey.started if journey else now
    return Checklist(
        title=playbook.title,
        modules=tuple(m for m in modules if m.steps),
        next=next((s for s in steps if s.status == "current"), None),
        done=sum(s.status == "done" for s in counted),
        total=len(counted),
        minutes_left=sum(step.minutes or 0 for _, step in at.required_left),
        day=(local_date(now, zone) - local_date(started, zone)).days,
        days=playbook.ends.days,
        goal=playbook.goal[0].name,
        goal_words=str(subject.person.traits.get("goal", "")),
    )


def current_step(playbook: Playbook, subject: Subject, at: Standing) -> str:
    """The id of the next step, '' when there is none: the first open required one, else the first optional one.

    One they say is done comes last.
    """
    journey = subject.person.journey
    states = journey.steps if journey else {}
    open_ones = [(m, s) for m, s in playbook.steps() if _is_open(subject, m) and s.step in at.applies and s.step not in at.settled]
    waits = {name for name, state in states.items() if state.said_done_at}
    ranked = sorted(open_ones, key=lambda pair: (pair[1].step in waits, pair[0].optional or pair[1].optional))
    return ranked[0][1].step if ranked else ""


def _is_open(subject: Subject, module: Module) -> bool:
    journey = subject.person.journey
    return not module.paused and (module.module in journey.opened if journey else module.opens_when is None)


def _module(playbook: Playbook, subject: Subject, at: Standing, module: Module, current: str) -> ModuleView:
    shown = [s for s in module.steps if (s.step in at.applies and not s.paused) or s.step in at.done]
    return ModuleView(
        title=module.title,
        objective=module.objective,
        open=_is_open(subject, module),
        optional=module.optional,
        steps=tuple(_step(subject, at, step, _is_open(subject, module), current) for step in shown),
        locked=module.locked,
        opens_after=_opens_after(playbook, module, at),
        opened_at=subject.person.journey.opened.get(module.module) if subject.person.journey else None,
    )


def _opens_after(playbook: Playbook, module: Module, at: Standing) -> tuple[str, ...]:
    """The steps, not done yet, that a module's condition names."""
    named = _STEP_NAMED.findall(module.opens_when or "")
    steps = (playbook.step(name) for name in dict.fromkeys(named))
    return tuple(step.title for step in steps if step and step.step not in at.settled)


def _step(subject: Subject, at: Standing, step: Step, is_open: bool, current: str) -> StepView:
    journey = subject.person.journey
    state = journey.steps.get(step.step) if journey else None
    status: StepStatus
    if step.step in at.done:
        status = "done"
    elif state and state.how == "skipped":
        status = "skipped"
    elif not is_open:
        status = "locked"
    else:
        status = "current" if step.step == current else "open"
    return StepView(
        step=step.step,
        title=step.title,
        why=step.why,
        link=step.link,
        help=step.help,
        minutes=step.minutes,
        status=status,
        optional=step.optional,
        by_word=step.by_word,
        asks=step.asks or "",
        said_done=bool(state and state.said_done_at and status in ("current", "open")),
        since=at.done.get(step.step),
        by_teammate=step.step in at.done and not (state and state.at),
        teammate=_teammate(subject, step) if step.step in at.done and not (state and state.at) else "",
    )


def _teammate(subject: Subject, step: Step) -> str:
    names = subject.account.steps_by if subject.account else {}
    return next((names[name] for name in (step.step, step.was) if name and names.get(name)), "")
