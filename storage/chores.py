"""Regular work that survives a restart: the row says when it is due, and only one process gets to do it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import DateTime, func, select, update

from storage.database import Database
from storage.tables import chores

NOTED_EVERY = timedelta(seconds=1)
FIRST = datetime.min.replace(tzinfo=UTC)
AHEAD = timedelta(minutes=5)
"""What was done so far in the future was done by a machine whose clock is wrong."""


class Chores:
    """Chores by name."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[str, datetime] = {}

    def plan(self, name: str, first: datetime) -> None:
        """Put a chore on the list; one that is there already keeps its moment."""
        new = self._database.insert(chores).values(name=name, due_at=first, done_at=None)
        keep = new.on_conflict_do_update(index_elements=["name"], set_={"due_at": first}, where=chores.c.due_at.is_(None))
        with self._database.write() as connection:
            connection.execute(keep)

    def due(self, now: datetime) -> list[tuple[str, datetime]]:
        """Chores whose moment has come, with that moment; also those that a machine with a wrong clock moved on, which was no turn."""
        moved_on = func.coalesce(chores.c.done_at, chores.c.due_at) > now + AHEAD
        waiting = select(chores.c.name, chores.c.due_at).where((chores.c.due_at <= now) | (chores.c.due_at.is_not(None) & moved_on))
        with self._database.read() as connection:
            return [(row.name, row.due_at) for row in connection.execute(waiting.order_by(chores.c.due_at))]

    def advance(self, name: str, due: datetime, following: datetime, now: datetime) -> bool:
        """Take a due chore by moving it on. False when someone else did: then leave it to them."""
        mine = (chores.c.name == name) & (chores.c.due_at == due)
        with self._database.write() as connection:
            return connection.execute(update(chores).where(mine).values(due_at=following, done_at=now)).rowcount == 1

    def turn(self, name: str, every: timedelta, now: datetime) -> bool:
        """Take one's turn at something that of all processes one does, once in that time (machine time). False when somebody else did."""
        machine = now if self._database.is_sqlite else func.clock_timestamp(type_=DateTime(timezone=True))
        new = self._database.insert(chores).values(name=name, due_at=machine + every, done_at=machine)
        mine = new.on_conflict_do_update(
            index_elements=["name"], set_={"due_at": new.excluded.due_at, "done_at": new.excluded.done_at}, where=chores.c.due_at <= machine
        )
        with self._database.write() as connection:
            return connection.execute(mine.returning(chores.c.name)).first() is not None

    def beat(self, name: str, at: datetime) -> None:
        """Note when something ran, for the health page; `tick` is what that page looks for. Once a second is enough."""
        if timedelta() <= at - self._noted.get(name, FIRST) < NOTED_EVERY:
            return
        self._noted[name] = at
        new = self._database.insert(chores).values(name=name, due_at=None, done_at=at)
        with self._database.write() as connection:
            connection.execute(new.on_conflict_do_update(index_elements=["name"], set_={"done_at": at}))
