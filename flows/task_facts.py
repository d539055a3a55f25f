"""What conditions may ask about the tasks of our people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flows.people import Known, TaskState
from flows.playbook import Playbook


def tasks_known(subject: Known) -> tuple[TaskState, ...]:
    """Every task of the person and of their account, open and ended ones, the oldest first."""
    own = subject.person.journey.tasks if subject.person.journey else {}
    kept = (*(subject.account.tasks if subject.account else {}).values(), *own.values())
    return tuple(sorted(kept, key=lambda task: (task.opened_at, task.id))) if len(kept) > 1 else kept


def last_rounds(tasks: Iterable[TaskState]) -> dict[str, TaskState]:
    """The last round of each task, open or ended, by the name of its rule; of two that are the same round the older."""
    last: dict[str, TaskState] = {}
    for task in tasks:
        if task.rule not in last or task.round > last[task.rule].round:
            last[task.rule] = task
    return last


def task_facts(playbook: Playbook, subject: Known) -> dict[str, bool]:
    """`tasks.<name>`: whether a task is done; of one that comes again, whether the last round is."""
    if not playbook.tasks:
        return {}
    last: dict[str, TaskState] = {}
    for task in sorted(_kept(subject), key=lambda task: task.round):
        last[task.rule] = task
    found = {task.task: last.get(task.task) or last.get(task.was or "") for task in playbook.tasks}
    return {name: state is not None and state.state == "done" for name, state in found.items()}


def is_contact(playbook: Playbook, subject: Known) -> bool:
    """Whether our people speak with this person for their company: the last step of ours of this playbook, else its last task, waited with
    them. Who is alone, or has no such task yet, speaks for themselves. It stays so after the journey is over."""
    kept = subject.account.tasks.values() if subject.account else ()
    ours = [task for task in kept if task.playbook == playbook.playbook and task.anchor]
    last = max(ours, key=lambda task: (task.step, task.opened_at, task.id), default=None)
    return last is None or last.anchor == subject.person.id


def steps_left_out(playbook: Playbook, subject: Known) -> set[str]:
    """Steps of ours, by their names now, that a colleague said are not needed: nobody of the account waits for them."""
    said = {task.rule for task in _kept(subject) if task.step and task.state == "dropped" and task.by}
    return {step.step for _, step in playbook.steps() if step.step in said or step.was in said} if said else said


def _kept(subject: Known) -> Iterator[TaskState]:
    if subject.account:
        yield from subject.account.tasks.values()
    if subject.person.journey:
        yield from subject.person.journey.tasks.values()
