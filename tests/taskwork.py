"""Tasks for tests: a little playbook that has some, and what the team hears of them."""

from __future__ import annotations

from datetime import UTC, datetime

from stories import Story, a_playbook

from flows.decision import Say
from flows.library import Playbooks
from flows.people import TaskState
from flows.tasks import task_in, tasks_of

TASKS = """
  - {task: handoff, title: Hand-off from sales, owner: sales, form: {goals: What they want}, due: 1 working days}
  - {task: check_in, title: Weekly check-in, when: done.source, every: 7 days, due: 1 working days}
"""
WITH_TASKS = {"tasks": TASKS, "traits": "\n  person: {role: other}\n  account: {employees: 1, plan: starter, goals: ''}"}
BY = {"by": "UTOM", "name": "Tom"}


def ours(text: str = "", **changed: str) -> Playbooks:
    return a_playbook(**({**WITH_TASKS, "tasks": text} if text else WITH_TASKS), **changed)


def one(task: str, **changed: str) -> Playbooks:
    return ours(f"\n  - {task}\n", **changed)


def told_team(story: Story, message: str) -> list[Say]:
    return [say for _, say in story.said if say.message == message]


def task(story: Story, id: str) -> TaskState:
    found = task_in(story.subject, id)
    assert found is not None, [t.id for t in tasks_of(story.subject)]
    return found


def at(day_of_march: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day_of_march, hour, minute, tzinfo=UTC)
