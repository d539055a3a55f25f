"""The one door out: claim, render, fence, send, settle. What this promises stands in docs/delivery.md."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from bot.channels import Channel, Drawing, Letter, Receipt, SendError
from bot.compose import Composer
from bot.handle import Door, Views
from bot.lanes import Lanes
from bot.logs import Theirs, of_row
from bot.meters import SILENT, Meters
from bot.pacing import AtOnce, Pace
from bot.render import RenderError
from bot.shelf import Books, Shelf
from bot.world import machine_now
from flows.announcing import sent
from flows.decision import Say
from flows.events import Undelivered
from flows.people import Person, Subject
from storage.outbox import Outbox
from storage.queued import Row

log = logging.getLogger("handrail.deliver")

BATCH = 100
FENCE = 20
"""Rows in flight at once: what a crash leaves unknown at most, besides those of workspaces that do not answer at that moment."""
NEXT_LOOK = timedelta(seconds=1)
"""How long a row waits whose workspace does not answer another."""
LEASE = timedelta(seconds=60)
LONGEST_CALL = timedelta(seconds=20)
"""No call of a channel takes longer; a row whose lease has less left is handed back unsent."""
MOST_ATTEMPTS = 150
"""About a day of machine time. Messages to people expire before; this is for what has no expiry, such as a case's card."""
REMINDER = "task_due"
"""The message that belongs into the thread of its task's card."""
_BACKOFF = 2.0
_LONGEST_BACKOFF = 600.0
_WHY = {"expired": "it waited too long", "suppressed": "we may not write to them there"}


class Delivery:
    """Sends what waits in the outbox. Any number may run; a row is sent by the one that holds its lease.

    `machine` tells machine time, which rules leases and backoff.
    """

    def __init__(
        self,
        outbox: Outbox,
        door: Door,
        shelf: Shelf,
        channels: Mapping[str, Channel],
        composer: Composer,
        machine: Callable[[], datetime] = machine_now,
        pace: Pace | None = None,
        meters: Meters = SILENT,
    ) -> None:
        self._outbox = outbox
        self._door = door
        self._shelf = shelf
        self._channels = channels
        self._composer = composer
        self._machine = machine
        self._pace = pace or AtOnce()
        self._meters = meters
        self._lanes = Lanes()
        self._one_at_a_time = threading.Lock()
        self._stopping = threading.Event()

    def drain(self) -> int:
        """Send until nothing is due or `stop` is called. Returns how many rows were taken up."""
        with self._one_at_a_time:
            try:
                return self._drain()
            finally:
                self._lanes.close()

    def _drain(self) -> int:
        taken = 0
        while not self._stopping.is_set():
            self.give_up()
            rows = self._outbox.claim(BATCH, self._door.now(), self._machine(), LEASE)
            if not rows and not self._lanes.busy:
                break
            taken += len(rows)
            self._deliver_all(rows)
        return taken

    def take_up(self, token: str) -> int:
        """Deliver the rows of a claim that somebody made elsewhere. Returns how many there were still."""
        with self._one_at_a_time:
            try:
                rows = self._outbox.claimed(token, self._machine())
                self._deliver_all(rows)
                return len(rows)
            finally:
                self._lanes.close()

    def _deliver_all(self, rows: Sequence[Row]) -> None:
        for start in range(0, len(rows), FENCE):
            self._deliver(rows[start : start + FENCE])
        self._lanes.keep_pace()

    def give_up(self) -> None:
        """Let go of what waited too long, and tell the engine. Most often one look says that there is nothing to do."""
        if self._outbox.has_given_up(self._door.now()):
            self._outbox.expire(self._door.now())
            self._tell_fates()

    def stop(self) -> None:
        """End for good, after the call at hand; what is claimed is handed back unsent. Returns at once."""
        self._stopping.set()

    def sweep(self, *, all_dead: bool = False) -> None:
        """Take up what a dead process left behind; `all_dead`: no other process can be alive, so no lease is waited for."""
        found = self._outbox.sweep(self._machine() + (LEASE if all_dead else timedelta()))
        if found.requeued or found.unknown:
            log.warning("swept: %d again, %d of unknown fate", found.requeued, found.unknown)

    def reconcile(self, limit: int = 20) -> None:
        """Look for evidence of messages whose fate is unknown. Found: sent. Not found: left to people, or sent again for the team."""
        for row in self._outbox.unknowns(limit):
            try:
                found = self._evidence(row)
            except Exception as error:
                log.warning("could not look for row %d: %s", row.id, error)
                continue
            now, subject = self._door.now(), _subject(row, self._seen([row])) if found is not None else None
            self._outbox.resolve_unknown(row.id, found, now, then=self._told(row, subject, row.channel, now) if subject else ())
        self._tell_fates()

    def _evidence(self, row: Row) -> str | None:
        """The provider's id of a message it has. A place that is gone for good holds none. Raises what the channel raises."""
        if row.channel == "email" and self._outbox.was_reported(row):
            return row.provider_id
        channel, subject = self._channel_of(row), _subject(row, self._seen([row]))
        if channel is None or row.to is None or subject is None:
            return None
        try:
            return channel.find(row.id, row.to, subject)
        except SendError as error:
            if error.permanent:
                return None
            raise

    def _deliver(self, rows: Sequence[Row]) -> None:
        books, now = self._shelf.books, self._door.now()
        seen = self._seen(rows)
        ready: dict[int, tuple[Row, Channel, Letter | Drawing]] = {}
        for row in rows:
            if self._stopping.is_set():
                self._hand_back(row, "we were told to end")
            elif self._lanes.stuck(_lane(row, seen)):
                self._hand_back(row, "somebody before it waits for an answer", NEXT_LOOK)
            elif prepared := self._prepare(books, row, _subject(row, seen), now):
                ready[row.id] = (row, *prepared)
        lanes: dict[str, list[Callable[[], None]]] = {}
        for token, group in groupby((row for row, _, _ in ready.values()), key=lambda row: row.token):
            ours = list(group)
            passed = self._outbox.fence(ours, token, self._door.now(), self._machine())
            for row in ours:
                if row.id in passed:
                    lanes.setdefault(_lane(row, seen), []).append(partial(self._send, *ready[row.id]))
        for lane, sends in lanes.items():
            self._lanes.go(lane, sends)
        self._lanes.keep_pace()

    @of_row
    def _prepare(self, books: Books, row: Row, subject: Subject | None, now: datetime) -> tuple[Channel, Letter | Drawing] | None:
        """Render before the fence: what cannot be rendered was provably not sent."""
        channel = self._channel_of(row)
        try:
            if channel is None or (row.to and subject and row.to.kind == "person" and not channel.reaches(row.to, subject)):
                self._next_channel(row, _why_not(row, subject))
                return None
            if row.draw is not None:
                return channel, self._composer.drawing(books, row.draw, subject, self._standing(row), now)
            if subject is None:
                raise LookupError("nobody of that id")
            letter = self._composer.letter(books, row, subject, channel.surfaces, now)
            return channel, replace(letter, beneath=self._card_above(row)) if row.message == REMINDER else letter
        except Exception as error:
            unforeseen = not isinstance(error, RenderError | LookupError)
            log.error("row %d (%s) could not be rendered: %s", row.id, row.message or "drawing", error, exc_info=unforeseen)
            self._fail(row, str(error))
            return None

    @of_row
    def _send(self, row: Row, channel: Channel, ready: Letter | Drawing) -> None:
        if self._stopping.is_set():
            self._hand_back(row, "we were told to end")
            return
        if row.lease_until and row.lease_until - self._machine() < LONGEST_CALL:
            self._hand_back(row, "its turn came too late")
            return
        log.debug("row %d (%s) goes by %s", row.id, row.message or "drawing", channel.name)
        try:
            if isinstance(ready, Drawing):
                for place, payload in (channel.draw(ready) or {}).items():
                    self._outbox.stands(ready.draw.ref, place, dict(payload) or None)
                receipt = Receipt()
            else:
                receipt = channel.send(ready)
        except SendError as error:
            self._settle_error(row, error)
        except Exception as error:
            log.exception("row %d: the channel failed in a way it should not", row.id)
            self._settle_error(row, SendError(type(error).__name__, unknown=True))
        else:
            now = self._door.now()
            self._outbox.settle_sent(
                row.id,
                row.token,
                provider_id=receipt.provider_id,
                channel=channel.name,
                at=now,
                sent_payload=dict(receipt.payload) or None,
                variant=ready.rendered.variant if isinstance(ready, Letter) else None,
                then=self._told(_as_said(row, ready), ready.subject, channel.name, now) if isinstance(ready, Letter) else (),
            )

    def _told(self, row: Row, subject: Subject, channel: str, now: datetime) -> Sequence[Say]:
        """What others are told of it: of what people got, and of nothing else."""
        to_person = row.to is not None and row.to.kind == "person"
        return sent(self._shelf.playbooks(), subject, row, channel, now) if to_person else ()

    def _settle_error(self, row: Row, error: SendError) -> None:
        why = str(error)
        if error.unknown and row.draw is None:
            self._outbox.settle_unknown(row.id, row.token, why)
        elif error.permanent or (error.shut and _may_go_elsewhere(row)):
            self._next_channel(row, why)
        elif row.attempt >= MOST_ATTEMPTS and not (error.shut and _is_the_teams(row)):
            self._fail(row, why)
        else:
            wait = error.retry_after or min(_LONGEST_BACKOFF, _BACKOFF**row.attempt) * random.uniform(0.5, 1.5)
            self._outbox.settle_retry(row.id, row.token, self._machine() + timedelta(seconds=wait), why)

    def _next_channel(self, row: Row, why: str) -> None:
        if _may_go_elsewhere(row):
            self._outbox.settle_next_channel(row.id, row.token, row.via[1:], why)
        else:
            self._fail(row, why)

    def _hand_back(self, row: Row, why: str, wait: timedelta = timedelta()) -> None:
        self._outbox.settle_retry(row.id, row.token, self._machine() + wait, why)

    def _fail(self, row: Row, why: str) -> None:
        if self._outbox.settle_failed(row.id, row.token, why):
            log.warning("row %d (%s) failed: %s", row.id, row.message, Theirs(why))

    def _tell_fates(self) -> None:
        """Tell the engine what did not reach people, so that it gives the budget back. Read from the rows: a kill in between loses none."""
        while rows := self._outbox.untold(BATCH):
            self._door.handle(*(self._undelivered(row) for row in rows))
            self._outbox.mark_told(row.id for row in rows)

    def _undelivered(self, row: Row) -> Undelivered:
        return Undelivered(
            source="delivery",
            key=f"{row.id}:{row.attempt}:{row.state}",
            who=row.person,
            at=self._door.now(),
            message_key=row.key or "",
            message=row.message,
            fate=row.state,
            why=_WHY.get(row.state) or row.error or "no answer from the provider",
        )

    def _channel_of(self, row: Row) -> Channel | None:
        if row.to is not None and row.to.kind in ("person", "hook"):
            return self._channels.get(row.channel)
        return self._channels.get("slack")

    def _seen(self, rows: Iterable[Row]) -> Views:
        """Everybody these rows are about, loaded once for all of them."""
        whose = [(_which_case(row), _whom(row)) for row in rows]
        cases, people = (case for case, _ in whose), (who for case, who in whose if not case)
        return self._door.look(list(dict.fromkeys(filter(None, people))), list(dict.fromkeys(filter(None, cases))))

    def _standing(self, row: Row) -> list[Row]:
        """The messages a drawing may change, the newest first."""
        if row.draw is not None and row.draw.surface == "card":
            return self._outbox.standing(row.draw.ref)
        if row.draw is not None and row.draw.surface == "task":
            who, _, task = row.draw.ref.partition(":")
            card = self._outbox.task_card(who, task)
            return [card] if card else []
        return []

    def _card_above(self, row: Row) -> str:
        """Where the card of a reminder's task stands, '' when it was never posted."""
        card = self._outbox.task_card(str(row.facts.get("person") or row.person), str(row.facts.get("task") or ""))
        return card.provider_id if card else ""


def _subject(row: Row, seen: Views) -> Subject | None:
    if case := _which_case(row):
        return seen.cases.get(case)
    if row.to is not None and row.to.kind == "channel" and not row.person:
        return Subject(person=Person(id=""))
    return seen.people.get(_whom(row))


def _which_case(row: Row) -> str:
    """The case whose card or thread it is; '' when it is none's."""
    if row.draw is not None:
        return row.draw.ref if row.draw.surface == "case" else ""
    return row.to.ref if row.to is not None and row.to.kind == "case" else ""


def _whom(row: Row) -> str:
    """Whose message or view it is; '' when it is nobody's."""
    if row.draw is not None and row.draw.surface == "task":
        return row.draw.ref.partition(":")[0]
    return row.person or (row.draw.ref if row.draw and row.draw.surface in ("home", "card") else "")


def _as_said(row: Row, letter: Letter) -> Row:
    """The row with the variant that was said: the file that was found for them."""
    return replace(row, variant=letter.rendered.variant)


def _lane(row: Row, seen: Views) -> str:
    """Whose answer it waits for: the mail provider's, or Slack's for one workspace; the vendor's own is ''."""
    if row.to is not None and row.to.kind == "hook":
        return f"hook:{row.to.ref.partition('/')[0]}"
    if row.to is not None and row.to.kind == "thread":
        return f"slack:{row.to.ref.rpartition('/')[0].rpartition('/')[0]}"
    theirs = row.to.kind == "person" if row.to is not None else row.draw is not None and row.draw.surface in ("home", "card")
    if row.to is not None and theirs and row.channel != "slack":
        return row.channel
    subject = seen.people.get(_whom(row)) if theirs else None
    return f"slack:{subject.person.slack.rpartition('/')[0]}" if subject else "slack:"


def _may_go_elsewhere(row: Row) -> bool:
    return row.to is not None and row.to.kind == "person" and len(row.via) > 1


def _is_the_teams(row: Row) -> bool:
    """Whether our own people wait for it: then it is tried for as long as it takes."""
    return row.to is not None and row.to.kind != "person"


def _why_not(row: Row, subject: Subject | None) -> str:
    """Why a channel can't reach somebody, for people who ask why."""
    if row.channel == "slack" and subject and subject.person.slack:
        return "Slack is not installed in their workspace"
    return f"{row.channel or 'slack'} cannot reach them"
