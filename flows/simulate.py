"""A person's month in a moment: the real engine on a virtual clock, with nothing sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.decide import decide
from flows.decision import Decision
from flows.events import AnyEvent, TaskDone, Tick
from flows.library import Playbooks
from flows.people import Person, Subject
from flows.tasks import tasks_of


@dataclass(frozen=True, slots=True)
class Turn:
    """One decision of a simulated life: what was before, what happened, what followed."""

    at: datetime
    before: Subject
    event: AnyEvent
    decision: Decision


def live(
    playbooks: Playbooks, subject: Subject, events: Iterable[AnyEvent], until: datetime, *, tasks_done: bool = False
) -> Iterator[Turn]:
    """Let events and wakes happen in order up to `until` (aware UTC). Everything said counts as delivered.

    With `tasks_done` our people do each task just before it is due; else nobody does any.

    Events are decided at their own time; a wake is a Tick at the moment the decision before it asked for.
    """
    queue = sorted(events, key=lambda event: event.at)
    n = 0
    while True:
        wake = next_wake(subject.person)
        if tasks_done and (done := _done_when_due(subject, f"task {n}")):
            queue = sorted((*queue, done), key=lambda event: event.at) if not any(_same(done, event) for event in queue) else queue
        if queue and (wake is None or queue[0].at <= wake):
            event: AnyEvent = queue.pop(0)
        elif wake is not None:
            event = Tick(source="clock", key=f"wake {n}", who=subject.person.id, at=wake)
        else:
            return
        if event.at > until:
            return
        decision = decide(playbooks, subject, event, event.at)
        yield Turn(event.at, subject, event, decision)
        subject = after(decision)
        n += 1


def _done_when_due(subject: Subject, key: str) -> TaskDone | None:
    """A colleague does the task that is due first, a minute before it is."""
    task = min((task for task in tasks_of(subject) if task.state == "open"), key=lambda task: (task.due_at, task.id), default=None)
    if task is None:
        return None
    who, at = subject.person.id, max(task.opened_at, task.due_at - timedelta(minutes=1))
    return TaskDone(source="invented", key=key, who=who, at=at, task=task.id, by="a colleague", name="a colleague")


def _same(done: TaskDone, event: AnyEvent) -> bool:
    return isinstance(event, TaskDone) and event.task == done.task


def next_wake(person: Person) -> datetime | None:
    """When the clock asks a person next: at their own moment, or when a case of theirs that waits for room may open."""
    return min((at for at in (person.wake_at, person.held.until if person.held else None) if at), default=None)


def after(decision: Decision) -> Subject:
    """The subject as the next decision finds it."""
    person = decision.person
    case = decision.case if person.case else None
    return Subject(person=person, account=decision.account, case=case, activity=decision.activity)
