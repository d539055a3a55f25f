"""The outbox's protocol: claim, fence, settle, sweep. What left us is known, or known to be unknown.

World time decides what is due and what expired. Machine time rules leases and backoff; on PostgreSQL the database's clock stands in
for the caller's, so that the clocks of several machines need not agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, DateTime, case, func, or_, select, update

from flows.decision import Draw, Say
from flows.events import MailReported
from flows.people import Case
from storage import loading
from storage.conditions import PENDING, UNFINISHED_ROWS, UNKNOWN, UNTOLD, claimable, lost, requeued, suppressed
from storage.database import Database, chunks
from storage.desk import neighbours
from storage.elsewhere import after, hand_on
from storage.outgoing import enqueue_draws
from storage.queued import Row, queued
from storage.rows import say_row
from storage.tables import cases, events, outbox

__all__ = ["Outbox", "Row", "Swept"]

_GIVEN_UP = UNTOLD & (outbox.c.looked | (outbox.c.state != "unknown"))
CARD = "case_card"
"""The message whose place in Slack becomes its case's thread."""
TASK_CARD = "task_card"
"""The message that is a task's card."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found: rows claimed and never sent, now pending again, and rows of which nobody knows whether they were sent."""

    requeued: int
    unknown: int


class Outbox:
    """Messages and drawings on their way. Safe to share between threads; every method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue(self, say: Say, now: datetime) -> bool:
        """Put a note to our own people into the outbox, outside any decision. False when it waits or was said already."""
        new = self._database.insert(outbox).on_conflict_do_nothing().returning(outbox.c.id)
        with self._database.write() as connection:
            return connection.execute(new, [say_row(say, now)]).first() is not None

    def redraw(self, draw: Draw, now: datetime) -> None:
        """Have a view drawn that somebody looks at, although nothing changed."""
        with self._database.write() as connection:
            enqueue_draws(self._database, connection, [draw], now)

    def claim(self, limit: int, world_now: datetime, machine_now: datetime, lease: timedelta) -> list[Row]:
        """Take what is due: to each recipient only the oldest unfinished one, the most urgent first. It is ours until the lease ends."""
        machine = self._machine(machine_now)
        values = {"state": "claimed", "token": uuid4().hex, "lease_until": machine + lease, "attempt": outbox.c.attempt + 1}
        mine = update(outbox).where(outbox.c.id.in_(claimable(limit, world_now, machine))).values(values).returning(outbox)
        with self._database.write() as connection:
            rows = [queued(row) for row in connection.execute(mine)]
        return sorted(rows, key=lambda row: (-row.priority, row.id))

    def has_given_up(self, world_now: datetime) -> bool:
        """Whether `expire` or `untold` would find anything."""
        late, lost = select(outbox.c.id).where(_late(world_now)).exists(), select(outbox.c.id).where(_GIVEN_UP).exists()
        with self._database.read() as connection:
            return connection.execute(select(or_(late, lost))).scalar_one()

    def expire(self, world_now: datetime) -> int:
        """Give up what waited too long. Gives how many expired just now."""
        late = _late(world_now)
        with self._database.read() as connection:
            if connection.execute(select(outbox.c.id).where(late).limit(1)).first() is None:
                return 0
        with self._database.write() as connection:
            return connection.execute(update(outbox).where(late).values(state="expired")).rowcount

    def untold(self, limit: int) -> list[Row]:
        """Messages to people that did not arrive, or of which nobody will ever know, and the engine has not heard so yet."""
        with self._database.read() as connection:
            return [queued(row) for row in connection.execute(select(outbox).where(_GIVEN_UP).order_by(outbox.c.id).limit(limit))]

    def mark_told(self, ids: Iterable[int]) -> None:
        """The engine has heard of these."""
        with self._database.write() as connection:
            for some in chunks(list(ids)):
                connection.execute(update(outbox).where(outbox.c.id.in_(some)).values(told=True))

    def fence(self, rows: Sequence[Row], token: str, world_now: datetime, machine_now: datetime) -> set[int]:
        """The last look before sending: gives the ids that may be sent now, and only these. Asked for about 20 at once.

        The others have expired, were withdrawn, are no longer ours, or may not go to that address: those wait for the next channel of
        `via` that may, and are suppressed when there is none. See `states`.
        """
        machine = self._machine(machine_now)
        ours = (outbox.c.token == token) & (outbox.c.state == "claimed") & (outbox.c.lease_until > machine)
        expired = outbox.c.expires_at <= world_now
        passed: set[int] = set()
        with self._database.write() as connection:
            for channel in sorted({row.channel for row in rows}):
                these = ours & outbox.c.id.in_([row.id for row in rows if row.channel == channel])
                free = these & or_(outbox.c.expires_at.is_(None), ~expired) & ~suppressed(channel)
                go = update(outbox).where(free).values(state="sending", channel=channel)
                passed |= set(connection.scalars(go.returning(outbox.c.id)))
            if stopped := [row for row in rows if row.id not in passed]:
                late = ours & outbox.c.id.in_([row.id for row in stopped])
                connection.execute(update(outbox).where(late & expired).values(state="expired"))
                hand_on(connection, stopped, ours)
                connection.execute(update(outbox).where(late).values(state="suppressed"))
        return passed

    def states(self, ids: Iterable[int]) -> dict[int, str]:
        """How far these rows are."""
        wanted = select(outbox.c.id, outbox.c.state)
        with self._database.read() as connection:
            return {row.id: row.state for some in chunks(list(ids)) for row in connection.execute(wanted.where(outbox.c.id.in_(some)))}

    def settle_sent(
        self,
        id: int,
        token: str,
        *,
        provider_id: str,
        channel: str,
        at: datetime,
        sent_payload: Any = None,
        variant: str | None = None,
        then: Sequence[Say] = (),
    ) -> bool:
        """It was accepted, at `at` (world time). Slack's `provider_id` is "CHANNEL/ts". A row given up as unknown becomes sent too.

        `variant` is the one that was said, None for as it was decided. `then` is said of it, in the same commit.

        False when the row is not ours any more.
        """
        said = {} if variant is None else {"variant": variant}
        return self._sent(
            (outbox.c.id == id) & (outbox.c.token == token) & outbox.c.state.in_(("sending", "unknown")),
            {"provider_id": provider_id, "channel": channel, "sent_at": at, "sent_payload": sent_payload, **said},
            then,
        )

    def settle_failed(self, id: int, token: str, error: str) -> bool:
        """It was refused for good, or could not be rendered. False when the row is not ours any more."""
        return self._settle(id, token, {"state": "failed", "error": error})

    def settle_next_channel(self, id: int, token: str, via_rest: Sequence[str], error: str = "") -> bool:
        """This channel can't; the next of `reach` may. False when the row is not ours any more.

        Raises ValueError when no channel is left.
        """
        if not via_rest:
            raise ValueError("no channel is left to try; settle it as failed")
        again = {"via": tuple(via_rest), "channel": via_rest[0], "attempt": 0, "not_before": None, "error": error}
        return self._settle(id, token, {"state": requeued(), "token": None, "lease_until": None, **again})

    def settle_retry(self, id: int, token: str, not_before: datetime, error: str = "") -> bool:
        """It was surely not sent; try again from `not_before` (machine time) on. False when the row is not ours any more."""
        return self._settle(id, token, {"state": requeued(), "token": None, "lease_until": None, "not_before": not_before, "error": error})

    def settle_unknown(self, id: int, token: str, error: str = "") -> bool:
        """It may have been sent. A drawing is simply done again. False when the row is not ours any more."""
        return self._settle(id, token, {"state": lost(), "lease_until": None, "error": error})

    def sweep(self, machine_now: datetime) -> Swept:
        """Take up what a dead process left: claimed rows go back, rows being sent become unknown."""
        over = UNFINISHED_ROWS & (outbox.c.lease_until <= self._machine(machine_now))
        with self._database.read() as connection:
            if connection.execute(select(outbox.c.id).where(over).limit(1)).first() is None:
                return Swept(0, 0)
        with self._database.write() as connection:
            back = update(outbox).where(over, outbox.c.state == "claimed").values(state=requeued(), token=None, lease_until=None)
            gone = update(outbox).where(over, outbox.c.state == "sending").values(state=lost(), lease_until=None)
            return Swept(connection.execute(back).rowcount, connection.execute(gone).rowcount)

    def unknowns(self, limit: int) -> list[Row]:
        """Rows that may have been sent and for which no evidence was looked for yet, oldest first."""
        unsure = UNKNOWN & ~outbox.c.looked
        with self._database.read() as connection:
            return [queued(row) for row in connection.execute(select(outbox).where(unsure).order_by(outbox.c.id).limit(limit))]

    def resolve_unknown(self, id: int, found: str | None, at: datetime, then: Sequence[Say] = ()) -> bool:
        """Evidence was looked for. Found (the provider's id): it was sent, and `then` is said of it. Not found: resent or left to people.

        False when the row is not unknown any more.
        """
        unsure = (outbox.c.id == id) & UNKNOWN
        if found is not None:
            return self._sent(unsure, {"provider_id": found, "sent_at": at}, then)
        resend = outbox.c.if_unknown == "resend"
        values = {"state": case((resend, requeued()), else_="unknown"), "looked": ~resend, "token": case((~resend, outbox.c.token))}
        with self._database.write() as connection:
            return connection.execute(update(outbox).where(unsure).values(values)).rowcount == 1

    def was_reported(self, row: Row) -> bool:
        """Whether a mail provider has told that it has it. What came back is told too, and goes another way since."""
        theirs = (events.c.person_id == row.person) & (events.c.name == "") & (events.c.kind == MailReported.__name__)
        with self._database.read() as connection:
            told = connection.scalars(select(events.c.data).where(theirs, events.c.at >= row.created_at))
            return any(data.get("row") == row.id and not _came_back(data) for data in told)

    def came_back(self, id: int, channel: str, why: str, *, elsewhere: bool) -> bool:
        """What that channel took did not reach them, and never will. `elsewhere`: the next channel of `via` may try, if there is one.

        Else it has failed, and the engine hears of it. False when it does not go by that channel any more, so a repeat changes nothing.
        """
        theirs = (outbox.c.id == id) & (outbox.c.channel == channel) & outbox.c.state.in_(("sending", "sent", "unknown"))
        gone = {"token": None, "lease_until": None, "error": why, "told": False, "looked": False}
        with self._database.write() as connection:
            via = connection.scalar(select(outbox.c.via).where(theirs, outbox.c.recipient.like("person:%")))
            if via is None:
                return False
            rest = after(via, channel) if elsewhere else ()
            again = {"state": "pending", "via": rest, "channel": rest[0], "attempt": 0, "not_before": None} if rest else {"state": "failed"}
            never = {"provider_id": None, "sent_at": None, "sent_payload": None}
            return connection.execute(update(outbox).where(theirs).values(**gone, **never, **again)).rowcount == 1

    def resend(self, id: int) -> bool:
        """Someone decided to send an unknown message again. False when it is not unknown any more."""
        unsure = (outbox.c.id == id) & UNKNOWN
        with self._database.write() as connection:
            again = (
                update(outbox)
                .where(unsure)
                .values(state=requeued(), token=None, looked=False, told=outbox.c.recipient.not_like("person:%"))
            )
            return connection.execute(again).rowcount == 1

    def row(self, key: str) -> Row | None:
        """The message with that key."""
        return self._one(outbox.c.key == key)

    def by_id(self, id: int) -> Row | None:
        """The row with that number."""
        return self._one(outbox.c.id == id)

    def sent_card(self, person_id: str) -> Row | None:
        """The last message they got in Slack in which something may change, with the payload that stands there."""
        return next(iter(self.standing(person_id, 1)), None)

    def standing(self, person_id: str, most: int = 10) -> list[Row]:
        """The messages they got in Slack in which something may still change, the newest first, with the payloads that stand there."""
        with self._database.read() as connection:
            rows = connection.execute(select(outbox).where(_standing(person_id)).order_by(outbox.c.id.desc()).limit(most))
            return [queued(row) for row in rows]

    def task_card(self, person_id: str, task: str) -> Row | None:
        """The card of a task that was posted in that person's name; None while it was not."""
        posted = (outbox.c.person_id == person_id) & (outbox.c.message == TASK_CARD) & (outbox.c.state == "sent")
        with self._database.read() as connection:
            rows = [queued(row) for row in connection.execute(select(outbox).where(posted).order_by(outbox.c.id.desc()))]
        return next((row for row in rows if row.facts.get("task") == task and row.provider_id), None)

    def stands(self, person_id: str, provider_id: str, payload: Any) -> None:
        """What a message of theirs looks like since it was drawn again; None when nothing in it will change any more."""
        with self._database.write() as connection:
            theirs = (outbox.c.person_id == person_id) & (outbox.c.provider_id == provider_id) & (outbox.c.state == "sent")
            connection.execute(update(outbox).where(theirs).values(sent_payload=payload))

    def case_by_thread(self, channel: str, thread: str) -> Case | None:
        """The case whose card was posted there."""
        with self._database.read() as connection:
            row = connection.execute(select(cases).where(cases.c.channel == channel, cases.c.thread == thread)).first()
        return loading.case(row) if row else None

    def _one(self, wanted: ColumnElement[bool]) -> Row | None:
        with self._database.read() as connection:
            row = connection.execute(select(outbox).where(wanted).order_by(outbox.c.id.desc()).limit(1)).first()
        return queued(row) if row else None

    def _settle(self, id: int, token: str, values: dict[str, Any]) -> bool:
        ours = (outbox.c.id == id) & (outbox.c.token == token) & outbox.c.state.in_(("claimed", "sending"))
        with self._database.write() as connection:
            return connection.execute(update(outbox).where(ours).values(values)).rowcount == 1

    def _sent(self, mine: ColumnElement[bool], values: dict[str, Any], then: Sequence[Say]) -> bool:
        sent = update(outbox).where(mine).values(state="sent", lease_until=None, **values).returning(outbox)
        with self._database.write() as connection:
            found = connection.execute(sent).first()
            if found is None:
                return False
            if then:
                new = self._database.insert(outbox).on_conflict_do_nothing()
                connection.execute(new, [say_row(say, values["sent_at"]) for say in then])
            row = queued(found)
            if row.when_sent:
                enqueue_draws(self._database, connection, [row.when_sent], values["sent_at"])
            if row.sent_payload and row.to and row.to.kind == "person" and self._has_older(connection, row):
                enqueue_draws(self._database, connection, [Draw("card", row.person)], values["sent_at"])
            if row.message == CARD and row.to:
                channel, _, thread = row.provider_id.partition("/")
                connection.execute(update(cases).where(cases.c.id == row.to.ref).values(channel=channel, thread=thread))
                draws = [Draw("case", other) for other in connection.scalars(neighbours(row.to.ref))]
                enqueue_draws(self._database, connection, draws, values["sent_at"])
        return True

    def _has_older(self, connection: Connection, row: Row) -> bool:
        """Whether an older message of theirs may have to change now that this one stands below it."""
        return connection.execute(select(outbox.c.id).where(_standing(row.person), outbox.c.id < row.id).limit(1)).first() is not None

    def _machine(self, now: datetime) -> Any:
        return now if self._database.is_sqlite else func.clock_timestamp(type_=DateTime(timezone=True))


def _late(world_now: datetime) -> ColumnElement[bool]:
    return PENDING & (outbox.c.expires_at <= world_now)


def _came_back(told: Mapping[str, Any]) -> bool:
    """Whether a report says that the mail reached nobody."""
    return told.get("what") in ("bounced", "blocked", "dropped") or told.get("name") == "dropped"


def _standing(person_id: str) -> ColumnElement[bool]:
    """Messages to somebody in Slack in which something may still change."""
    theirs = (outbox.c.person_id == person_id) & (outbox.c.recipient == f"person:{person_id}")
    return theirs & (outbox.c.state == "sent") & (outbox.c.channel == "slack") & outbox.c.sent_payload.is_not(None)
