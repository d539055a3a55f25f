"""What is wrong with the sources of events, and what of it our own people have heard."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, select

from storage.database import Database
from storage.tables import guardrails

Kind = Literal["volume", "silent", "names", "skew", "refused"]
"""Less than usual, nothing at all, names that no playbook knows, a clock that is wrong, much that is refused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """How it stands with one kind of trouble of one source. World time.

    `since` is when it began, None when there is none. `told` is what our people heard last: that it began, or that it is over.
    `facts` are the numbers and names to tell it with.
    """

    source: str
    kind: Kind
    since: datetime | None = None
    told: bool = False
    told_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def marks(database: Database) -> list[Mark]:
    """All of them, by source and kind."""
    with database.read() as connection:
        rows = connection.execute(select(guardrails).order_by(guardrails.c.source, guardrails.c.kind)).mappings()
        return [Mark(**row) for row in rows]


def keep(database: Database, changed: Collection[Mark]) -> None:
    """Write down how it stands now."""
    if not changed:
        return
    fields = ("since", "told", "told_at", "facts")
    new = database.insert(guardrails)
    rows = [{"source": one.source, "kind": one.kind} | {name: getattr(one, name) for name in fields} for one in changed]
    put = new.on_conflict_do_update(index_elements=["source", "kind"], set_={name: new.excluded[name] for name in fields})
    with database.write() as connection:
        connection.execute(put, rows)


def drop(database: Database, sources: Collection[str]) -> None:
    """These are sources no more."""
    if sources:
        with database.write() as connection:
            connection.execute(delete(guardrails).where(guardrails.c.source.in_(list(sources))))
