"""Merges, as they were saved: names follow, and what was done can be found and undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from flows.events import Merged, MergedInto
from storage.batch import Batch
from storage.database import Conflict, Database
from storage.rows import Columns
from storage.tables import UNFINISHED, identities, merges, outbox, people

UNSETTLED = (*UNFINISHED, "unknown")
"""States of a message of which something may still become."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """One merge, or one that was refused. `id` is the key of its event; `at` and `undone_at` are world time."""

    id: str
    at: datetime
    kept: str
    gone: str
    because: str = ""
    refused: str = ""
    undone_at: datetime | None = None
    undone_by: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """Something others call a person by. `moved_from` is our id of whose it was before a merge, '' for their own."""

    kind: str
    namespace: str
    value: str
    moved_from: str


@dataclass(frozen=True, slots=True)
class Kin:
    """People who are or were one, they themselves included; the merges among them that were taken back, and those refused, with why.

    What made a merge refused may be gone when it is decided again: its row says so, whatever deciding says.
    """

    people: set[str]
    undone: frozenset[str]
    refused: dict[str, str]


def settle(database: Database, connection: Connection, batch: Batch) -> None:
    """The merges of a batch: names move to who is kept, who was merged earlier leads there too, and each is recorded.

    Raises Conflict when somebody got an external id meanwhile.
    """
    rows = list(_rows(batch))
    for row in rows:
        if not row["refused"]:
            _same_ids(connection, batch, row["kept"], row["gone"])
            _move(connection, row["kept"], row["gone"])
    if rows:
        connection.execute(database.insert(merges).on_conflict_do_nothing(), rows)


def _rows(batch: Batch) -> Iterator[Columns]:
    into = {event.who: decision for event, decision in batch.decided if isinstance(event, MergedInto) and decision.person.merged_into}
    for event, decision in batch.decided:
        if isinstance(event, MergedInto) and event.who in into:
            yield _row(event.key.removesuffix(":into"), batch.now, event.into, event.who, event.because, "")
        if isinstance(event, Merged) and event.other not in decision.person.merged and event.other != event.who:
            why = next((reason.because for reason in decision.reasons if reason.rule == "identity"), "")
            yield _row(event.key, batch.now, event.who, event.other, event.because, why.removeprefix(f"{event.because}: ") or "refused")


def _row(key: str, at: datetime, kept: str, gone: str, because: str, refused: str) -> Columns:
    none: Columns = {"undone_at": None, "undone_by": ""}
    return {"id": key, "at": at, "kept": kept, "gone": gone, "because": because, "refused": refused, **none}


def _same_ids(connection: Connection, batch: Batch, kept: str, gone: str) -> None:
    """Raises Conflict when one of them is called otherwise than when this was decided."""
    both = select(people.c.id, people.c.external_id).where(people.c.id.in_((kept, gone)))
    now: dict[str, str] = {row.id: row.external_id for row in connection.execute(both)}
    if any(who in batch.before and now[who] != batch.before[who].person.external_id for who in (kept, gone)):
        raise Conflict("someone got an external id meanwhile")
    if now[gone] and not now[kept]:
        connection.execute(update(people).where(people.c.id == kept).values(external_id=now[gone]))


def _move(connection: Connection, kept: str, gone: str) -> None:
    theirs = identities.c.person_id == gone
    moved_from = func.coalesce(identities.c.moved_from, identities.c.person_id)
    connection.execute(update(identities).where(theirs).values(person_id=kept, moved_from=moved_from))
    waiting = (outbox.c.person_id == gone) & outbox.c.state.in_(UNSETTLED)  # what may be sent is asked of who they are now
    connection.execute(update(outbox).where(waiting).values(person_id=kept))
    led = update(people).where(people.c.merged_into == gone)
    connection.execute(led.values(merged_into=kept, version=people.c.version + 1))


def of_person(database: Database, person_id: str) -> list[Merge]:
    """Every merge that this person had a part in, undone and refused ones too, in order."""
    part = or_(merges.c.kept == person_id, merges.c.gone == person_id)
    with database.read() as connection:
        return [_merge(row) for row in connection.execute(select(merges).where(part).order_by(merges.c.at, merges.c.id))]


def connected(connection: Connection, who: Sequence[str], without: frozenset[str] = frozenset()) -> Kin:
    """Everybody who is or ever was one with these people, and which merges to leave out when that is folded again."""
    found, edge = set(who), set(who)
    undone, refused = set(without), dict[str, str]()
    while edge:
        part = or_(merges.c.kept.in_(edge), merges.c.gone.in_(edge))
        rows = connection.execute(select(merges).where(part)).all()
        undone |= {row.id for row in rows if row.undone_at is not None}
        refused |= {row.id: row.refused for row in rows if row.refused}
        edge = {who for row in rows if not row.refused for who in (row.kept, row.gone)} - found
        found |= edge
    return Kin(found, frozenset(undone), refused)


def names_of(database: Database, person_id: str) -> list[Name]:
    """Everything others call a person by."""
    columns = (identities.c.kind, identities.c.namespace, identities.c.value, identities.c.moved_from)
    mine = select(*columns).where(identities.c.person_id == person_id).order_by(*columns[:3])
    with database.read() as connection:
        return [Name(row.kind, row.namespace, row.value, row.moved_from or "") for row in connection.execute(mine)]


def _merge(row: Any) -> Merge:
    return Merge(**row._mapping)
