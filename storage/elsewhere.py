"""When one channel may not carry a message: the next one may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from storage.conditions import suppressed
from storage.queued import Row
from storage.tables import outbox


def hand_on(connection: Connection, rows: Sequence[Row], ours: ColumnElement[bool]) -> None:
    """Hand rows whose address is shut on to the first channel after it that may be used, as a refusal for good would."""
    able = {row.id: [*after(row.via, row.channel)] for row in rows if row.to and row.to.kind == "person"}
    going: list[dict[str, Any]] = []
    for channel in sorted({c for rest in able.values() for c in rest}):
        these = ours & outbox.c.id.in_([id for id, rest in able.items() if channel in rest])
        free = set(connection.scalars(select(outbox.c.id).where(these, ~suppressed(channel))))
        able = {id: [c for c in rest if c != channel or id in free] for id, rest in able.items()}
    for row in rows:
        if rest := able.get(row.id):
            why = f"we may not write to them by {row.channel}"
            going.append({"one": row.id, "rest": tuple(rest), "next": rest[0], "why": why})
    if going:
        again = {"state": "pending", "token": None, "lease_until": None, "not_before": None, "attempt": 0}
        told: dict[str, Any] = {"via": bindparam("rest"), "channel": bindparam("next"), "error": bindparam("why")}
        connection.execute(update(outbox).where(ours, outbox.c.id == bindparam("one")).values(**again, **told), going)


def after(via: Sequence[str], channel: str) -> tuple[str, ...]:
    """The channels that come after one; none when it is not among them."""
    return tuple(via[via.index(channel) + 1 :]) if channel in via else ()
