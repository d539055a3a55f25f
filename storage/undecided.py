"""Events that could not be decided: kept, tried again, and in the end parked where people see them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from flows.events import AnyEvent, Tick
from flows.people import Person
from storage import codec
from storage.database import Database
from storage.rows import event_row, new_person
from storage.tables import events, people

MOST_ATTEMPTS = 5
"""After so many an event is parked: only a repeat of it, or a person, tries again."""

ASK_AGAIN = timedelta(days=1)
"""How much later someone is asked again whose waking could not be decided, so that the clock does not stand still before them."""


def keep(database: Database, event: AnyEvent, error: str, raw: str | None, machine_now: datetime) -> int:
    """Store an event without a decision and count the attempt; the fifth parks it.

    Gives how many there were, 0 when it was decided meanwhile.
    """
    row = {**event_row(event, None, raw), "error": error, "tried_at": machine_now}
    new = database.insert(events).values(row)
    tries = events.c.attempts + 1
    again = {"attempts": tries, "parked": tries >= MOST_ATTEMPTS, "error": new.excluded.error, "tried_at": new.excluded.tried_at}
    upsert = new.on_conflict_do_update(index_elements=["source", "key"], set_=again, where=events.c.decided_at.is_(None))
    with database.write() as connection:
        connection.execute(database.insert(people).on_conflict_do_nothing(), [new_person(Person(id=event.who))])
        attempts: int = connection.scalar(upsert.returning(events.c.attempts)) or 0
        if attempts and isinstance(event, Tick):
            slept = (people.c.id == event.who) & (people.c.wake_at <= event.at)
            connection.execute(update(people).where(slept).values(wake_at=event.at + ASK_AGAIN))
            waited = (people.c.id == event.who) & (people.c.held_until <= event.at)
            connection.execute(update(people).where(waited).values(held_until=event.at + ASK_AGAIN))
        return attempts


def waiting(database: Database, limit: int, older_than: datetime) -> list[AnyEvent]:
    """Events to try again, oldest first: not parked, and last tried before that moment of machine time."""
    open_ones = events.c.decided_at.is_(None) & events.c.parked.is_(False) & (events.c.tried_at <= older_than)
    with database.read() as connection:
        return [codec.event(row) for row in connection.execute(select(events).where(open_ones).order_by(events.c.id).limit(limit))]
