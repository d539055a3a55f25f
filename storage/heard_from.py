"""What came from each sender: how much, and when the last of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from storage.database import Database
from storage.tables import events, strays


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardFrom:
    """Of one source: events about people, things about nobody we know, and when the last of either came (world time), None for never."""

    events: int = 0
    strays: int = 0
    last_at: datetime | None = None


def heard_from(database: Database, names: Collection[str]) -> dict[str, HeardFrom]:
    """By source; one that was never heard is there too."""
    came = func.coalesce(events.c.decided_at, events.c.at)
    of_people = select(events.c.source, func.count().label("n"), func.max(came).label("last_at")).group_by(events.c.source)
    of_nobody = select(strays.c.source, func.count().label("n"), func.max(strays.c.at).label("last_at")).group_by(strays.c.source)
    with database.read() as connection:
        known = {row.source: row for row in connection.execute(of_people.where(events.c.source.in_(names)))}
        others = {row.source: row for row in connection.execute(of_nobody.where(strays.c.source.in_(names)))}
    return {
        name: HeardFrom(
            events=known[name].n if name in known else 0,
            strays=others[name].n if name in others else 0,
            last_at=max((row.last_at for row in (known.get(name), others.get(name)) if row), default=None),
        )
        for name in names
    }
