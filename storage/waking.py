"""Who is due, and when the next one is."""

from __future__ import annotations

from datetime import datetime, timedelta
from zlib import crc32

from sqlalchemy import bindparam, case, func, select, update

from storage.conditions import PENDING
from storage.database import CHUNK, Database
from storage.tables import outbox, people


def due(database: Database, now: datetime, limit: int) -> list[str]:
    """People whose moment has come, the longest overdue first. `now` is world time."""
    waiting = select(people.c.id).where(people.c.wake_at <= now).order_by(people.c.wake_at).limit(limit)
    with database.read() as connection:
        return list(connection.scalars(waiting))


def held(database: Database, now: datetime, limit: int) -> list[str]:
    """People whose case waited for room until now, of each team the riskiest first; who waited longest goes before who came later."""
    waiting = select(people.c.id).where(people.c.held_until <= now)
    order = (people.c.held_team, people.c.held_risk.desc(), people.c.held_until, people.c.id)
    with database.read() as connection:
        return list(connection.scalars(waiting.order_by(*order).limit(limit)))


def next_due(database: Database) -> datetime | None:
    """The next moment of world time at which a person wakes, a case may open or a message is due. It may have passed already."""
    questions = (
        select(func.min(people.c.wake_at)),
        select(func.min(people.c.held_until)).where(people.c.held_until.is_not(None)),
        select(func.min(outbox.c.due_at)).where(PENDING),
    )
    with database.read() as connection:
        moments = [connection.scalar(question) for question in questions]
    return min((at for at in moments if at), default=None)


def wake(database: Database, playbook: str, spread_from: datetime, spread_to: datetime) -> int:
    """Ask everyone on a journey of this playbook again, each at a moment of the span that is their own, unless they are due before.

    Gives how many. Goes by chunks, so that nobody waits long for the writer's turn.
    """
    seconds = max((spread_to - spread_from).total_seconds(), 0)
    moment = bindparam("moment", type_=people.c.wake_at.type)
    later = people.c.wake_at.is_(None) | (people.c.wake_at > moment)
    earlier = case((later, moment), else_=people.c.wake_at)
    active = (people.c.playbook == playbook) & people.c.active
    wakes = update(people).where(people.c.id == bindparam("them"), active).values(wake_at=earlier, version=people.c.version + 1)
    last, woken = "", 0
    while True:
        with database.write() as connection:
            some = list(connection.scalars(select(people.c.id).where(active, people.c.id > last).order_by(people.c.id).limit(CHUNK)))
            rows = [{"them": one, "moment": spread_from + timedelta(seconds=seconds * (crc32(one.encode()) % 1000) / 1000)} for one in some]
            if not rows:
                return woken
            woken += connection.execute(wakes, rows).rowcount
        last = some[-1]
