"""Taking rows that are due: the statements, each built once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Connection, Integer, Interval, bindparam, select, update

from storage.conditions import DATABASE_CLOCK, HELD, claimable, urgent
from storage.prepared import Prepared, Reader
from storage.queued import COLUMNS, Row, as_row
from storage.tables import outbox

Machine = datetime | ColumnElement[datetime]
"""A moment of machine time, or the clock of the database that is to be asked for it."""

_READER = Reader(COLUMNS)
_WORLD = bindparam("world", type_=outbox.c.due_at.type)


class Asked(NamedTuple):
    """What is claimed, and when. `world` is world time.

    `above`: only what has a higher priority; None for all. `to`: only what is for one of these recipients; None for all. On PostgreSQL.
    """

    limit: int
    world: datetime
    machine: Machine
    above: int | None = None
    to: Sequence[str] | None = None


def claim(connection: Connection, asked: Asked, token: str, lease: timedelta) -> list[Row]:
    """Take them, the most urgent first: they are of this token until the lease ends."""
    return _rows(connection, _mine(asked, read=True), _values(asked, token, lease))


def take(connection: Connection, asked: Asked, token: str, lease: timedelta) -> list[int]:
    """Take them for somebody who reads them later. Gives the priority of each, the highest first."""
    return sorted((-row[0] for row in _mine(asked, read=False).run(connection, _values(asked, token, lease))), reverse=True)


def claimed(connection: Connection, token: str, machine: Machine) -> list[Row]:
    """The rows of that token that are still held and unsent, the most urgent first."""
    return _rows(connection, _claimed(own_clock=isinstance(machine, datetime)), {"claim": token, "machine": machine})


def has_urgent(connection: Connection, asked: Asked) -> bool:
    """Whether anything with a higher priority is due."""
    looking = _urgent(own_clock=isinstance(asked.machine, datetime))
    values = {"world": asked.world, "machine": asked.machine, "above": asked.above}
    return bool(looking.run(connection, values).scalar())


def _rows(connection: Connection, statement: Prepared, values: dict[str, Any]) -> list[Row]:
    found = statement.run(connection, values).all()
    return sorted(map(as_row, _READER.read(connection.dialect, found)), key=lambda row: (-row.priority, row.id))


def _mine(asked: Asked, *, read: bool) -> Prepared:
    return _claiming(own_clock=isinstance(asked.machine, datetime), above=asked.above is not None, to=asked.to is not None, read=read)


def _values(asked: Asked, token: str, lease: timedelta) -> dict[str, Any]:
    values = {"most": asked.limit, "world": asked.world, "claim": token, "lease": lease, "above": asked.above, "whom": asked.to}
    if isinstance(asked.machine, datetime):
        values |= {"machine": asked.machine, "until": asked.machine + lease}
    return values


@cache
def _claiming(*, own_clock: bool, above: bool, to: bool, read: bool) -> Prepared:
    until = bindparam("until", type_=outbox.c.lease_until.type) if own_clock else DATABASE_CLOCK + bindparam("lease", type_=Interval)
    some = claimable(
        bindparam("most", type_=Integer),
        _WORLD,
        _machine(own_clock),
        above=bindparam("above", type_=Integer) if above else None,
        to=bindparam("whom", type_=ARRAY(outbox.c.recipient.type)) if to else None,
    )
    taken = {"state": "claimed", "token": bindparam("claim"), "lease_until": until, "attempt": outbox.c.attempt + 1}
    mine = update(outbox).where(outbox.c.id.in_(some)).values(taken).returning(*COLUMNS if read else [outbox.c.rank])
    moments = ["machine", "until"] if own_clock else ["lease"]
    return Prepared(mine, ["most", "world", "claim", *moments, *(["above"] if above else []), *(["whom"] if to else [])])


@cache
def _claimed(*, own_clock: bool) -> Prepared:
    held = (outbox.c.token == bindparam("claim")) & (outbox.c.state == "claimed") & (outbox.c.lease_until > _machine(own_clock))
    return Prepared(select(*COLUMNS).where(HELD, held), ["claim", *_clock(own_clock)])


@cache
def _urgent(*, own_clock: bool) -> Prepared:
    return Prepared(select(urgent(bindparam("above", type_=Integer), _WORLD, _machine(own_clock))), ["above", "world", *_clock(own_clock)])


def _machine(own_clock: bool) -> ColumnElement[datetime]:
    return bindparam("machine", type_=outbox.c.lease_until.type) if own_clock else DATABASE_CLOCK


def _clock(own_clock: bool) -> list[str]:
    return ["machine"] if own_clock else []
