"""Tasks of our people: opened by the playbook, reminded of, taken over by a teammate when their person is not there any more.

A task of account scope is kept with the account and waits in the decisions of one of its people, the anchor. Whoever of the account is
decided first opens it; saving the account only when nobody else changed it keeps two of them from opening it twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from flows.casefile import later, team_is_there, team_zone
from flows.decision import Say, To
from flows.hours import after_working, next_opening
from flows.meetings import day_before_at
from flows.people import TaskState
from flows.rules import daily_ask
from flows.task_book import dropped, keep, latest, task_in, tasks_of
from flows.task_rules import A_WORKING_DAY, TaskRule, task_rule, task_rules
from flows.work import Work

__all__ = ["alarms", "hand_over", "task_in", "task_rule", "task_rules", "tasks", "tasks_of"]

REMINDERS = 3
"""So many come as often as the playbook says; from then on there is one a working day."""

_CALL_LASTS = timedelta(days=1)
_NOBODY_TOOK_IT = timedelta(days=1)
"""How long a task waits for a teammate before it is dropped."""

_SILENT = timedelta(days=2)
"""A task that should have reminded so long ago has no anchor who is ever decided about: any teammate takes it."""


def tasks(work: Work) -> Work:
    """Open what is to be done now, take over what a teammate left behind, and remind of what is due.

    In the decision that completes a journey what is done once may still open, such as a hand-over; it stays until somebody did it.
    """
    if work.journey is None and not _done(work):
        return work
    rules = task_rules(work.playbook)
    if work.underway and rules:
        work = _adopted(work)
        for rule in rules:
            work = _opened(work, rule)
    elif work.journey and work.journey.done_at == work.now:
        for rule in filter(_once, rules):
            work = _opened(work, rule)
    for task in tuple(_mine(work)):
        work = work if task.anchor_gone and _done(work) else _reminded(work, task)
    return work


def hand_over(work: Work) -> Work:
    """What becomes of the tasks of somebody who left, finished or opted out: a teammate may take them, or nobody needs them any more."""
    if work.person.journey is None:
        return work
    silent = "all" in work.person.opted_out
    for task in tuple(_mine(work)):
        rule = task_rule(work.playbook, task)
        if _done(work) and _shared(work, task) and rule and _once(rule):
            continue
        over = work.journey is None or _done(work) or rule is None
        if over and not _shared(work, task):
            work = dropped(work, task, "their journey is over" if work.journey is None else "their playbook has no such task any more")
        elif over and task.anchor_gone and work.now - task.anchor_gone >= _NOBODY_TOOK_IT:
            work = dropped(work, task, "nobody needs it any more")
        elif (over or (silent and _shared(work, task))) and task.anchor_gone is None:
            work = keep(work, replace(task, anchor_gone=work.now))
        elif not over and not silent and task.anchor_gone:
            work = keep(work, replace(task, anchor_gone=None))
    return work


def alarms(work: Work) -> Iterator[datetime]:
    """When the clock should ask again for the sake of our tasks, whatever the person wants to hear."""
    over = work.journey is None or _done(work)
    for task in _mine(work):
        if over and task.anchor_gone:
            yield task.anchor_gone + _NOBODY_TOOK_IT
        elif task.remind_at:
            yield task.remind_at
        if not over and (at := day_before_at(task)):
            yield at
    if not work.underway:
        return
    rules = [rule for rule in task_rules(work.playbook) if not rule.paused and rule.step is None]
    for rule in rules:
        last = latest(work, rule)
        if rule.every and (last is None or (last.state != "open" and last.anchor == work.person.id)):
            yield _round_at(work, rule, last)
    if any((rule.when and latest(work, rule) is None) or rule.every for rule in rules):
        yield daily_ask(work)


def _mine(work: Work) -> Iterator[TaskState]:
    return (task for task in tasks_of(work.subject) if task.state == "open" and task.anchor == work.person.id)


def _done(work: Work) -> bool:
    """Whether they got there: rounds and steps are over then, what we still have to do once is to be done all the same."""
    journey = work.person.journey
    return journey is not None and journey.done_at is not None and work.person.left_at is None


def _once(rule: TaskRule) -> bool:
    """A task beside the checklist that comes no second time."""
    return rule.step is None and not rule.every


def _shared(work: Work, task: TaskState) -> bool:
    return work.account is not None and task.id in work.account.tasks


def _opened(work: Work, rule: TaskRule) -> Work:
    last = latest(work, rule)
    if rule.paused or (last and last.state == "open"):
        return work
    if last and last.by and not rule.every:
        return work  # what nobody needed (then nobody ended it) opens again for whoever comes
    name = f"task.{rule.name}"
    if rule.step:
        return _open(work, rule, last) if _step_is_ours(work, rule) else work
    if rule.every and (not team_is_there(work) or _round_at(work, rule, last) > work.now):
        return work
    answer = work.playbook.ask(rule.when, work.facts)
    if not answer.holds:
        return work.because(name, "quiet", answer) if last is None else work
    return _open(work, rule, last)


def _step_is_ours(work: Work, rule: TaskRule) -> bool:
    """Whether a step of ours is at hand: its module open, what it needs settled, itself not."""
    assert rule.step is not None
    assert rule.module is not None
    at, settled = work.standing, work.facts["settled"]
    open_now = rule.module.module in work.running.opened and rule.name in at.applies and rule.name not in at.settled
    return open_now and all(settled.get(needed, True) for needed in rule.step.needs)


def _round_at(work: Work, rule: TaskRule, last: TaskState | None) -> datetime:
    """When the next round opens: so long after the opening of the last, and never while the team is closed or the last is not over."""
    hours, zone = work.playbook.team.hours, team_zone(work)
    if last is None or rule.every is None:
        return next_opening(hours, work.now, zone)
    at = after_working(last.opened_at, rule.every, hours, zone)
    while last.done_at and at <= last.done_at:
        at = after_working(at, rule.every, hours, zone)
    return next_opening(hours, at, zone)


def _open(work: Work, rule: TaskRule, last: TaskState | None) -> Work:
    shared = rule.scope == "account" and work.account is not None
    place = work.account.id if shared and work.account else work.running.id
    round = last.round + 1 if last else 1
    id = rule.name if round == 1 else f"{rule.name}#{round}"
    due = _due(work, rule)
    owner = work.roster.owner(work.account.owner) if work.account and rule.owner == "csm" else None
    task = TaskState(
        id=id,
        uid=f"{place}:{id}",
        rule=rule.name,
        title=rule.title,
        owner=rule.owner,
        playbook=work.playbook.playbook,
        team=work.playbook.team.channel,
        opened_at=work.now,
        due_at=due,
        step=rule.step is not None,
        round=round,
        anchor=work.person.id,
        card=work.person.id,
        assignee=owner.csm if owner else "",
        assignee_name=owner.name if owner else "",
        remind_at=due,
    )
    return _card(keep(work, task), task).because(f"task.{rule.name}", "opened", f"due {due.isoformat()}")


def _due(work: Work, rule: TaskRule) -> datetime:
    """By when it should be done, in the team's hours. What was due before it could be begun gets a working day."""
    hours, zone = work.playbook.team.hours, team_zone(work)
    due = after_working(work.running.started if rule.from_joining else work.now, rule.due, hours, zone)
    if due <= work.now:
        due = after_working(work.now, A_WORKING_DAY, hours, zone)
    return next_opening(hours, due, zone)


def _card(work: Work, task: TaskState) -> Work:
    """The task's card in the team's channel, by which it is done, put off or dropped."""
    say = Say(
        key=f"task:{task.uid}:card:{task.card}",
        to=To("channel", task.team),
        message="task_card",
        person=work.person.id,
        facts=facts_of(work, task),
        priority=50,
        essential=True,
        if_unknown="resend",
    )
    return work.but(says=(*work.says, say))


def facts_of(work: Work, task: TaskState) -> dict[str, str]:
    """What every message about a task tells our people."""
    return {
        "task": task.id,
        "task_title": task.title,
        "person": task.card,
        "account": work.account.id if work.account else "",
        "owner_kind": task.owner,
        "assignee": task.assignee,
        "assignee_name": task.assignee_name,
        "due_at": task.due_at.isoformat(),
    }


def _reminded(work: Work, task: TaskState) -> Work:
    """Nobody has done it in time: first the word goes to who has it, then to everybody."""
    if task.remind_at is None or work.now < task.remind_at:
        return work
    if not team_is_there(work):
        return keep(work, replace(task, remind_at=next_opening(work.playbook.team.hours, work.now, team_zone(work))))
    rule = task_rule(work.playbook, task)
    count = task.reminded + 1
    often = rule.remind_after if rule and count < REMINDERS else A_WORKING_DAY
    ping = task.assignee if count == 1 else ""
    say = Say(
        key=f"task:{task.uid}:due:{count}:{task.due_at.isoformat()}",
        to=To("channel", task.team),
        message="task_due",
        person=work.person.id,
        facts={**facts_of(work, task), "ping": ping},
        expires_at=work.now + _CALL_LASTS,
        priority=50,
        essential=True,
        if_unknown="resend",
    )
    task = replace(task, reminded=count, remind_at=later(work, often), postponed_until=None)
    work = keep(work, task).but(says=(*work.says, say))
    return work.because(f"task.{task.rule}", "reminded", (task.assignee_name or task.assignee) if ping else "the channel")


def _adopted(work: Work) -> Work:
    """Take over what a teammate left behind, and what seems to have nobody's decisions to wait in."""
    if work.account is None or "all" in work.person.opted_out or work.person.left_at:
        return work
    for task in tuple(work.account.tasks.values()):
        silent = task.remind_at is not None and work.now - task.remind_at > _SILENT
        if task.state != "open" or task.anchor == work.person.id or not (task.anchor_gone or silent):
            continue
        if task_rule(work.playbook, task) is None:
            continue
        taken = replace(task, anchor=work.person.id, anchor_gone=None)
        if silent and not task.anchor_gone:  # whoever the card speaks of is out of sight: nothing could be pressed on it
            taken = replace(taken, card=work.person.id)
            work = _card(work, taken)
        work = keep(work, taken).because(f"task.{task.rule}", "adopted", "their teammate is not there any more")
    return work
