"""The last look before sending: which of some claimed rows may go now, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, literal_column, or_, update

from storage.conditions import DATABASE_CLOCK, suppressed
from storage.database import chunks
from storage.elsewhere import hand_on
from storage.prepared import Prepared
from storage.queued import Row
from storage.settling import AT_ONCE, IDS, THESE, ids_of
from storage.tables import outbox

Machine = datetime | ColumnElement[datetime]
"""A moment of machine time, or the clock of the database that is to be asked for it."""


def fence(connection: Connection, rows: Sequence[Row], world_now: datetime, machine: Machine) -> set[int]:
    """Move those to `sending` that are still ours, whose lease holds, that have not expired and may go to that address. Gives their ids.

    Of the others, what expired is `expired`; what may not go to that address waits for the next channel of `via` that may carry it, and is
    `suppressed` when there is none.
    """
    passed: set[int] = set()
    for token, channel in dict.fromkeys((row.token, row.channel) for row in rows):
        going = _going(channel, own_clock=isinstance(machine, datetime))
        for some in chunks([row.id for row in rows if (row.token, row.channel) == (token, channel)], AT_ONCE):
            asked = {**ids_of(some), "claim": token, "world": world_now, "machine": machine}
            passed |= {row[0] for row in going.run(connection, asked).all()}
    if stopped := [row for row in rows if row.id not in passed]:
        for token in dict.fromkeys(row.token for row in stopped):
            _stop(connection, [row for row in stopped if row.token == token], token, world_now, machine)
    return passed


@cache
def _going(channel: str, *, own_clock: bool) -> Prepared:
    machine = bindparam("machine", type_=outbox.c.lease_until.type) if own_clock else DATABASE_CLOCK
    in_time = or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > bindparam("world", type_=outbox.c.expires_at.type))
    free = _ours(bindparam("claim"), machine) & THESE & in_time & ~suppressed(channel)
    names = [*IDS, "claim", "world", *(["machine"] if own_clock else [])]
    return Prepared(update(outbox).where(free).values(state="sending", channel=channel).returning(outbox.c.id), names)


def _stop(connection: Connection, rows: Sequence[Row], token: str, world_now: datetime, machine: Machine) -> None:
    ours = _ours(token, machine)
    these = ours & outbox.c.id.in_([row.id for row in rows])
    connection.execute(update(outbox).where(these, outbox.c.expires_at <= world_now).values(state="expired"))
    hand_on(connection, rows, ours)
    connection.execute(update(outbox).where(these).values(state="suppressed"))


def _ours(token: Any, machine: Any) -> ColumnElement[bool]:
    claimed = outbox.c.state == literal_column("'claimed'")  # given as a value SQLite would plan anew each time, for its partial indexes
    return and_(outbox.c.token == token, claimed, outbox.c.lease_until > machine)
