"""The tasks of our people, read from their own table: whose they are, for whom, and where their card stands. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select

from flows.people import TaskState
from storage.database import Database
from storage.tables import accounts, outbox, people, tasks

MOST = 100
"""Tasks that one view tells of."""

_OPEN = tasks.c.state == "open"
_THEY = people.alias("they")
"""Who the person of a task is by now: who was merged has no name of their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OurTask:
    """A task in a list. Events about it name `person_id`; `who` and `company` are names to read; `place` is its card's "CHANNEL/ts"."""

    task: TaskState
    person_id: str
    account_id: str | None
    who: str
    company: str
    place: str = ""


class TaskReports:
    """Read-only questions about tasks. The open ones rest on an index, never on everybody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mine(self, csm: str) -> list[OurTask]:
        """The open tasks that a colleague has, the one that is due first at the top."""
        return self._found(_OPEN & (tasks.c.assignee == csm))

    def unowned(self, teams: Collection[str] = ()) -> list[OurTask]:
        """The open tasks that nobody has, of these teams' channels or of all."""
        nobody = _OPEN & (tasks.c.assignee == "")
        return self._found(nobody & tasks.c.team.in_(sorted(teams)) if teams else nobody)

    def open(self, team: str = "", most: int = MOST) -> list[OurTask]:
        """Every open task, of one team's channel or of all."""
        return self._found(_OPEN & (tasks.c.team == team) if team else _OPEN, most)

    def of_account(self, account_id: str) -> list[OurTask]:
        """All tasks of an account, ended ones too, those of single people among them."""
        return self._found(tasks.c.account_id == account_id)

    def of_person(self, person_id: str) -> list[OurTask]:
        """All tasks whose card names that person, or who they were before they were merged; ended ones too."""
        names = select(people.c.id).where((people.c.id == person_id) | (people.c.merged_into == person_id))
        return self._found(tasks.c.person_id.in_(names))

    def one(self, uid: str) -> OurTask | None:
        """The task with that id among all there are."""
        return next(iter(self._found(tasks.c.uid == uid)), None)

    def _found(self, which: ColumnElement[bool], most: int = MOST) -> list[OurTask]:
        with self._database.read() as connection:
            return [_read(row) for row in connection.execute(_question(which).limit(most))]


def _question(which: ColumnElement[bool]) -> Select[Any]:
    card = literal("task:").concat(tasks.c.uid).concat(":card:").concat(tasks.c.person_id)
    whole = (
        tasks.join(people, people.c.id == tasks.c.person_id)
        .join(_THEY, _THEY.c.id == func.coalesce(people.c.merged_into, people.c.id))
        .outerjoin(accounts, accounts.c.id == tasks.c.account_id)
        .outerjoin(outbox, outbox.c.key == card)
    )
    named = (_THEY.c.id.label("who"), _THEY.c.state.label("them"), accounts.c.state.label("company"), outbox.c.provider_id.label("place"))
    return select(tasks, *named).select_from(whole).where(which).order_by(tasks.c.due_at, tasks.c.uid)


def _read(row: Any) -> OurTask:
    person = row.them
    return OurTask(
        task=row.content,
        person_id=row.who,
        account_id=row.account_id,
        who=person.name or person.email or person.external_id or person.id,
        company=row.company.name if row.company else "",
        place=row.place or "",
    )
