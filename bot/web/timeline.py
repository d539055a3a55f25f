"""How far an account is, gathered from all of its people: phases, what was done and when, what is due, and whether that is on track."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from flows.checklist import Checklist, StepView, checklist
from flows.facts import standing
from flows.hours import local_date
from flows.people import Subject, TaskState
from flows.playbook import Playbook
from flows.tasks import tasks_of

State = Literal["done", "late", "open", "waiting", "left_out"]
Kind = Literal["step", "milestone", "meeting", "task"]
Health = Literal["done", "on_track", "behind", "at_risk"]

FAR_BEHIND = 7
"""Days overdue from which an account is at risk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """One thing on the way. `due` and `done` are days where the team is; `share` is how many of how many people have done it."""

    title: str
    kind: Kind
    state: State
    ours: bool = False
    due: date | None = None
    done: date | None = None
    at: datetime | None = None
    who: str = ""
    note: str = ""
    actions: tuple[str, ...] = ()
    share: tuple[int, int] = (0, 0)
    optional: bool = False

    @property
    def day(self) -> date | None:
        """Where it stands in the picture."""
        return self.done or self.due


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """A module as the account goes through it. `since`: the first of them came to it; `until`: the last day by which it is planned."""

    title: str
    objective: str
    state: Literal["done", "now", "late", "ahead"]
    stops: tuple[Stop, ...]
    since: date | None
    until: date | None
    ended: date | None

    @property
    def counted(self) -> tuple[int, int]:
        """How many of its stops are done, of those that count."""
        counting = [stop for stop in self.stops if stop.state == "done" or not (stop.optional or stop.state == "left_out")]
        return sum(stop.state == "done" for stop in counting), len(counting)


@dataclass(frozen=True, kw_only=True, slots=True)
class Traveller:
    """One of the account's people. `behind` is how many days they are behind what the playbook expects."""

    id: str
    name: str
    joined: datetime
    active: datetime | None
    done: int
    total: int
    next: str
    behind: int
    finished: bool
    waits_for_help: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """The whole, as days where the team is. `overdue` is how many days the oldest thing that is overdue is late."""

    name: str
    title: str
    starts: date
    ends: date
    today: date
    days: int
    phases: tuple[Phase, ...]
    meetings: tuple[Stop, ...]
    ours: tuple[Stop, ...]
    people: tuple[Traveller, ...]

    @property
    def day(self) -> int:
        """Which day of the way it is."""
        return max(0, (self.today - self.starts).days)

    @property
    def stops(self) -> tuple[Stop, ...]:
        """Everything on the way, but for the meetings, which belong to what we do."""
        return (*(stop for phase in self.phases for stop in phase.stops), *self.ours)

    @property
    def late(self) -> tuple[Stop, ...]:
        """What is overdue, the oldest first."""
        found = [stop for stop in self.stops if stop.state == "late" and stop.due]
        return tuple(sorted(found, key=lambda stop: (stop.due or self.today, stop.title)))

    @property
    def overdue(self) -> timedelta:
        """How long the oldest thing that is overdue has been so."""
        return self.today - self.late[0].due if self.late and self.late[0].due else timedelta()

    @property
    def health(self) -> Health:
        """In one word, how it goes."""
        if self.people and all(one.finished for one in self.people):
            return "done"
        if self.overdue.days >= FAR_BEHIND or any(one.waits_for_help for one in self.people):
            return "at_risk"
        return "behind" if self.late or any(one.behind for one in self.people) else "on_track"


def project(people: Sequence[Subject], playbook: Playbook, now: datetime, zone: ZoneInfo) -> Project | None:
    """The account's way, from those of its people who are on this playbook; None when nobody is."""
    travelling = [one for one in people if one.person.journey and one.person.journey.playbook == playbook.playbook]
    if not travelling:
        return None
    travelling.sort(key=lambda one: (one.person.journey.started if one.person.journey else now, one.person.id))
    lists = [checklist(playbook, one, now, locale="") for one in travelling]
    today, account = local_date(now, zone), travelling[0].account
    started = [one.person.journey.started for one in travelling if one.person.journey]
    starts = local_date(min(started), zone)
    tasks = _tasks(travelling)
    phases = tuple(_phases(playbook, travelling, lists, today, zone))
    ours = tuple(_task(task, today, zone) for task in tasks if not task.step)
    first = travelling[0].person
    days = [stop.day for phase in phases for stop in phase.stops] + [stop.day for stop in ours]
    return Project(
        name=(account.name if account else "") or first.name or first.email or first.external_id or first.id,
        title=playbook.title,
        starts=starts,
        ends=max([starts + timedelta(days=playbook.ends.days), today, *filter(None, days)]),
        today=today,
        days=playbook.ends.days,
        phases=phases,
        meetings=tuple(_meetings(tasks, now, zone)),
        ours=ours,
        people=tuple(_traveller(playbook, one, drawn, now) for one, drawn in zip(travelling, lists, strict=True)),
    )


def _tasks(people: Sequence[Subject]) -> list[TaskState]:
    """Everybody's and the account's, each once, the oldest first."""
    found = {task.uid: task for one in people for task in tasks_of(one)}
    return sorted(found.values(), key=lambda task: (task.opened_at, task.uid))


def _phases(playbook: Playbook, people: Sequence[Subject], lists: Sequence[Checklist], today: date, zone: ZoneInfo) -> Iterator[Phase]:
    """The modules that anybody has, in the playbook's order."""
    views = [{step.step: step for step in drawn.steps} for drawn in lists]
    for module in playbook.checklist:
        stops = tuple(
            _stop([view[step.step] for view in views if step.step in view], today, zone, milestone=step.milestone)
            for step in module.steps
            if any(step.step in view for view in views)
        )
        if module.paused or not stops:
            continue
        opened = [
            one.person.journey.opened[module.module] for one in people if one.person.journey and module.module in one.person.journey.opened
        ]
        since, until = (local_date(min(opened), zone) if opened else None), max(filter(None, (stop.due for stop in stops)), default=None)
        over = all(stop.state in ("done", "left_out") or stop.optional for stop in stops)
        ended = max(filter(None, (stop.done for stop in stops)), default=None) if over else None
        late = any(stop.state == "late" for stop in stops)
        state: Literal["done", "now", "late", "ahead"] = "done" if over else "late" if late else "now" if since else "ahead"
        yield Phase(title=module.title, objective=module.objective, state=state, stops=stops, since=since, until=until, ended=ended)


def _stop(views: Sequence[StepView], today: date, zone: ZoneInfo, *, milestone: bool) -> Stop:
    """A step as everybody who has it stands. A milestone is reached by the first of them, anything else by the last."""
    first = views[0]
    done = sorted(view.since for view in views if view.status == "done" and view.since)
    left_out = [view for view in views if view.status == "skipped"]
    waiting = [view for view in views if view.status not in ("done", "skipped")]
    over = bool(done) and (milestone or not waiting)
    due = min((view.due for view in waiting if view.due), default=None) or max((view.due for view in views if view.due), default=None)
    return Stop(
        title=first.title,
        kind="milestone" if milestone else "step",
        state=_state(over=over, left_out=bool(left_out) and not waiting and not done, due=due, today=today, views=waiting),
        ours=first.owner != "customer",
        due=due,
        done=local_date(done[0] if milestone else done[-1], zone) if over else None,
        who=next((view.colleague for view in views if view.colleague), ""),
        note=first.outcome,
        share=(len(done), len(views)),
        optional=first.optional,
    )


def _state(*, over: bool, left_out: bool, due: date | None, today: date, views: Sequence[StepView]) -> State:
    if over:
        return "done"
    if left_out:
        return "left_out"
    if due and due < today:
        return "late"
    return "waiting" if all(view.status == "locked" for view in views) else "open"


def _task(task: TaskState, today: date, zone: ZoneInfo) -> Stop:
    due = local_date(task.due_at, zone)
    state: State = {"done": "done", "dropped": "left_out"}.get(task.state, "late" if due < today else "open")  # type: ignore[assignment]
    return Stop(
        title=task.title if task.round == 1 else f"{task.title} ({task.round})",
        kind="task",
        state=state,
        ours=True,
        due=due,
        done=local_date(task.done_at, zone) if task.done_at and task.state == "done" else None,
        who=task.by_name or task.assignee_name,
        note="" if task.meeting_at else task.note,
        actions=() if task.meeting_at else task.actions,
    )


def _meetings(tasks: Sequence[TaskState], now: datetime, zone: ZoneInfo) -> Iterator[Stop]:
    """Those with a date, in their order."""
    dated = sorted((task.meeting_at, task.uid, task) for task in tasks if task.meeting_at and task.state != "dropped")
    for at, _, task in dated:
        over = task.state == "done" or at + timedelta(minutes=task.meeting_minutes) <= now
        day = local_date(at, zone)
        yield Stop(
            title=task.title,
            kind="meeting",
            state="done" if over else "open",
            ours=True,
            due=day,
            done=day if over else None,
            at=at,
            who=task.by_name or task.assignee_name,
            note=task.note,
            actions=task.actions,
        )


def _traveller(playbook: Playbook, subject: Subject, drawn: Checklist, now: datetime) -> Traveller:
    person, journey = subject.person, subject.person.journey
    assert journey is not None
    over = journey.done_at is not None or journey.ended_at is not None
    return Traveller(
        id=person.id,
        name=person.name or person.email or person.external_id or person.id,
        joined=journey.started,
        active=person.last_active,
        done=drawn.done,
        total=drawn.total,
        next=drawn.next.title if drawn.next else "",
        behind=0 if over else int(standing(playbook, subject, now).facts.get("behind_days") or 0),
        finished=journey.done_at is not None,
        waits_for_help=person.case is not None and person.case.csm_word_at is None,
    )
