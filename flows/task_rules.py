"""What our people have to do by a playbook: its tasks, and the steps of its checklist that are ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flows.durations import Length
from flows.parts.steps import Module, Step
from flows.parts.tasks import Meeting, Question, Task
from flows.people import TaskState

if TYPE_CHECKING:
    from flows.playbook import Playbook  # it makes its rules once, by what is here

A_WORKING_DAY = Length(1, "working days")


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskRule:
    """A task or a step of ours, in one form. `due` counts from its opening, or with `from_joining` from the start of the journey."""

    name: str
    was: str
    title: str
    why: str
    owner: str
    scope: str
    due: Length
    remind_after: Length
    from_joining: bool = False
    when: str | None = None
    every: Length | None = None
    meeting: Meeting | None = None
    form: Mapping[str, Question] = field(default_factory=dict)
    says: str = ""
    paused: bool = False
    module: Module | None = None
    step: Step | None = None

    @property
    def messages(self) -> tuple[str, ...]:
        """The messages it says to the customer or shows to our people."""
        meeting = (self.meeting.agenda, self.meeting.invitation) if self.meeting else ()
        return (*filter(None, (self.says,)), *meeting)

    @property
    def names(self) -> tuple[str, ...]:
        """Its name, and its former one if it has one."""
        return (self.name, self.was) if self.was else (self.name,)


def rules_of(steps: Iterable[tuple[Module, Step]], tasks: Iterable[Task]) -> tuple[TaskRule, ...]:
    """The steps of ours among these, in their order, and then the tasks."""
    return (*(_of_step(module, step) for module, step in steps if step.owner != "customer"), *(_of_task(task) for task in tasks))


def by_name(rules: Iterable[TaskRule]) -> dict[str, TaskRule]:
    """Rules by their names and former names: the first that is or was called so."""
    found: dict[str, TaskRule] = {}
    for rule in rules:
        for name in rule.names:
            found.setdefault(name, rule)
    return found


def task_rules(playbook: Playbook) -> tuple[TaskRule, ...]:
    """All of them, the steps in the order of the checklist and then the tasks."""
    return playbook.ours


def task_rule(playbook: Playbook, task: TaskState) -> TaskRule | None:
    """What a task was opened by, also under its new name; None when this playbook has no such rule."""
    return playbook.ours_by_name.get(task.rule)


def _of_task(task: Task) -> TaskRule:
    return TaskRule(
        name=task.task,
        was=task.was or "",
        title=task.title,
        why=task.why,
        owner=task.owner,
        scope=task.scope,
        due=task.due,
        remind_after=task.remind_after,
        when=task.when,
        every=task.every,
        meeting=task.meeting,
        form=task.form,
        says=task.says or "",
        paused=task.paused,
    )


def _of_step(module: Module, step: Step) -> TaskRule:
    return TaskRule(
        name=step.step,
        was=step.was or "",
        title=step.title,
        why=step.why,
        owner=step.owner,
        scope=step.scope,
        due=step.due or A_WORKING_DAY,
        from_joining=step.due is not None,
        remind_after=A_WORKING_DAY,
        meeting=step.meeting,
        form=step.form,
        says=step.says or "",
        paused=step.paused or module.paused,
        module=module,
        step=step,
    )
