"""Tasks for tests: a little playbook that has some, and what the team hears of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from stories import Story, a_playbook

from flows.decision import Say
from flows.events import Joined, Tick
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


class Firm:
    """Ana and Ben of one account. What one decision changes of the account, the next one finds."""

    def __init__(self, books: Playbooks) -> None:
        self.ana, self.ben = Story(books), Story(books, email="ben@acme.test", slack="T1/U2")
        self.ben.subject = replace(self.ben.subject, person=replace(self.ben.subject.person, id="ben", name="Ben"))

    def share(self, by: Story) -> None:
        for story in (self.ana, self.ben):
            story.subject = replace(story.subject, account=by.subject.account)
            story.now = max(story.now, by.now)


def joined_both(books: Playbooks) -> Firm:
    firm = Firm(books)
    firm.ana.joins()
    firm.share(firm.ana)
    join(firm.ben)
    firm.share(firm.ben)
    return firm


def join(story: Story) -> None:
    story.decide(Joined(source="test", key="b0", who=story.subject.person.id, at=story.now))


def tick(story: Story) -> None:
    story.decide(Tick(source="clock", key=f"{story.now}", who=story.subject.person.id, at=story.now))
