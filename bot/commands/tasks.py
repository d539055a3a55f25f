"""`handrail tasks`: what our own people have to do, and a task ended by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.table import Table

from bot.commands.days import moment_words
from bot.commands.mistakes import UserError, counted
from bot.commands.opening import existing_store
from bot.commands.projects import good_playbooks, project_folder
from bot.handle import handle
from bot.task_facts import questions_of
from bot.world import World
from flows.events import AnyEvent, TaskDone, TaskDropped
from flows.facts import reads
from storage.store import Store
from storage.task_reports import OurTask, TaskReports

SOURCE = "tasks"
MOST = 1000


def show(team: str, *, as_json: bool) -> None:
    """Print the open tasks, the one that is due first at the top. Times are UTC."""
    with existing_store() as store:
        found = TaskReports(store.database).open(team, MOST)
    if as_json:
        print(json.dumps([_plain(one) for one in found], indent=2, ensure_ascii=False))
        return
    if not found:
        print("No task is open.")
        return
    now, table = World().now(), Table.grid(padding=(0, 2))
    for one in found:
        task = one.task
        due = f"{moment_words(task.due_at.astimezone(UTC))}{' (late)' if task.due_at < now else ''}"
        table.add_row(
            due, one.company or one.who, task.title, task.assignee_name or task.assignee or f"nobody yet ({task.owner})", task.uid
        )
    console = Console(highlight=False, markup=False)
    console.print(table, soft_wrap=True)
    console.print(f"{counted(len(found), 'open task')}, times in UTC.")


def done(uid: str, by: str, note: str, actions: Sequence[str], answers: Sequence[str]) -> None:
    """Say that a task is done, as a colleague would on its card."""
    with existing_store() as store:
        one, now = _open_one(store, uid), World().now()
        filled = dict(_answer(text) for text in answers)
        _readable(one, filled)
        event = TaskDone(**_of(one, by, now), note=note, actions=tuple(actions), answers=filled)
        _take(store, event, now)
    print(f"{one.task.title} for {one.company or one.who} is done.")


def drop(uid: str, by: str, why: str) -> None:
    """Say that a task is not needed."""
    with existing_store() as store:
        one, now = _open_one(store, uid), World().now()
        _take(store, TaskDropped(**_of(one, by, now), why=why), now)
    print(f"{one.task.title} for {one.company or one.who} is not needed.")


def _of(one: OurTask, by: str, now: datetime) -> dict[str, Any]:
    return {"source": SOURCE, "key": uuid4().hex, "who": one.person_id, "at": now, "task": one.task.id, "by": by, "name": by}


def _take(store: Store, event: AnyEvent, now: datetime) -> None:
    handle(store, good_playbooks(project_folder(None)), [event], now)


def _open_one(store: Store, uid: str) -> OurTask:
    one = TaskReports(store.database).one(uid)
    if one is None:
        raise UserError(f"There is no task {uid}; handrail tasks lists those that are open.")
    if one.task.state != "open":
        raise UserError(f"{one.task.title} is {one.task.state} already{f', says {one.task.by_name}' if one.task.by_name else ''}.")
    return one


def _answer(text: str) -> tuple[str, str]:
    trait, mark, words = text.partition("=")
    if not mark or not trait.strip():
        raise UserError(f"{text!r} is no answer; write it like --answer goals='ten leads a week'.")
    return trait.strip(), words.strip()


def _readable(one: OurTask, filled: Mapping[str, str]) -> None:
    """Refuse what is none of a question's options, or no number where the trait is one."""
    playbook = good_playbooks(project_folder(None)).by_name.get(one.task.playbook)
    for question in questions_of(playbook, one.task) if playbook else ():
        said = filled.get(question.trait, "")
        if said and question.options and said not in question.options:
            raise UserError(f"{question.trait} is one of {', '.join(question.options)}, and not {said!r}.")
        if said and not reads(said, question.guess):
            raise UserError(f"{question.trait} is {'yes or no' if isinstance(question.guess, bool) else 'a number'}, and not {said!r}.")


def _plain(one: OurTask) -> dict[str, Any]:
    task = one.task
    return {
        "id": task.uid,
        "task": task.id,
        "title": task.title,
        "account": one.company,
        "person": one.who,
        "owner": task.owner,
        "assignee": task.assignee,
        "assignee_name": task.assignee_name,
        "team": task.team,
        "opened_at": task.opened_at.isoformat(),
        "due_at": task.due_at.isoformat(),
        "postponed_until": task.postponed_until.isoformat() if task.postponed_until else None,
        "meeting_at": task.meeting_at.isoformat() if task.meeting_at else None,
    }
