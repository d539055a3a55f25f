"""What became of messages, minute by minute, counted by every process that delivers: so that one that does not can tell how it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, select

from storage.database import Database
from storage.tables import sendings


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """What became of `n` messages of a channel: sent, failed, unknown, retried, busy (429), suppressed, expired.

    `minute` is the beginning of a minute of machine time. `late_n` of them passed the fence, `late_ms` milliseconds after they were due
    in all, the latest of them `late_most_ms`.
    """

    channel: str
    fate: str
    minute: datetime
    n: int
    late_n: int = 0
    late_ms: int = 0
    late_most_ms: int = 0


def add(database: Database, found: Sequence[Sending]) -> None:
    """Add to what is counted, in one commit. Others may do so at the same time."""
    if not found:
        return
    new = database.insert(sendings)
    more = {name: sendings.c[name] + new.excluded[name] for name in ("n", "late_n", "late_ms")}
    most = case((sendings.c.late_most_ms > new.excluded.late_most_ms, sendings.c.late_most_ms), else_=new.excluded.late_most_ms)
    fields = ("channel", "fate", "minute", "n", "late_n", "late_ms", "late_most_ms")
    rows = [{name: getattr(one, name) for name in fields} for one in sorted(found, key=lambda one: (one.minute, one.channel, one.fate))]
    put = new.on_conflict_do_update(index_elements=["channel", "fate", "minute"], set_={**more, "late_most_ms": most})
    with database.write() as connection:
        connection.execute(put, rows)


def since(database: Database, moment: datetime) -> list[Sending]:
    """What became of messages since that moment of machine time, added up by channel and fate; `minute` is the latest of them."""
    columns = (
        sendings.c.channel,
        sendings.c.fate,
        func.max(sendings.c.minute, type_=sendings.c.minute.type).label("minute"),
        *(func.sum(sendings.c[name]).label(name) for name in ("n", "late_n", "late_ms")),
        func.max(sendings.c.late_most_ms).label("late_most_ms"),
    )
    wanted = select(*columns).where(sendings.c.minute >= moment).group_by(sendings.c.channel, sendings.c.fate)
    with database.read() as connection:
        rows = connection.execute(wanted.order_by(sendings.c.channel, sendings.c.fate)).all()
    return [
        Sending(
            channel=row.channel,
            fate=row.fate,
            minute=row.minute,
            n=int(row.n),
            late_n=int(row.late_n),
            late_ms=int(row.late_ms),
            late_most_ms=int(row.late_most_ms),
        )
        for row in rows
    ]


def forget(database: Database, before: datetime) -> None:
    """Let go of minutes that nobody looks at any more. Most often one look says that there are none."""
    with database.read() as connection:
        if connection.scalar(select(sendings.c.minute).where(sendings.c.minute < before).limit(1)) is None:
            return
    with database.write() as connection:
        connection.execute(delete(sendings).where(sendings.c.minute < before))
