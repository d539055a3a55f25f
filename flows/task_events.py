"""What colleagues do with a task: finish it, put it off, drop it, give it to somebody; and what follows for the customer."""

from __future__ import annotations

from dataclasses import replace

from flows import meetings
from flows.account_traits import told
from flows.casefile import later, team_zone
from flows.events import MeetingPlanned, TaskAssigned, TaskDone, TaskDropped, TaskPostponed
from flows.hours import next_opening
from flows.people import TaskState
from flows.reaching import reach_out
from flows.steps import finish
from flows.task_book import dropped, keep, shared, task_in
from flows.task_rules import TaskRule, task_rule
from flows.work import Work

TaskEvent = TaskDone | TaskPostponed | TaskDropped | TaskAssigned | MeetingPlanned


def heard(work: Work, event: TaskEvent) -> Work:
    """Take in what a colleague did with a task. One that is over, or that nobody knows, stays as it is, with the reason."""
    task = task_in(work, event.task)
    if task is None:
        return work.because(f"task.{event.task}", "refused", "there is no such task")
    if task.state != "open":
        return work.because(f"task.{task.rule}", "refused", f"it is {task.state} already")
    match event:
        case TaskDone():
            return _done(work, task, event)
        case TaskPostponed():
            return _postponed(work, task, event)
        case TaskDropped():
            return dropped(work, task, event.why.strip(), event.by or event.name, event.name)
        case TaskAssigned():
            return _assigned(work, task, event)
        case MeetingPlanned():
            return meetings.planned(work, task, event)


def _done(work: Work, task: TaskState, event: TaskDone) -> Work:
    answers = {name: said.strip() for name, said in event.answers.items() if said.strip()}
    done = replace(
        task,
        state="done",
        done_at=event.at,
        remind_at=None,
        by=event.by or event.name,
        by_name=event.name,
        assignee=task.assignee or event.by,
        assignee_name=task.assignee_name or event.name,
        note=event.note.strip(),
        actions=tuple(filter(None, (line.strip() for line in event.actions))),
        answers=answers,
    )
    work = keep(work, done).because(f"task.{task.rule}", "done", f"by {event.name}")
    if answers and work.account:
        work = work.but(account=told(work.account, answers, event.at)).redraw()
    return work


def _postponed(work: Work, task: TaskState, event: TaskPostponed) -> Work:
    if event.until <= work.now:
        return work.because(f"task.{task.rule}", "refused", "that moment has passed")
    at = next_opening(work.playbook.team.hours, event.until, team_zone(work))
    task = replace(task, due_at=event.until, postponed_until=event.until, remind_at=at, reminded=0)
    return keep(work, task).because(f"task.{task.rule}", "postponed", f"by {event.name} until {event.until.isoformat()}")


def _assigned(work: Work, task: TaskState, event: TaskAssigned) -> Work:
    """Who is given a task that was reminded of gets a while before the next reminder, and that is theirs."""
    rule = task_rule(work.playbook, task)
    fresh = later(work, rule.remind_after) if rule else None
    at = max(filter(None, (task.remind_at, fresh)), default=None) if task.reminded else task.remind_at
    task = replace(task, assignee=event.to, assignee_name=event.to_name, remind_at=at, reminded=0)
    whom = event.to_name or event.to or "nobody"
    return keep(work, task).because(f"task.{task.rule}", "assigned", f"to {whom} by {event.name}")


def follow_up(work: Work) -> Work:
    """What follows for the anchor from a task that is done: the step, triggers, and the message that tells the customer."""
    if work.person.journey is None:
        return work
    for task in work.tasks:
        if task.anchor != work.person.id:
            continue
        rule = task_rule(work.playbook, task)
        if task.state == "open":
            work = _overtaken(meetings.announced(work, task, rule), task.id, rule)
        elif task.state == "done" and not task.told:
            work = _followed(keep(work, replace(task, told=True)), task, rule)
        elif task.state == "dropped" and not task.told:
            work = meetings.called_off(keep(work, replace(task, told=True)), task, rule)
    return work


def _followed(work: Work, task: TaskState, rule: TaskRule | None) -> Work:
    at = task.done_at or work.now
    if rule and rule.step and rule.name not in work.standing.done:
        work = _step_done(work, rule, task)
    if work.journey:
        work = work.happened(f"task.{rule.name if rule else task.rule}", at)
    if rule is None or not rule.says:
        return work
    if rule.every and not (task.note or task.actions):
        return work.because(f"task.{rule.name}", "quiet", "nobody noted anything to tell them")
    facts = {"task": task.id, "task_title": task.title, "note": task.note, "actions": list(task.actions), "by_name": task.by_name}
    return reach_out(work, rule.says, facts, key=f"task:{task.uid}:says", step=rule.name if rule.step else "")


def _step_done(work: Work, rule: TaskRule, task: TaskState) -> Work:
    assert rule.step is not None
    at = task.done_at or work.now
    if work.journey:
        work = finish(work, rule.step, at, "team")
    account = work.account
    if account is None or rule.step.scope != "account":
        return work
    steps = {**account.steps, rule.name: account.steps.get(rule.name, at)}
    return work.but(account=replace(account, steps=steps, steps_by={**account.steps_by, rule.name: task.by_name}))


def _overtaken(work: Work, id: str, rule: TaskRule | None) -> Work:
    """A step of ours that was settled in another way leaves nothing to do."""
    task = task_in(work, id)
    if task is None or rule is None or rule.step is None or rule.name not in work.standing.settled:
        return work
    if rule.name not in work.standing.done:
        for_others = shared(work, task) and not rule.paused and rule.name not in work.standing.applies
        return work if for_others else meetings.given_up(work, task, "the step was left out", rule)
    over = replace(task, state="done", done_at=work.now, remind_at=None, note="", told=True)
    return keep(work, over).because(f"task.{task.rule}", "done", "the step was done otherwise")
