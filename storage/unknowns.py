"""Messages of unknown fate, for people to settle: sent again, or left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storage.conditions import UNKNOWN
from storage.database import Database
from storage.queued import Row, queued
from storage.tables import outbox, unknowns_left


def unsettled(database: Database, limit: int, after: int = 0) -> list[Row]:
    """Messages that may have arrived and that nobody has settled, oldest first. `after` is the last row of the page before."""
    left = select(unknowns_left.c.id).where(unknowns_left.c.id == outbox.c.id).exists()
    wanted = select(outbox).where(UNKNOWN, ~left, outbox.c.id > after).order_by(outbox.c.id).limit(limit)
    with database.read() as connection:
        return [queued(row) for row in connection.execute(wanted)]


def leave(database: Database, id: int, at: datetime) -> bool:
    """Somebody looked and leaves it as it is (`at`: machine time). It holds up nothing and is not listed any more. False when it was."""
    new = database.insert(unknowns_left).values(id=id, at=at).on_conflict_do_nothing().returning(unknowns_left.c.id)
    with database.write() as connection:
        return connection.scalar(new) is not None
