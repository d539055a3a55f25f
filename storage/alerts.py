"""What is wrong with Handrail itself, and what of it our own people have heard."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from storage.database import Database
from storage.tables import alerts


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """How it stands with one kind of trouble. Machine time.

    `kind` is such as clock, late, unknown, parked, or refuses:email. `since` is when it began, None when there is none. `told` is what
    our people heard last: that it began, or that it is over. `facts` are the numbers to tell it with.
    """

    kind: str
    since: datetime | None = None
    told: bool = False
    told_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def alerts_kept(database: Database) -> dict[str, Alert]:
    """All of them, by kind."""
    with database.read() as connection:
        return {row["kind"]: Alert(**row) for row in connection.execute(select(alerts).order_by(alerts.c.kind)).mappings()}


def keep(database: Database, changed: Collection[Alert]) -> None:
    """Write down how it stands now."""
    if not changed:
        return
    fields = ("since", "told", "told_at", "facts")
    new = database.insert(alerts)
    rows = [{"kind": one.kind} | {name: getattr(one, name) for name in fields} for one in changed]
    put = new.on_conflict_do_update(index_elements=["kind"], set_={name: new.excluded[name] for name in fields})
    with database.write() as connection:
        connection.execute(put, rows)


def drop(database: Database, kinds: Collection[str]) -> None:
    """These can't be wrong any more: their channel is gone."""
    if kinds:
        with database.write() as connection:
            connection.execute(delete(alerts).where(alerts.c.kind.in_(list(kinds))))
