"""The history of segments: every change with its moment and its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from flows.people import Person, Segment
from storage.batch import Batch
from storage.database import Database
from storage.prepared import Prepared
from storage.rows import Columns
from storage.tables import segment_changes


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Somebody came into a segment. `before` is '' at first, `segment` when the dimension or the journey was gone. World time."""

    dimension: str
    before: str
    segment: str
    at: datetime
    because: str


_CHANGED = Prepared(segment_changes.insert(), ("person_id", "dimension", "before", "segment", "at", "because"))


def history(database: Database, person_id: str, dimension: str | None = None) -> list[Change]:
    """The changes of one person, oldest first; those of one dimension when it is named."""
    mine = segment_changes.c.person_id == person_id
    asked = mine & (segment_changes.c.dimension == dimension) if dimension is not None else mine
    with database.read() as connection:
        rows = connection.execute(select(segment_changes).where(asked).order_by(segment_changes.c.id)).all()
    return [Change(dimension=row.dimension, before=row.before, segment=row.segment, at=row.at, because=row.because) for row in rows]


def keep(connection: Connection, batch: Batch) -> None:
    """Note every change of a batch, also those that a later decision of the same batch changed again."""
    _CHANGED.many(connection, list(_changes(batch)))


def _changes(batch: Batch) -> Iterator[Columns]:
    known = {who: _segments(subject.person) for who, subject in batch.before.items()}
    for event, decision in batch.decided:
        before, after = known.get(event.who, {}), _segments(decision.person)
        if before is after:
            continue
        known[event.who] = after
        for dimension in {**before, **after}:
            was, now = before.get(dimension), after.get(dimension)
            if (was.name if was else "") != (now.name if now else ""):
                yield {
                    "person_id": event.who,
                    "dimension": dimension,
                    "before": was.name if was else "",
                    "segment": now.name if now else "",
                    "at": now.since if now else batch.now,
                    "because": now.because if now else "",
                }


def _segments(person: Person) -> Mapping[str, Segment]:
    return person.journey.segments if person.journey else {}
