"""With whom a task waits: the account's contact, who takes it over from whom, and what nobody needs any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from flows.casefile import team_zone
from flows.hours import after_working
from flows.meetings import announced, day_before_at, given_up
from flows.people import TaskState
from flows.task_book import keep, shared
from flows.task_rules import A_WORKING_DAY, TaskRule, task_rule
from flows.task_says import card
from flows.work import Work

OVER = "their journey is over"
NO_RULE = "their playbook has no such task any more"
NOT_THEIRS = "the step is not for them"
MOVED = "they moved to another playbook"
NOT_CALLED_FOR = "it is no longer called for"

_NOBODY_TOOK_IT = timedelta(days=1)
"""How long a task waits for a teammate before it is dropped."""

_AN_HOUR = timedelta(hours=1)
"""The same for one that is nobody's but a teammate's who wants it still, for all of them are asked within a minute."""

_SILENT = timedelta(days=2)
"""A task that should have reminded so long ago has no anchor who is ever decided about: any teammate takes it."""


def mine(work: Work) -> Iterator[TaskState]:
    """The open tasks that wait in this person's decisions."""
    return (task for task in work.tasks if task.state == "open" and task.anchor == work.person.id)


def got_there(work: Work) -> bool:
    """Whether they completed: rounds and steps are over then, what we still have to do once is to be done all the same."""
    journey = work.person.journey
    return journey is not None and journey.done_at is not None and work.person.left_at is None


def once(rule: TaskRule) -> bool:
    """A task beside the checklist that comes no second time."""
    return rule.step is None and not rule.every


def contact(work: Work) -> str:
    """Who an account's next task waits with: the anchor of its last step of ours who is still there, else of its last task, else who is at
    hand. Whoever was at the kickoff hears of the review."""
    last = sorted(work.account.tasks.values(), key=lambda task: (task.step, task.opened_at, task.id)) if work.account else []
    here = (task.anchor for task in reversed(last) if task.playbook == work.playbook.playbook and not task.anchor_gone)
    return next(filter(None, here), work.person.id)


def unneeded(work: Work, task: TaskState) -> str:
    """Why a task cannot wait with this person any longer, '' when it can. For none of it a meeting is called off that they agreed on."""
    return "" if _stays(work, task, task_rule(work.playbook, task)) else _left_behind(work, task)


def hand_over(work: Work) -> Work:
    """What becomes of the tasks of somebody who left, finished or opted out: a teammate may take them, or nobody needs them any more."""
    if work.person.journey is None or not work.tasks:
        return work
    for task in tuple(mine(work)):
        why, rule = unneeded(work, task), task_rule(work.playbook, task)
        given = shared(work, task) and (bool(why) or (_silent(work) and not _stays(work, task, rule)))
        if why == MOVED and not shared(work, task):
            work = _moved(work, task)
        elif why and not shared(work, task):
            work = given_up(work, task, why, rule)
        elif why == MOVED and task.anchor_gone and work.now - task.anchor_gone >= _AN_HOUR:
            work = _moved(work, task)
        elif why and task.anchor_gone and work.now - task.anchor_gone >= _patience(why):
            work = given_up(work, task, why if why == NOT_CALLED_FOR else "nobody needs it any more", rule)
        elif given != bool(task.anchor_gone):
            work = keep(work, replace(task, anchor_gone=work.now if given else None))
    return _still_there(work)


def adopted(work: Work) -> Work:
    """Take over what a teammate left behind, and what seems to have nobody's decisions to wait in, as far as it is for this person."""
    if work.account is None or _silent(work) or work.person.left_at:
        return work
    for task in tuple(work.account.tasks.values()):
        if task.state != "open" or task.anchor == work.person.id or _left_behind(work, task):
            continue
        unheard = _unheard(work, task)
        if unheard and task.anchor_gone is None:
            work = keep(work, replace(task, anchor_gone=work.now))  # whoever is there is asked at once, and says so
        elif task.anchor_gone and not (unheard and work.now - task.anchor_gone < _AN_HOUR):
            work = _taken(work, task, anew=unheard)
    return work


def _unheard(work: Work, task: TaskState) -> bool:
    return task.remind_at is not None and work.now - task.remind_at > _SILENT


def _taken(work: Work, task: TaskState, *, anew: bool) -> Work:
    """It waits with them from now on; they are invited to its meeting. `anew`: whoever its card speaks of is out of sight."""
    taken = replace(task, anchor=work.person.id, found_by=work.person.id, anchor_gone=None, announced=0)
    if anew:
        taken = replace(taken, card=work.person.id)
        work = card(work, taken)
    work = keep(work, taken).because(f"task.{task.rule}", "adopted", "their teammate is not there any more")
    return announced(work, taken, task_rule(work.playbook, task))


def _moved(work: Work, task: TaskState) -> Work:
    """Nobody is left on the playbook that it was opened by: it goes on in the one they are on now, in front of its team."""
    book = work.playbook
    moved = replace(task, playbook=book.playbook, team=book.team.channel, anchor_gone=None, card=work.person.id)
    return card(keep(work, moved), moved, moved=True).because(f"task.{task.rule}", "moved", f"to {book.playbook}")


def looks_again(work: Work) -> Iterator[datetime]:
    """When to look again at tasks of teammates whom nobody has heard of."""
    if work.account is None or not work.underway:
        return
    for task in work.account.tasks.values():
        if task.state == "open" and task.anchor_gone and task.anchor != work.person.id and _unheard(work, task):
            yield task.anchor_gone + _AN_HOUR


def waits_until(work: Work, task: TaskState) -> Iterator[datetime]:
    """When to look at an open task of theirs again."""
    why = unneeded(work, task)
    if why and task.anchor_gone:
        yield task.anchor_gone + _patience(why)
    elif task.remind_at:
        yield task.remind_at
    if not why and (at := day_before_at(work, task)):
        yield at
    if not why and (until := _agreed_until(work, task)) and _left_behind(work, task):
        yield until


def _patience(why: str) -> timedelta:
    return _AN_HOUR if why in (NOT_CALLED_FOR, MOVED) else _NOBODY_TOOK_IT


def _silent(work: Work) -> bool:
    return "all" in work.person.opted_out


def _left_behind(work: Work, task: TaskState) -> str:
    rule = task_rule(work.playbook, task)
    if not work.underway:
        return OVER
    if rule is None:
        return NO_RULE
    if task.playbook != work.playbook.playbook:
        return MOVED
    if rule.step:
        return "" if rule.paused or rule.name in work.standing.applies else NOT_THEIRS
    return "" if work.playbook.holds(rule.when, work.facts) else NOT_CALLED_FOR


def _stays(work: Work, task: TaskState, rule: TaskRule | None) -> bool:
    if got_there(work) and shared(work, task) and rule and once(rule):
        return True
    gone = work.person.left_at is not None or (_silent(work) and shared(work, task))
    return not gone and _agreed_until(work, task) is not None


def _agreed_until(work: Work, task: TaskState) -> datetime | None:
    """Until when a task stays for its meeting's sake: a working day after it, in which a colleague writes down what was said."""
    if task.meeting_at is None:
        return None
    over = task.meeting_at + timedelta(minutes=task.meeting_minutes)
    until = after_working(over, A_WORKING_DAY, work.playbook.team.hours, team_zone(work))
    return until if until > work.now else None


def _still_there(work: Work) -> Work:
    """Note with the tasks that are over whether their anchor is there: the next one goes to who is."""
    account, here = work.account, work.underway and not _silent(work)
    if account is None:
        return work
    moved = {
        id: replace(task, anchor_gone=None if task.anchor_gone else work.now)
        for id, task in account.tasks.items()
        if task.anchor == work.person.id and task.state != "open"
        if bool(task.anchor_gone) == (here and task.playbook == work.playbook.playbook)
    }
    return work.but(account=replace(account, tasks={**account.tasks, **moved})) if moved else work
