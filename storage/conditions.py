"""The conditions that the outbox's protocol rests on, as SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, and_, any_, case, exists, false, func, literal_column, or_, select, text

from storage.suppressions import CHANNELS, OWN_WORD
from storage.tables import UNFINISHED, outbox, people, suppressions

# Written into the statements, as in the partial indexes: the planner has to see that an index's condition holds.
PENDING = outbox.c.state == literal_column("'pending'")
UNKNOWN = outbox.c.state == literal_column("'unknown'")
_NOT_ARRIVED: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in ("failed", "suppressed", "expired", "unknown")]
UNTOLD = and_(outbox.c.state.in_(_NOT_ARRIVED), text("NOT outbox.told"))
_UNFINISHED_STATES: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in UNFINISHED]
DATABASE_CLOCK = func.clock_timestamp(type_=DateTime(timezone=True))
"""Machine time on PostgreSQL, so that the clocks of several machines need not agree."""
UNFINISHED_ROWS = outbox.c.state.in_(_UNFINISHED_STATES)
HELD = outbox.c.state.in_([literal_column("'claimed'"), literal_column("'sending'")])
"""Rows that somebody has a lease on."""


Moment = ColumnElement[datetime] | datetime


def claimable(
    limit: ColumnElement[int],
    world_now: Moment,
    machine_now: Moment,
    above: ColumnElement[int] | None = None,
    to: ColumnElement[Any] | None = None,
) -> Select[Any]:
    """Ids of what may be claimed: due, not backing off, not expired, and the oldest unfinished of its recipient.

    `above`: only what has a higher priority. `to`: only what is for one of these recipients, a list; on PostgreSQL.
    """
    older = outbox.alias("older")
    waits_for = exists().where(
        older.c.recipient == outbox.c.recipient,
        older.c.id < outbox.c.id,
        older.c.state.in_(_UNFINISHED_STATES),
        older.c.due_at <= world_now,
    )
    ready = and_(_due(world_now, machine_now), waits_for.is_not(True))  # not a join: planned by what was counted before they came
    if above is not None:
        ready = and_(ready, outbox.c.rank < -above)
    if to is not None:
        ready = and_(ready, outbox.c.recipient == any_(to))
    return select(outbox.c.id).where(ready).order_by(outbox.c.rank, outbox.c.id).limit(limit).with_for_update(skip_locked=True)


def urgent(above: ColumnElement[int], world_now: Moment, machine_now: Moment) -> ColumnElement[bool]:
    """Whether anything with a higher priority is due. It may have to wait for an older one to the same recipient all the same."""
    return select(outbox.c.id).where(_due(world_now, machine_now), outbox.c.rank < -above).exists()


def _due(world_now: Moment, machine_now: Moment) -> ColumnElement[bool]:
    return and_(
        PENDING,
        outbox.c.due_at <= world_now,
        outbox.c.not_before.is_(None) | (outbox.c.not_before <= machine_now),
        outbox.c.expires_at.is_(None) | (outbox.c.expires_at > world_now),
    )


def suppressed(channel: str) -> ColumnElement[bool]:
    """Whether the person may not be written to by this channel; any closed channel counts while the channel is unknown.

    Their own opt-out lets answers pass; a bounce or a complaint lets nothing pass.
    """
    by = [one for one in CHANNELS if channel in (one, "")]
    addresses = {"slack": people.c.slack, "email": people.c.email}
    closed = [
        exists().where(
            people.c.id == outbox.c.person_id,
            suppressions.c.channel == one,
            suppressions.c.address == addresses[one],
            or_(suppressions.c.reason != OWN_WORD, ~outbox.c.essential),
        )
        for one in by
    ]
    return and_(outbox.c.recipient.like("person:%"), or_(false(), *closed))


def requeued() -> ColumnElement[str]:
    """Pending again; a drawing for which another waits already is not needed any more."""
    twin = outbox.alias("twin")
    waits = exists().where(twin.c.recipient == outbox.c.recipient, twin.c.kind == "draw", twin.c.state == "pending")
    return case((and_(outbox.c.kind == "draw", waits), "withdrawn"), else_="pending")


def lost() -> ColumnElement[str]:
    """What becomes of a row of which nobody knows whether it went out: a drawing is done again, a message is unknown."""
    return case((outbox.c.kind == "draw", requeued()), else_="unknown")
