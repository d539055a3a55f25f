"""The outbox's protocol: claim, fence, settle, sweep. What left us is known, or known to be unknown.

World time decides what is due and what expired. Machine time rules leases and backoff; on PostgreSQL the database's clock stands in
for the caller's, so that the clocks of several machines need not agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, and_, case, or_, select, update

from flows.decision import Draw, Say
from flows.events import MailReported
from flows.people import Case
from storage import claiming, loading
from storage.claiming import Asked
from storage.conditions import DATABASE_CLOCK, HELD, PENDING, UNKNOWN, UNTOLD, lost, requeued
from storage.database import Database, chunks
from storage.elsewhere import after
from storage.fencing import fence
from storage.outcomes import Accepted, Elsewhere, Later, Outcome, Refused, Unsure
from storage.outgoing import enqueue_draws
from storage.queued import Row, queued
from storage.rows import say_row
from storage.settling import CARD, accepted, as_found, changeable, settle, stands
from storage.tables import cases, events, outbox, unknowns_left

__all__ = ["CARD", "Outbox", "Row", "Swept", "Turn"]

_GIVEN_UP = UNTOLD & (outbox.c.looked | (outbox.c.state != "unknown"))
TASK_CARD = "task_card"
"""The message that is a task's card."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found: rows claimed and never sent, now pending again, and rows of which nobody knows whether they were sent."""

    requeued: int
    unknown: int


class Turn(NamedTuple):
    """Ids of the rows that were settled, and of those that passed the fence."""

    settled: set[int]
    passed: set[int]


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

    def claim(
        self,
        limit: int,
        world_now: datetime,
        machine_now: datetime,
        lease: timedelta,
        *,
        above: int | None = None,
        to: Sequence[str] | None = None,
    ) -> list[Row]:
        """Take what is due: to each recipient only the oldest unfinished one, the most urgent first. It is ours until the lease ends.

        `above`: only what has a higher priority. `to`: only what is for one of these recipients; on PostgreSQL.
        """
        asked = Asked(limit, world_now, self._machine(machine_now), above, to)
        with self._database.write() as connection:
            return claiming.claim(connection, asked, uuid4().hex, lease)

    def claim_for(
        self,
        then: Callable[[Connection, str, int], None],
        limit: int,
        world_now: datetime,
        machine_now: datetime,
        lease: timedelta,
        *,
        above: int | None = None,
    ) -> int:
        """The same for somebody else, who reads the rows with `claimed`. Gives how many.

        `then` is called in the same transaction when anything was taken, with the connection, the claim's token and its highest priority.
        """
        token, asked = uuid4().hex, Asked(limit, world_now, self._machine(machine_now), above)
        with self._database.write() as connection:
            priorities = claiming.take(connection, asked, token, lease)
            if priorities:
                then(connection, token, priorities[0])
        return len(priorities)

    def has_urgent(self, above: int, world_now: datetime, machine_now: datetime) -> bool:
        """Whether something with a higher priority may wait to be claimed."""
        with self._database.read() as connection:
            return claiming.has_urgent(connection, Asked(1, world_now, self._machine(machine_now), above))

    def claimed(self, token: str, machine_now: datetime) -> list[Row]:
        """The rows of a claim that are still ours and unsent, the most urgent first."""
        with self._database.read() as connection:
            return claiming.claimed(connection, token, self._machine(machine_now))

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
        return self.settle_and_fence((), [replace(row, token=token) for row in rows], world_now, machine_now).passed

    def settle_many(self, outcomes: Sequence[Outcome]) -> set[int]:
        """Write down what became of rows, in one commit. Gives the ids of those that were still ours."""
        return self.settle_and_fence(outcomes, ()).settled

    def settle_and_fence(
        self, outcomes: Sequence[Outcome], rows: Sequence[Row], world_now: datetime | None = None, machine_now: datetime | None = None
    ) -> Turn:
        """What became of the rows before, and the fence of the next, in one commit: so that a group costs one."""
        with self._database.write() as connection:
            settled = settle(self._database, connection, outcomes) if outcomes else set()
            passed = fence(connection, rows, world_now, self._machine(machine_now)) if rows and world_now and machine_now else set()
        return Turn(settled, passed)

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
        one = Accepted(
            id=id, token=token, provider_id=provider_id, channel=channel, at=at, sent_payload=sent_payload, variant=variant, then=then
        )
        return bool(self.settle_many([one]))

    def settle_failed(self, id: int, token: str, error: str) -> bool:
        """It was refused for good, or could not be rendered. False when the row is not ours any more."""
        return bool(self.settle_many([Refused(id=id, token=token, error=error)]))

    def settle_next_channel(self, id: int, token: str, via_rest: Sequence[str], error: str = "") -> bool:
        """This channel can't; the next of `reach` may. False when the row is not ours any more.

        Raises ValueError when no channel is left.
        """
        if not via_rest:
            raise ValueError("no channel is left to try; settle it as failed")
        return bool(self.settle_many([Elsewhere(id=id, token=token, via=tuple(via_rest), error=error)]))

    def settle_retry(self, id: int, token: str, not_before: datetime, error: str = "") -> bool:
        """It was surely not sent; try again from `not_before` (machine time) on. False when the row is not ours any more."""
        return bool(self.settle_many([Later(id=id, token=token, not_before=not_before, error=error)]))

    def settle_unknown(self, id: int, token: str, error: str = "") -> bool:
        """It may have been sent. A drawing is simply done again. False when the row is not ours any more."""
        return bool(self.settle_many([Unsure(id=id, token=token, error=error)]))

    def sweep(self, machine_now: datetime) -> Swept:
        """Take up what a dead process left: claimed rows go back, rows being sent become unknown."""
        over = HELD & (outbox.c.lease_until <= self._machine(machine_now))
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
            return self._found(id, found, at, then)
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
            connection.execute(unknowns_left.delete().where(unknowns_left.c.id == id))  # it was left as it was, and is so no more
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
            if connection.execute(again).rowcount != 1:
                return False
            connection.execute(unknowns_left.delete().where(unknowns_left.c.id == id))
            return True

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
            stands(connection, [(person_id, provider_id, payload)])

    def case_by_thread(self, channel: str, thread: str) -> Case | None:
        """The case whose card was posted there."""
        with self._database.read() as connection:
            row = connection.execute(select(cases).where(cases.c.channel == channel, cases.c.thread == thread)).first()
        return loading.case(row) if row else None

    def _one(self, wanted: ColumnElement[bool]) -> Row | None:
        with self._database.read() as connection:
            row = connection.execute(select(outbox).where(wanted).order_by(outbox.c.id.desc()).limit(1)).first()
        return queued(row) if row else None

    def _found(self, id: int, provider_id: str, at: datetime, then: Sequence[Say]) -> bool:
        told = {"provider_id": provider_id, "sent_at": at}
        with self._database.write() as connection:
            sent = update(outbox).where(outbox.c.id == id, UNKNOWN).values(state="sent", lease_until=None, **told)
            if connection.execute(sent).rowcount != 1:
                return False
            row = as_found(connection, [id])[0]
            evidence = Accepted(id=id, token="", provider_id=provider_id, channel="", at=at, then=then)
            accepted(self._database, connection, [(row, evidence)])
        return True

    def _machine(self, now: datetime) -> Any:
        return now if self._database.is_sqlite else DATABASE_CLOCK


def _late(world_now: datetime) -> ColumnElement[bool]:
    return PENDING & (outbox.c.expires_at <= world_now)


def _came_back(told: Mapping[str, Any]) -> bool:
    """Whether a report says that the mail reached nobody."""
    return told.get("what") in ("bounced", "blocked", "dropped") or told.get("name") == "dropped"


def _standing(person_id: str) -> ColumnElement[bool]:
    """Messages to somebody in Slack in which something may still change."""
    theirs = (outbox.c.person_id == person_id) & (outbox.c.recipient == f"person:{person_id}")
    return and_(theirs, changeable())
