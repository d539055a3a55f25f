"""Meetings that go with a task: planned by a colleague, announced to the customer with a date for their calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flows.casefile import team_zone
from flows.events import MeetingPlanned
from flows.hours import closing_of, is_open, local_date, next_opening
from flows.people import TaskState
from flows.reaching import reach_out
from flows.task_book import dropped, keep, task_in
from flows.task_rules import TaskRule
from flows.work import Work

INVITATION = "meeting_invitation"
"""What invites to the meeting of a task whose playbook names no message for it."""

DAY_BEFORE = "meeting_tomorrow"
CALLED_OFF = "meeting_called_off"

_AHEAD = timedelta(days=1)
_SOON = timedelta(hours=36)
"""Who heard of the date later than so long before it is not reminded of it again."""
_LAST_MINUTE = timedelta(hours=1)
_A_WEEK = 8


def planned(work: Work, task: TaskState, event: MeetingPlanned) -> Work:
    """The meeting has a date, or another one. Nobody is reminded of the task before the meeting is over."""
    if event.starts <= work.now:
        return work.because(f"task.{task.rule}", "refused", "that moment has passed")
    ends = event.starts + timedelta(minutes=event.minutes)
    task = replace(
        task,
        assignee=task.assignee or event.by,
        assignee_name=task.assignee_name or event.name,
        meeting_at=event.starts,
        meeting_minutes=event.minutes,
        meeting_link=event.link.strip(),
        planned=task.planned + 1,
        day_before=event.starts - work.now < _SOON or _day_before(work, event.starts) <= work.now,
        due_at=max(task.due_at, ends),
        remind_at=next_opening(work.playbook.team.hours, max(task.due_at, ends), team_zone(work)),
        reminded=0,
        postponed_until=None,
    )
    return keep(work, task).because(f"task.{task.rule}", "planned", f"by {event.name} for {event.starts.isoformat()}")


def announced(work: Work, task: TaskState, rule: TaskRule | None) -> Work:
    """Tell the customer the date, again when it is another, and once more the day before."""
    if task.meeting_at is None or task.meeting_at <= work.now:
        return work
    if task.announced < task.planned:
        message = rule.meeting.invitation if rule and rule.meeting else INVITATION
        work = keep(work, replace(task, announced=task.planned))
        facts = {**meeting_facts(task, rule), "moved": task.announced > 0}
        key = f"task:{task.uid}:meeting:{task.planned}:{task.anchor}"
        return reach_out(work, message, facts, key=key, by="email", latest=task.meeting_at - _LAST_MINUTE)
    at = day_before_at(work, task)
    if at is None or work.now < at:
        return work
    work = keep(work, replace(task, day_before=True))
    key = f"task:{task.uid}:tomorrow:{task.planned}:{task.anchor}"
    return reach_out(work, DAY_BEFORE, meeting_facts(task, rule), key=key, latest=task.meeting_at - _LAST_MINUTE)


def called_off(work: Work, task: TaskState, rule: TaskRule | None) -> Work:
    """The meeting that the customer heard of will not be."""
    if task.meeting_at is None or task.meeting_at <= work.now:
        return work
    facts = {**meeting_facts(task, rule), "sequence": task.planned, "called_off": True}
    return reach_out(work, CALLED_OFF, facts, key=f"task:{task.uid}:off", by="email", parting=True, latest=task.meeting_at - _LAST_MINUTE)


def given_up(work: Work, task: TaskState, why: str, rule: TaskRule | None) -> Work:
    """Nobody needs the task any more, and who waits for its meeting hears of it now: nothing wakes them for it again."""
    work = dropped(work, task, why)
    gone = task_in(work, task.id)
    if gone is None or gone.told:
        return work
    return called_off(keep(work, replace(gone, told=True)), gone, rule)


def day_before_at(work: Work, task: TaskState) -> datetime | None:
    """When the customer is reminded of the meeting, None when they are not (any more)."""
    if task.meeting_at is None or task.announced != task.planned or task.day_before:
        return None
    return _day_before(work, task.meeting_at)


def _day_before(work: Work, meeting_at: datetime) -> datetime:
    """A day before, or in the last open hour before that when no hour of theirs is left until the meeting."""
    at, latest = meeting_at - _AHEAD, meeting_at - _LAST_MINUTE
    if next_opening(work.hours, at, work.zone) <= latest:
        return at
    closings = (closing_of(work.hours, local_date(at, work.zone) - timedelta(days=n), work.zone) for n in range(_A_WEEK))
    ends = (end - timedelta(hours=1) for end in closings)
    return next((end for end in ends if end <= at and is_open(work.hours, end, work.zone)), at)


def meeting_facts(task: TaskState, rule: TaskRule | None) -> dict[str, str | int | bool]:
    """What messages tell about a meeting; from `task_uid`, `sequence` and the rest the file for calendars is made."""
    assert task.meeting_at is not None
    link = task.meeting_link or (rule.meeting.link if rule and rule.meeting else "")
    return {
        "task": task.id,
        "task_uid": task.uid,
        "task_title": task.title,
        "meeting_at": task.meeting_at.isoformat(),
        "meeting_minutes": task.meeting_minutes,
        "meeting_link": link,
        "sequence": task.planned - 1,
        "moved": task.planned > 1,
        "by_name": task.assignee_name,
    }
