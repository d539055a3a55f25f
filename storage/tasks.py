"""Tasks beside the people and accounts they are kept with, so that the open ones are found without looking at everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from flows.people import Person, TaskState
from storage.batch import Batch
from storage.database import Database
from storage.rows import Columns
from storage.tables import tasks


def keep(database: Database, connection: Connection, batch: Batch) -> None:
    """Write the tasks that this batch of decisions opened, changed or ended."""
    rows = sorted(_changed(batch), key=lambda row: str(row["uid"]))
    if not rows:
        return
    new = database.insert(tasks)
    fresh = {name: new.excluded[name] for name in ("person_id", "team", "assignee", "state", "due_at", "content")}
    connection.execute(new.on_conflict_do_update(index_elements=["uid"], set_=fresh), rows)


def _changed(batch: Batch) -> Iterator[Columns]:
    for id, account in batch.accounts.items():
        known = batch.known_accounts.get(id)
        yield from (_row(task, id) for task in _moved(known.tasks if known else {}, account.tasks))
    for who, decision in batch.last.items():
        person = decision.person
        yield from (_row(task, person.account_id) for task in _moved(_own(batch.before[who].person), _own(person)))


def _own(person: Person) -> Mapping[str, TaskState]:
    return person.journey.tasks if person.journey else {}


def _moved(before: Mapping[str, TaskState], after: Mapping[str, TaskState]) -> list[TaskState]:
    return [] if after is before else [task for id, task in after.items() if before.get(id) != task]


def _row(task: TaskState, account_id: str | None) -> Columns:
    return {
        "uid": task.uid,
        "person_id": task.card,
        "account_id": account_id,
        "team": task.team,
        "assignee": task.assignee,
        "state": task.state,
        "due_at": task.due_at,
        "content": task,
    }
