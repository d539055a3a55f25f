"""What the team's channel is told of a task."""

from __future__ import annotations

from flows.decision import Draw, Say, To
from flows.people import TaskState
from flows.work import Work


def card(work: Work, task: TaskState, *, moved: bool = False) -> Work:
    """The task's card in the team's channel, by which it is done, put off or dropped. `moved`: that of another playbook's team."""
    say = Say(
        key=f"task:{task.uid}:card:{task.card}{f':{task.playbook}' if moved else ''}",
        to=To("channel", task.team),
        message="task_card",
        person=task.card,
        facts=facts_of(work, task),
        priority=50,
        essential=True,
        if_unknown="resend",
        when_sent=Draw("task", f"{task.card}:{task.id}"),
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
