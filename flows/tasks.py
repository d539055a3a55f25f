"""Tasks of our people: opened by the playbook, reminded of, taken over by a teammate when their person is not there any more.

A task of account scope is kept with the account and waits in the decisions of one of its people, the anchor. Whoever of the account is
decided first opens it; saving the account only when nobody else changed it keeps two of them from opening it twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from flows.anchors import adopted, contact, hand_over, looks_again, mine, once, unneeded, waits_until
from flows.casefile import later, team_is_there, team_zone
from flows.decision import Say, To
from flows.hours import after_working, next_opening
from flows.people import TaskState
from flows.rules import daily_ask
from flows.task_book import keep, latest, task_in, tasks_of
from flows.task_rules import A_WORKING_DAY, TaskRule, task_rule, task_rules
from flows.task_says import card, facts_of
from flows.work import Work

__all__ = ["alarms", "hand_over", "task_in", "task_rule", "task_rules", "tasks", "tasks_of"]

REMINDERS = 3
"""So many come as often as the playbook says; from then on there is one a working day."""

_CALL_LASTS = timedelta(days=1)


def tasks(work: Work) -> Work:
    """Open what is to be done now, take over what a teammate left behind, and remind of what is due.

    In the decision that completes a journey what is done once may still open, such as a hand-over; it stays until somebody did it.
    """
    if work.person.journey is None:
        return work
    rules = task_rules(work.playbook)
    if not (rules or work.tasks):
        return work
    if work.underway and rules:
        work = adopted(work)
        for rule in rules:
            work = _opened(work, rule)
    elif work.journey and work.journey.done_at == work.now:
        for rule in filter(once, rules):
            work = _opened(work, rule)
    for task in tuple(mine(work)):
        work = work if unneeded(work, task) else _reminded(work, task)
    return work


def alarms(work: Work) -> Iterator[datetime]:
    """When the clock should ask again for the sake of our tasks, whatever the person wants to hear."""
    if not (work.playbook.ours or work.tasks):
        return
    for task in mine(work):
        yield from waits_until(work, task)
    yield from looks_again(work)
    if not work.underway:
        return
    rules = [rule for rule in task_rules(work.playbook) if not rule.paused and rule.step is None]
    for rule in rules:
        last = latest(work, rule)
        if rule.every and (last is None or (last.state != "open" and last.anchor == work.person.id)):
            yield _round_at(work, rule, last)
    if any(rule.every or (rule.when and _may_open(latest(work, rule))) for rule in rules):
        yield daily_ask(work)


def _may_open(last: TaskState | None) -> bool:
    """Whether a task that comes once may open: what nobody needed (then nobody ended it) opens again for whoever comes."""
    return last is None or (last.state == "dropped" and not last.by)


def _opened(work: Work, rule: TaskRule) -> Work:
    last = latest(work, rule)
    if rule.paused or (last and last.state == "open") or not (rule.every or _may_open(last)):
        return work
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
    account = work.account if rule.scope == "account" else None
    place, anchor = (account.id, contact(work)) if account else (work.running.id, work.person.id)
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
        anchor=anchor,
        card=anchor,
        found_by=work.person.id,
        assignee=owner.csm if owner else "",
        assignee_name=owner.name if owner else "",
        remind_at=due,
    )
    return card(keep(work, task), task).because(f"task.{rule.name}", "opened", f"due {due.isoformat()}")


def _due(work: Work, rule: TaskRule) -> datetime:
    """By when it should be done, in the team's hours. What was due before it could be begun gets a working day."""
    hours, zone = work.playbook.team.hours, team_zone(work)
    due = after_working(_begun(work) if rule.from_joining else work.now, rule.due, hours, zone)
    if due <= work.now:
        due = after_working(work.now, A_WORKING_DAY, hours, zone)
    return next_opening(hours, due, zone)


def _begun(work: Work) -> datetime:
    """When they came to this playbook."""
    return work.running.moved_at or work.running.started


def _reminded(work: Work, task: TaskState) -> Work:
    """Nobody has done it in time: first the word goes to who has it, then to everybody."""
    if task.remind_at is None or work.now < task.remind_at:
        return work
    if not team_is_there(work):
        return keep(work, replace(task, remind_at=next_opening(work.playbook.team.hours, work.now, team_zone(work))))
    rule = task_rule(work.playbook, task)
    if rule and rule.paused:
        work = keep(work, replace(task, remind_at=later(work, A_WORKING_DAY)))
        return work.because(f"task.{task.rule}", "held", "it is paused in the playbook")
    count = task.reminded + 1
    often = rule.remind_after if rule and count < REMINDERS else A_WORKING_DAY
    ping = task.assignee if count == 1 else ""
    say = Say(
        key=f"task:{task.uid}:due:{count}:{task.remind_at.isoformat()}",
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
