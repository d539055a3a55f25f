"""What conditions may ask about the tasks of our people."""

from __future__ import annotations

from collections.abc import Iterator

from flows.people import Subject, TaskState
from flows.playbook import Playbook


def task_facts(playbook: Playbook, subject: Subject) -> dict[str, bool]:
    """`tasks.<name>`: whether a task is done; of one that comes again, whether the last round is."""
    if not playbook.tasks:
        return {}
    last: dict[str, TaskState] = {}
    for task in sorted(_kept(subject), key=lambda task: task.round):
        last[task.rule] = task
    found = {task.task: last.get(task.task) or last.get(task.was or "") for task in playbook.tasks}
    return {name: state is not None and state.state == "done" for name, state in found.items()}


def steps_left_out(subject: Subject) -> set[str]:
    """Steps of ours that a colleague said are not needed: nobody of the account waits for them."""
    return {task.rule for task in _kept(subject) if task.step and task.state == "dropped" and task.by}


def _kept(subject: Subject) -> Iterator[TaskState]:
    if subject.account:
        yield from subject.account.tasks.values()
    if subject.person.journey:
        yield from subject.person.journey.tasks.values()
