"""The journeys of two people who turn out to be one: the older goes on, with what was done on the other. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from flows.people import Journey, Person, Sent, StepState, TaskState

MERGED = "they turned out to be somebody we knew"
"""Why the other journey ended."""

_EVER = datetime.min.replace(tzinfo=UTC)

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True, slots=True)
class Journeys:
    """What becomes of both: the `one` that is theirs (`theirs`: it was the gone one's), the one that `ended` by it, and what is past."""

    one: Journey | None
    theirs: bool
    ended: Journey | None
    past: tuple[str, ...]
    begun: int


def one_journey(kept: Person, gone: Person, now: datetime) -> Journeys:
    """The one journey of both. `now` is world time.

    A way that was gone to its end is not begun again, whoever is on it still.
    """
    past = tuple(dict.fromkeys((*kept.past, *gone.past)))
    mine, theirs = kept.journey, gone.journey
    begun = max(kept.journeys, len(kept.past) + (1 if mine and mine.playbook not in kept.past else 0))
    if mine is None or theirs is None:
        one, whose = (theirs, True) if mine is None else (mine, False)
        again = one is not None and _active(one) and one.playbook in past
        one = replace(one, ended_at=now, ended_why=MERGED) if one and again else one
        return Journeys(one=one, theirs=whose and one is not None, ended=one if again else None, past=past, begun=begun)
    first, then = sorted((mine, theirs), key=lambda one: (not _goes_on(one, past), *_older(one)))
    both = _combined(first, then, now)
    stopped = then if _active(then) else None
    if _active(both) and both.playbook in past:
        both = replace(both, ended_at=now, ended_why=MERGED)
    if stopped and stopped.playbook not in (*past, both.playbook):
        past = (*past, stopped.playbook)
    return Journeys(one=both, theirs=first is theirs, ended=stopped, past=past, begun=begun)


def _active(journey: Journey) -> bool:
    return journey.ended_at is None


def _goes_on(journey: Journey, past: tuple[str, ...]) -> bool:
    return _active(journey) and journey.playbook not in past


def _older(journey: Journey) -> tuple[float, str]:
    """The order in which two are looked at: of those that go on who started first, of those that ended who ended last."""
    moment = journey.started.timestamp() if journey.ended_at is None else -journey.ended_at.timestamp()
    return moment, journey.id


def _combined(first: Journey, then: Journey, now: datetime) -> Journey:
    """The first with what was done and said on the other; of the same playbook also what was answered, opened and reached."""
    journey = replace(
        first,
        steps=_each(first.steps, then.steps, _step),
        sent=_each(first.sent, then.sent, _sent),
        tasks=_tasks(first, then, now),
    )
    if first.playbook != then.playbook:
        return journey
    return replace(
        journey,
        started=min(first.started, then.started),
        enrolled_at=min(first.enrolled_at, then.enrolled_at),
        opened=_each(first.opened, then.opened, min),
        nudged=tuple(sorted({*first.nudged, *then.nudged})),
        helped=_each(first.helped, then.helped, lambda one, two: one + two),
        waiting=tuple({(one.rule, one.occurrence): one for one in (*then.waiting, *first.waiting)}.values()),
        answers={**then.answers, **first.answers},
        added={**then.added, **first.added},
        segments={**then.segments, **first.segments},
        firing=tuple(dict.fromkeys((*first.firing, *then.firing))),
        first_value_at=_earliest(first.first_value_at, then.first_value_at),
        goal_at=_earliest(first.goal_at, then.goal_at),
        done_at=_earliest(first.done_at, then.done_at),
    )


def _tasks(first: Journey, then: Journey, now: datetime) -> dict[str, TaskState]:
    """What we do for both. Of two tasks of the same id one stays: what was done, else what has a date, else the first's.

    The other one, as long as anybody waits for it, ends under its `uid`; the meeting that goes with it is called off.
    """
    tasks = {**then.tasks, **first.tasks}
    for id in sorted(first.tasks.keys() & then.tasks.keys()):
        tasks[id], other = sorted((first.tasks[id], then.tasks[id]), key=lambda task: _rank(task, now))
        if other.state == "open":
            awaited = bool(other.announced and _has_date(other, now))
            other = replace(other, state="dropped", done_at=now, remind_at=None, note=MERGED, told=not awaited)
            tasks[other.uid] = replace(other, id=other.uid, round=0)
    return tasks


def _rank(task: TaskState, now: datetime) -> tuple[bool, bool, bool]:
    return task.state != "done", task.state != "open", not _has_date(task, now)


def _has_date(task: TaskState, now: datetime) -> bool:
    return task.meeting_at is not None and task.meeting_at > now


def _each(one: Mapping[K, V], other: Mapping[K, V], both: Callable[[V, V], V]) -> dict[K, V]:
    return {**other, **one, **{name: both(one[name], other[name]) for name in one if name in other}}


def _step(one: StepState, other: StepState) -> StepState:
    """Done when it was done first; skipped only where nobody did it."""
    done = [state for state in (one, other) if state.at and state.how != "skipped"]
    states = done or [state for state in (one, other) if state.at]
    first = min(states, key=lambda state: (state.at or _EVER, state.how), default=one)
    return replace(first, said_done_at=_earliest(one.said_done_at, other.said_done_at))


def _sent(one: Sent, other: Sent) -> Sent:
    """Said by either is said: its rounds are those of who heard more, its key that of the last one."""
    said = [sent for sent in (one, other) if sent.last_at]
    if not said:
        return one if one.skipped or not other.skipped else other
    last = max(said, key=lambda sent: (sent.last_at or _EVER, sent.key))
    firsts = [sent.first_at for sent in said if sent.first_at]
    return replace(last, rounds=max(one.rounds, other.rounds), first_at=min(firsts, default=None))


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)
