"""Writing down what became of rows: many at once in a handful of statements, within the transaction of whoever asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, select, update

from flows.decision import Draw, Say
from storage.conditions import lost, requeued
from storage.database import Database, chunks
from storage.desk import neighbours
from storage.outcomes import Accepted, Elsewhere, Later, Outcome, Refused, Unsure
from storage.outgoing import enqueue_draws, enqueue_says
from storage.prepared import Prepared, Reader
from storage.tables import cases, outbox

CARD = "case_card"
"""The message whose place in Slack becomes its case's thread."""
AT_ONCE = 20
"""Rows in one question; fewer are filled up with a number that no row has."""
_NOBODY = -1
IDS = [f"id{n}" for n in range(AT_ONCE)]
THESE = outbox.c.id.in_([bindparam(name, type_=outbox.c.id.type) for name in IDS])
"""The rows whose numbers `ids_of` gives."""

_FREE = {"token": None, "lease_until": None}
_ONE = outbox.c.id == bindparam("row")


def _fate(*names: str, **values: Any) -> Prepared:
    told = {name: bindparam(name, type_=outbox.c[name].type) for name in names}
    return Prepared(update(outbox).where(_ONE).values(**values, **told), ["row", *names])


_SENT = ("provider_id", "channel", "sent_at", "sent_payload")
_ACCEPTED = _fate(*_SENT, state="sent", lease_until=None)
_VARIANT = _fate(*_SENT, "variant", state="sent", lease_until=None)
_REFUSED = _fate("error", state="failed")
_ELSEWHERE = _fate("via", "channel", "error", state=requeued(), attempt=0, not_before=None, **_FREE)
_LATER = _fate("not_before", "error", state=requeued(), **_FREE)
_UNTRIED = _fate("not_before", "error", state=requeued(), attempt=case((outbox.c.attempt > 0, outbox.c.attempt - 1), else_=0), **_FREE)
_STANDS = Prepared(
    update(outbox)
    .where(outbox.c.person_id == bindparam("whose"), outbox.c.provider_id == bindparam("place"), outbox.c.state == "sent")
    .values(sent_payload=bindparam("sent_payload", type_=outbox.c.sent_payload.type)),
    ["whose", "place", "sent_payload"],
)
_UNSURE = _fate("error", state=lost(), lease_until=None)


class Found(NamedTuple):
    """A row as it is before it is settled."""

    id: int
    token: str | None
    state: str
    person_id: str | None
    recipient: str
    message: str
    when_sent: Draw | None


_WANTED = [outbox.c[name] for name in Found._fields]
_FOUND, _FOUND_ROWS = Prepared(select(*_WANTED).where(THESE).with_for_update(), IDS), Reader(_WANTED)


def ids_of(rows: Sequence[int]) -> dict[str, int]:
    """The parameters of `THESE`, for so many rows or fewer."""
    return dict(zip(IDS, [*rows, *[_NOBODY] * (AT_ONCE - len(rows))], strict=True))


def as_found(connection: Connection, ids: Sequence[int]) -> list[Found]:
    """These rows as they are, 20 at most; nobody else changes them until the transaction ends."""
    rows = _FOUND.run(connection, ids_of(ids)).all()
    return [Found._make(row) for row in _FOUND_ROWS.read(connection.dialect, rows)]


def settle(database: Database, connection: Connection, outcomes: Sequence[Outcome]) -> set[int]:
    """Write down what became of these rows. Gives the ids of those that were still of the claim that tells of them."""
    settled: set[int] = set()
    for some in chunks(outcomes, AT_ONCE):
        found = {row.id: row for row in as_found(connection, [one.id for one in some])}
        ours = [one for one in some if (row := found.get(one.id)) and row.token == one.token and row.state in _open_to(one)]
        _write(connection, ours)
        accepted(database, connection, [(found[one.id], one) for one in ours if isinstance(one, Accepted)])
        settled |= {one.id for one in ours}
    return settled


def _open_to(outcome: Outcome) -> tuple[str, ...]:
    return ("sending", "unknown") if isinstance(outcome, Accepted) else ("claimed", "sending")


def _write(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    by: dict[Prepared, list[dict[str, Any]]] = {}
    for one in outcomes:
        statement, values = _as_written(one)
        by.setdefault(statement, []).append({"row": one.id, **values})
    for statement, rows in by.items():
        statement.many(connection, rows)


def _as_written(outcome: Outcome) -> tuple[Prepared, dict[str, Any]]:
    match outcome:
        case Accepted(variant=variant):
            values = {"provider_id": outcome.provider_id, "channel": outcome.channel, "sent_at": outcome.at}
            values |= {"sent_payload": outcome.sent_payload}
            return (_ACCEPTED, values) if variant is None else (_VARIANT, {**values, "variant": variant})
        case Refused(error=error):
            return _REFUSED, {"error": error}
        case Elsewhere(via=via, error=error):
            return _ELSEWHERE, {"via": via, "channel": via[0], "error": error}
        case Later(not_before=moment, error=error, tried=tried):
            return _LATER if tried else _UNTRIED, {"not_before": moment, "error": error}
        case Unsure(error=error):
            return _UNSURE, {"error": error}


def accepted(database: Database, connection: Connection, ones: Sequence[tuple[Found, Accepted]]) -> None:
    """What follows, in the same commit, from messages that arrived: what is said of them, views that change, a case's thread."""
    stands(connection, [new for _, one in ones for new in one.stands])
    says: list[tuple[Say, datetime]] = [(say, one.at) for _, one in ones for say in one.then]
    enqueue_says(database, connection, says)
    draws: dict[datetime, list[Draw]] = {}
    for at, draw in _to_draw(connection, ones):
        draws.setdefault(at, []).append(draw)
    for at, these in draws.items():
        enqueue_draws(database, connection, these, at)


def stands(connection: Connection, drawn: Sequence[tuple[str, str, Any]]) -> None:
    """What messages look like since they were drawn again: person's id, provider's id, payload or None when it changes no more."""
    last = {(person, place): payload for person, place, payload in drawn}
    _STANDS.many(connection, [{"whose": person, "place": place, "sent_payload": payload} for (person, place), payload in last.items()])


def _to_draw(connection: Connection, ones: Sequence[tuple[Found, Accepted]]) -> Iterator[tuple[datetime, Draw]]:
    for row, one in ones:
        if row.when_sent is not None:
            yield one.at, row.when_sent
    yield from ((one.at, Draw("card", row.person_id or "")) for row, one in _above_older(connection, ones))
    for row, one in ones:
        if row.message == CARD and ":" in row.recipient:
            yield from ((one.at, Draw("case", other)) for other in _thread(connection, row.recipient.partition(":")[2], one.provider_id))


def _thread(connection: Connection, case_id: str, provider_id: str) -> Sequence[str]:
    """The card's place becomes its case's thread. Gives the other cases whose cards name this one."""
    channel, _, thread = provider_id.partition("/")
    connection.execute(update(cases).where(cases.c.id == case_id).values(channel=channel, thread=thread))
    return connection.scalars(neighbours(case_id)).all()


def _above_older(connection: Connection, ones: Sequence[tuple[Found, Accepted]]) -> list[tuple[Found, Accepted]]:
    """Those that stand below an older message of theirs in Slack which may have to change now."""
    theirs = [(row, one) for row, one in ones if one.sent_payload and row.recipient.startswith("person:")]
    if not theirs:
        return []
    whose = sorted({row.person_id or "" for row, _ in theirs})
    oldest = (
        select(outbox.c.person_id, func.min(outbox.c.id))
        .where(outbox.c.person_id.in_(whose), outbox.c.recipient == "person:" + outbox.c.person_id, changeable())
        .group_by(outbox.c.person_id)
    )
    first = {row[0]: row[1] for row in connection.execute(oldest)}
    return [(row, one) for row, one in theirs if first.get(row.person_id, row.id) < row.id]


def changeable() -> ColumnElement[bool]:
    """A message in Slack in which something may still change."""
    return (outbox.c.state == "sent") & (outbox.c.channel == "slack") & outbox.c.sent_payload.is_not(None)
