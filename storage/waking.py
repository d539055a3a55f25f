"""Who is due, and when the next one is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from zlib import crc32

from sqlalchemy import Connection, DateTime, Select, bindparam, case, func, or_, select, update

from storage.conditions import PENDING
from storage.database import CHUNK, Database
from storage.tables import outbox, people

Which = Literal["held", "longest", "latest"]
"""Whom to wake: those whose case waited for room until now, of each team the riskiest first; or who is due, the longest or the shortest
time overdue first."""
Taken = Callable[[Connection, Sequence[str], datetime], None]
"""Told of a claim within its transaction: whom it is about, and until when they are leased (machine time)."""


def due(database: Database, now: datetime, limit: int, which: Which = "longest") -> list[str]:
    """People whose moment has come. `now` is world time."""
    with database.read() as connection:
        return list(connection.scalars(_waiting(which, now).limit(limit)))


def held(database: Database, now: datetime, limit: int) -> list[str]:
    """People whose case waited for room until now, of each team the riskiest first; who waited longest goes before who came later."""
    return due(database, now, limit, "held")


def claim_due(
    database: Database,
    now: datetime,
    limit: int,
    machine_now: datetime,
    lease: timedelta,
    which: Which = "longest",
    then: Taken | None = None,
    since: datetime | None = None,
) -> list[str]:
    """Lease people whose moment has come to somebody who will decide for them; the others see them no more until the lease ends.

    Saving a person ends their lease. `now` is world time, `machine_now` and the lease are machine time: PostgreSQL takes its own clock.
    `since`: only those whose moment came after that (world time).
    """
    machine = _machine(database, machine_now)
    free = or_(people.c.wake_lease.is_(None), people.c.wake_lease <= machine)
    if since is not None:
        free &= people.c.wake_at > since
    some = _waiting(which, now).where(free).limit(limit).with_for_update(skip_locked=True)
    mine = update(people).where(people.c.id.in_(some)).values(wake_lease=machine + lease).returning(people.c.id, people.c.wake_lease)
    with database.write() as connection:
        taken = connection.execute(mine).all()
        ids = [row.id for row in taken]
        if taken and then:
            then(connection, ids, taken[0].wake_lease)
    return ids


class Leased(NamedTuple):
    """People whose lease holds: whose moment has come, and for whom it is early, because whoever leased them has a clock that is ahead."""

    due: list[str]
    early: list[str]


def leased(database: Database, ids: Sequence[str], until: datetime, machine_now: datetime, now: datetime) -> Leased:
    """Those of these people who are still leased until that moment: nobody has decided for them since, and it has not passed.

    `now` is world time.
    """
    machine = _machine(database, machine_now)
    is_due = func.coalesce(people.c.wake_at <= now, False) | func.coalesce(people.c.held_until <= now, False)
    ours = select(people.c.id, is_due.label("due")).where(people.c.id.in_(ids), people.c.wake_lease == until, people.c.wake_lease > machine)
    with database.read() as connection:
        rows = connection.execute(ours).all()
    return Leased([row.id for row in rows if row.due], [row.id for row in rows if not row.due])


def rest(database: Database, ids: Sequence[str], machine_now: datetime, span: timedelta) -> None:
    """Leave these people alone for so long (machine time)."""
    if not ids:
        return
    with database.write() as connection:
        connection.execute(update(people).where(people.c.id.in_(ids)).values(wake_lease=_machine(database, machine_now) + span))


def _machine(database: Database, now: datetime) -> Any:
    """Machine time; of PostgreSQL's clock the beginning of the statement, so that all rows of a claim are leased until the same moment."""
    return now if database.is_sqlite else func.statement_timestamp(type_=DateTime(timezone=True))


def _waiting(which: Which, now: datetime) -> Select[tuple[str]]:
    if which == "held":
        riskiest = (people.c.held_team, people.c.held_risk.desc(), people.c.held_until, people.c.id)
        return select(people.c.id).where(people.c.held_until <= now).order_by(*riskiest)
    order = people.c.wake_at if which == "longest" else people.c.wake_at.desc()
    return select(people.c.id).where(people.c.wake_at <= now).order_by(order)


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
