"""What decisions put into the outbox, and the record of what they decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, select, update

from flows.decision import Draw, Reason, Say
from flows.events import CsmChanged, CsmTookBack
from flows.relaying import reply_key
from storage import codec
from storage.adding import Adding
from storage.batch import Batch
from storage.database import Conflict, Database, Inserter, chunks
from storage.prepared import Prepared
from storage.rows import Columns, cause, draw_row, say_row
from storage.tables import decisions, outbox

NOT_SENDING = ("pending", "claimed")
"""States in which a message has provably not left us, so that it can still be withdrawn."""

_LEFT = ("sending", "sent", "unknown")
_MOST_WORDINGS = 30


_DECIDED = Prepared(decisions.insert(), ("event_id", "person_id", "at", "reasons", "says", "allotment"))


class WordsLeft(Conflict):
    """What a colleague takes back or changes has left us: decide these events (source, key) again as sent."""

    def __init__(self, events: set[tuple[str, str]]) -> None:
        super().__init__("words that were to be taken back have left")
        self.events = events


def enqueue(database: Database, connection: Connection, batch: Batch) -> set[str]:
    """Enqueue what is said and drawn, and withdraw what should not go out any more. Gives the keys that were new.

    Raises WordsLeft.
    """
    says = [say_row(say, batch.now, cause(event)) for event, decision in batch.decided for say in decision.says]
    fresh = {key for (key,) in _saying(database.insert, tuple(says[0])).rows(connection, says)} if says else set()
    enqueue_draws(database, connection, (draw for _, decision in batch.decided for draw in decision.draws), batch.now)
    withdrawn = {codec.printable(key) for _, decision in batch.decided for key in decision.withdraw}
    for some in chunks(sorted(withdrawn)):
        unsent = outbox.c.key.in_(some) & outbox.c.state.in_(NOT_SENDING)
        connection.execute(update(outbox).where(unsent).values(state="withdrawn"))
    _take_back(connection, batch)
    return fresh


@cache
def _saying(insert: Inserter, columns: tuple[str, ...]) -> Adding:
    return Adding(insert, outbox, columns, (outbox.c.key,))


@cache
def _adding(insert: Inserter, columns: tuple[str, ...]) -> Prepared:
    return Prepared(insert(outbox).on_conflict_do_nothing(), columns)


def _take_back(connection: Connection, batch: Batch) -> None:
    """Words that a colleague takes back or changes have to be here still: the row decides, and no clock.

    Raises WordsLeft when they have left us, or may have.
    """
    left: set[tuple[str, str]] = set()
    for event, decision in batch.decided:
        if isinstance(event, CsmTookBack | CsmChanged) and not event.sent:
            words = outbox.c.key.in_(sorted(_wordings(event) - {codec.printable(say.key) for say in decision.says}))
            if isinstance(event, CsmTookBack):
                connection.execute(update(outbox).where(words, outbox.c.state.in_(NOT_SENDING)).values(state="withdrawn"))
            if connection.execute(select(outbox.c.id).where(words, outbox.c.state.in_((*NOT_SENDING, *_LEFT))).limit(1)).first():
                left.add((event.source, event.key))
    if left:
        raise WordsLeft(left)


def _wordings(event: CsmTookBack | CsmChanged) -> set[str]:
    return {codec.printable(reply_key(event.case, event.reply, again)) for again in range(1, _MOST_WORDINGS + 1)}


def enqueue_draws(database: Database, connection: Connection, draws: Iterable[Draw], now: datetime) -> None:
    """Enqueue views to draw; one that already waits is enough."""
    rows = [draw_row(draw, now) for draw in dict.fromkeys(draws)]
    if rows:
        _adding(database.insert, tuple(rows[0])).many(connection, rows)


def enqueue_says(database: Database, connection: Connection, says: Iterable[tuple[Say, datetime]]) -> None:
    """Enqueue what is said outside of a decision, each at its moment (world time); what was said already is not said again."""
    rows = [say_row(say, at) for say, at in says]
    if rows:
        _adding(database.insert, tuple(rows[0])).many(connection, rows)


def note_decisions(connection: Connection, batch: Batch, ids: Mapping[tuple[str, str], int], fresh: set[str]) -> None:
    """Record the changed reasons and what was said, for decisions from which anything followed. A key said before is a reason.

    What the team's desk said is recorded although nothing followed: the decision rests on it.
    """
    left = set(fresh)
    rows: list[Columns] = []
    for event, decision in batch.decided:
        said, reasons = [], list(decision.reasons)
        for key in (codec.printable(say.key) for say in decision.says):
            if key in left:
                left.remove(key)
                said.append(key)
            else:
                reasons.append(Reason(key, "dropped", "it was said before"))
        if said or reasons or decision.allotment:
            own = {"event_id": ids[event.source, event.key], "person_id": event.who, "at": batch.now}
            rows.append({**own, "reasons": tuple(reasons), "says": tuple(said), "allotment": decision.allotment})
    _DECIDED.many(connection, rows)
