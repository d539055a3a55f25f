"""Taking rows that are due: the statements, each built once."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Integer, Interval, bindparam, select, update

from storage.conditions import DATABASE_CLOCK, HELD, claimable, urgent
from storage.prepared import Prepared, Reader
from storage.queued import COLUMNS, Row, as_row
from storage.tables import outbox

Machine = datetime | ColumnElement[datetime]
"""A moment of machine time, or the clock of the database that is to be asked for it."""

_READER = Reader(COLUMNS)
_WORLD = bindparam("world", type_=outbox.c.due_at.type)


class Asked(NamedTuple):
    """What is claimed, and when. `world` is world time. `above`: only what has a higher priority; None for all."""

    limit: int
    world: datetime
    machine: Machine
    above: int | None = None


def claim(connection: Connection, asked: Asked, token: str, lease: timedelta) -> list[Row]:
    """Take them, the most urgent first: they are of this token until the lease ends."""
    values = {"most": asked.limit, "world": asked.world, "claim": token, "lease": lease, "above": asked.above}
    if isinstance(asked.machine, datetime):
        values |= {"machine": asked.machine, "until": asked.machine + lease}
    mine = _claiming(own_clock=isinstance(asked.machine, datetime), above=asked.above is not None)
    return _rows(connection, mine, values)


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


@cache
def _claiming(*, own_clock: bool, above: bool) -> Prepared:
    until = bindparam("until", type_=outbox.c.lease_until.type) if own_clock else DATABASE_CLOCK + bindparam("lease", type_=Interval)
    some = claimable(bindparam("most", type_=Integer), _WORLD, _machine(own_clock), bindparam("above", type_=Integer) if above else None)
    taken = {"state": "claimed", "token": bindparam("claim"), "lease_until": until, "attempt": outbox.c.attempt + 1}
    mine = update(outbox).where(outbox.c.id.in_(some)).values(taken).returning(*COLUMNS)
    moments = ["machine", "until"] if own_clock else ["lease"]
    return Prepared(mine, ["most", "world", "claim", *moments, *(["above"] if above else [])])


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
