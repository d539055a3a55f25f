"""How much came in from each source, hour by hour: enough to tell that something is not as usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from storage.database import Database
from storage.tables import event_volumes

COUNTS = ("n", "refused", "unknown", "skew_ms", "skew_n", "skewed", "late", "future")


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """What came from a source within one hour of world time, `hour` being its beginning.

    `n` were let in and `refused` were not. `unknown` are events that no playbook names, `late` those that are too old to count, `future`
    those that had not happened yet. Of `skew_n` the sender said when it sent them: its clock was ahead by `skew_ms` milliseconds in all
    (behind: less than 0), and for `skewed` of them it was off by more than `bot.ingest.noticing.OFF`.
    """

    source: str
    hour: datetime
    n: int = 0
    refused: int = 0
    unknown: int = 0
    skew_ms: int = 0
    skew_n: int = 0
    skewed: int = 0
    late: int = 0
    future: int = 0


def add(database: Database, connection: Connection, found: Sequence[Volume]) -> None:
    """Add to what is counted, in one statement. Others may do so at the same time."""
    if not found:
        return
    new = database.insert(event_volumes)
    more = {name: event_volumes.c[name] + new.excluded[name] for name in COUNTS}
    rows = [
        {"source": one.source, "hour": one.hour} | {name: getattr(one, name) for name in COUNTS}
        for one in sorted(found, key=lambda one: (one.source, one.hour))
    ]
    connection.execute(new.on_conflict_do_update(index_elements=["source", "hour"], set_=more), rows)


def volumes(database: Database, since: datetime) -> dict[str, list[Volume]]:
    """By source, in order, the hours in which anything came since that moment."""
    wanted = select(event_volumes).where(event_volumes.c.hour >= since).order_by(event_volumes.c.source, event_volumes.c.hour)
    found: dict[str, list[Volume]] = {}
    with database.read() as connection:
        for row in connection.execute(wanted).mappings():
            found.setdefault(row["source"], []).append(Volume(**row))
    return found


def beginnings(database: Database) -> dict[str, datetime]:
    """The first hour of each source that is still kept."""
    with database.read() as connection:
        first = select(event_volumes.c.source, func.min(event_volumes.c.hour).label("hour")).group_by(event_volumes.c.source)
        return {row.source: row.hour for row in connection.execute(first)}


def forget(database: Database, before: datetime) -> None:
    """Let go of hours that nobody compares with any more."""
    with database.write() as connection:
        connection.execute(delete(event_volumes).where(event_volumes.c.hour < before))
