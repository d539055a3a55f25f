"""Where tasks are kept: those of account scope with the account, the others with the journey. Looked up, kept, and ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flows.decision import Draw
from flows.people import Known, StepState, Subject, TaskState
from flows.task_facts import tasks_known
from flows.task_rules import TaskRule, task_rule
from flows.work import Work

ROUNDS = 20
"""So many rounds of a task that comes again are remembered with the account; the table of tasks keeps them all."""


def tasks_of(of: Subject) -> list[TaskState]:
    """Every task of the person and of their account, open and ended ones, the oldest first."""
    return list(tasks_known(of))


def task_in(subject: Known, id: str) -> TaskState | None:
    """The task with that id, of the account or of the person; None when there is none."""
    own = subject.person.journey.tasks if subject.person.journey else {}
    account = subject.account.tasks if subject.account else {}
    return account.get(id) or own.get(id)


def latest(work: Work, rule: TaskRule) -> TaskState | None:
    """The last round of a rule's task, open or ended, under its name or its former one."""
    now = work.last_tasks.get(rule.name)
    if not rule.was:
        return now
    former = work.last_tasks.get(rule.was)
    if now is None or former is None:
        return now or former
    return min(now, former, key=lambda task: (-task.round, task.opened_at, task.id))


def shared(work: Work, task: TaskState) -> bool:
    """Whether a task is the account's, and not the person's alone."""
    return work.account is not None and task.id in work.account.tasks


def keep(work: Work, task: TaskState) -> Work:
    """The same work with the task as it is now. Its card, and the Home of who has it, are out of date."""
    before = task_in(work, task.id)
    homes = dict.fromkeys(filter(None, (task.assignee, before.assignee if before else "")))
    card = (Draw("task", f"{task.card}:{task.id}"),) if before else ()
    work = work.but(draws=(*work.draws, *card, *(Draw("team", one) for one in homes)))
    account = work.account
    if account and task.uid == f"{account.id}:{task.id}":
        return work.but(account=replace(account, tasks=_with(account.tasks, task)))
    assert work.person.journey is not None
    return work.with_journey(tasks=_with(work.person.journey.tasks, task))


def _with(tasks: Mapping[str, TaskState], task: TaskState) -> dict[str, TaskState]:
    """These and this one. A new round makes the oldest that are over forgotten."""
    rounds = sorted((one for one in tasks.values() if one.rule == task.rule), key=lambda one: one.round) if task.id not in tasks else []
    gone = {one.id for one in rounds[: len(rounds) + 1 - ROUNDS] if one.state != "open"} if len(rounds) >= ROUNDS else set()
    return {**{id: one for id, one in tasks.items() if id not in gone}, task.id: task}


def dropped(work: Work, task: TaskState, why: str, by: str = "", name: str = "") -> Work:
    """It is not needed; a step of ours is settled by that when a colleague said so (`by`), and else waits for whoever comes."""
    awaited = bool(task.announced and task.meeting_at and task.meeting_at > work.now)
    gone = replace(task, state="dropped", done_at=work.now, remind_at=None, by=by, by_name=name, note=why, told=not awaited)
    work = keep(work, gone).because(f"task.{task.rule}", "dropped", f"by {name}: {why}".rstrip(": ") if name else why)
    rule = task_rule(work.playbook, task)
    if not by or work.journey is None or rule is None or rule.step is None or rule.name in work.standing.done:
        return work
    return work.with_journey(steps={**work.journey.steps, rule.name: StepState(at=work.now, how="skipped")}).redraw()
