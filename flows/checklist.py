"""The checklist as one person sees it now: what every surface draws from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from flows.facts import Standing, standing
from flows.hours import local_date
from flows.order import in_order
from flows.pace import due_on
from flows.parts.steps import Module, Step
from flows.parts.tasks import Owner
from flows.people import StepState, Subject
from flows.playbook import Playbook

_STEP_NAMED = re.compile(r"\b(?:done|settled)\.([a-z][a-z0-9_]*)")

StepStatus = Literal["done", "current", "open", "ours", "locked", "skipped"]
"""`ours` is open and done by one of our people; it is never the customer's next step."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepView:
    """One step. `said_done`: they say so and the product has not reported it yet. `since`: when it was done.

    `teammate` is the name of whoever in their account did it, '' when it was themselves or nobody knows. `colleague` is the name of
    whoever of us has a step of ours, or did it. `due` is a local day; `needs` are the titles of steps that come before it and are not done.
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
    owner: Owner = "customer"
    colleague: str = ""
    due: date | None = None
    outcome: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleView:
    """A module with the steps that apply to this person. `module` is its id, `title` what people read.

    While it is not open, `locked` says why in its author's words, and `opens_after` are the titles of the steps that open it, where the
    condition names any. `opened_at`: when it opened for them, None before.
    """

    module: str
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
    """The whole. `next` is the current step, None when nothing is left for them to do; minutes are those of their required open steps."""

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
    journey, zone, today = subject.person.journey, at.known.zone, at.known.today
    current = current_step(playbook, subject, at)
    scene = _Scene(playbook, subject, at, current, zone)
    modules = tuple(scene.module(module, steps) for module, steps in in_order(playbook, at.known) if not module.paused)
    steps = [step for module in modules for step in module.steps]
    counted = [s for m in modules for s in m.steps if s.status == "done" or not (s.optional or m.optional or _not_needed(s))]
    started = journey.started if journey else now
    return Checklist(
        title=playbook.title,
        modules=tuple(m for m in modules if m.steps),
        next=next((s for s in steps if s.status == "current"), None),
        done=sum(s.status == "done" for s in counted),
        total=len(counted),
        minutes_left=sum(step.minutes or 0 for _, step in at.required_left if step.owner == "customer"),
        day=(today - local_date(started, zone)).days,
        days=playbook.ends.days,
        goal=playbook.goal_of(at.known).name,
        goal_words=str(subject.person.traits.get("goal", "")),
    )


def current_step(playbook: Playbook, subject: Subject, at: Standing) -> str:
    """The id of the next step, '' when there is none: of their open ones that with the highest priority, then required ones first.

    One they say is done comes last.
    """
    journey = subject.person.journey
    states = journey.steps if journey else {}
    waits = {name for name, state in states.items() if state.said_done_at}
    open_ones = [
        (module.optional or step.optional, step)
        for module, steps in in_order(playbook, at.known)
        if _is_open(subject, module)
        for step in steps
        if step.owner == "customer" and step.step in at.applies and step.step not in at.settled and not needs_open(step, at)
    ]
    ranked = sorted(open_ones, key=lambda one: (one[1].step in waits, -one[1].priority, one[0]))
    return ranked[0][1].step if ranked else ""


def needs_open(step: Step, at: Standing) -> tuple[str, ...]:
    """The ids of the steps that come before it and are neither done nor left out."""
    return tuple(name for name in step.needs if name not in at.settled) if step.needs else ()


def _is_open(subject: Subject, module: Module) -> bool:
    journey = subject.person.journey
    return not module.paused and (module.module in journey.opened if journey else module.opens_when is None)


def _opens_after(playbook: Playbook, module: Module, at: Standing) -> tuple[str, ...]:
    """The steps, not done yet, that a module's condition names."""
    if module.opens_when is None:
        return ()
    steps = (playbook.step(name) for name in _steps_named(module.opens_when))
    return tuple(step.title for step in steps if step and step.step not in at.settled)


@lru_cache(1024)
def _steps_named(condition: str) -> tuple[str, ...]:
    """The steps that a condition speaks of."""
    return tuple(dict.fromkeys(_STEP_NAMED.findall(condition)))


@dataclass(frozen=True, slots=True)
class _Scene:
    """What modules and steps are drawn with."""

    playbook: Playbook
    subject: Subject
    at: Standing
    current: str
    zone: ZoneInfo

    def module(self, module: Module, steps: tuple[Step, ...]) -> ModuleView:
        """A module with those of its steps that are theirs."""
        journey = self.subject.person.journey
        is_open = _is_open(self.subject, module)
        shown = [s for s in steps if (s.step in self.at.applies and not s.paused) or s.step in self.at.done]
        return ModuleView(
            module=module.module,
            title=module.title,
            objective=module.objective,
            open=is_open,
            optional=module.optional,
            steps=tuple([self.step(step, is_open) for step in shown]),
            locked=module.locked,
            opens_after=_opens_after(self.playbook, module, self.at),
            opened_at=journey.opened.get(module.module) if journey else None,
        )

    def step(self, step: Step, is_open: bool) -> StepView:
        """One step as it stands."""
        journey, at = self.subject.person.journey, self.at
        state = journey.steps.get(step.step) if journey else None
        needs = needs_open(step, at)
        status = self._status(step, state, is_open and not needs)
        by_others = step.step in at.done and not (state and state.at) and step.owner == "customer"
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
            by_teammate=by_others,
            teammate=_teammate(self.subject, step) if by_others else "",
            owner=step.owner,
            colleague=_colleague(self.subject, step) if step.owner != "customer" else "",
            due=due_on(step, journey, self.zone) if step.due else None,
            outcome=step.outcome,
            needs=tuple(one.title for name in needs if (one := self.playbook.step(name))) if status == "locked" else (),
        )

    def _status(self, step: Step, state: StepState | None, is_open: bool) -> StepStatus:
        if step.step in self.at.done:
            return "done"
        left_out = step.owner != "customer" and step.step in self.at.settled and step.step in self.at.applies
        if left_out or (state and state.how == "skipped"):
            return "skipped"
        if not is_open:
            return "locked"
        if step.owner != "customer":
            return "ours"
        return "current" if step.step == self.current else "open"


def _not_needed(step: StepView) -> bool:
    """Whether it is a step of ours that a colleague left out: there is nothing to do that would count."""
    return step.status == "skipped" and step.owner != "customer"


def _colleague(subject: Subject, step: Step) -> str:
    """Who of us has a step of ours, or did it, by name."""
    journey, account = subject.person.journey, subject.account
    tasks = (*(account.tasks.values() if account else ()), *(journey.tasks.values() if journey else ()))
    mine = [task for task in tasks if task.step and task.rule in (step.step, step.was)]
    return mine[-1].by_name or mine[-1].assignee_name if mine else ""


def _teammate(subject: Subject, step: Step) -> str:
    names = subject.account.steps_by if subject.account else {}
    return next((names[name] for name in (step.step, step.was) if name and names.get(name)), "")
