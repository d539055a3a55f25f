"""Before the fence: a row becomes what its channel sends, or it turns out that it can't be sent. Nothing has left us."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.channels import Channel, Drawing, Letter
from bot.compose import Composer
from bot.fates import next_channel, refused
from bot.handle import Door, Views
from bot.logs import about
from bot.meters import Meters
from bot.render import RenderError
from bot.shelf import Books, Shelf
from bot.whose import is_to_person, subject_of, which_case, whom
from flows.announcing import sent
from flows.decision import Say
from flows.people import Subject
from storage.outbox import Outbox
from storage.outcomes import Outcome
from storage.queued import Row

log = logging.getLogger("handrail.deliver")

REMINDER = "task_due"
"""The message that belongs into the thread of its task's card."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    """A row with what its channel sends."""

    row: Row
    channel: Channel
    what: Letter | Drawing
    lane: str


class Preparing:
    """Renders rows for their channels. Safe to share between threads."""

    def __init__(
        self, outbox: Outbox, door: Door, shelf: Shelf, channels: Mapping[str, Channel], composer: Composer, meters: Meters
    ) -> None:
        self._outbox = outbox
        self._door = door
        self._shelf = shelf
        self._channels = channels
        self._composer = composer
        self._meters = meters

    def seen(self, rows: Iterable[Row]) -> Views:
        """Everybody these rows are about, loaded once for all of them."""
        whose = [(which_case(row), whom(row)) for row in rows]
        cases, people = (case for case, _ in whose), (who for case, who in whose if not case)
        return self._door.look(list(dict.fromkeys(filter(None, people))), list(dict.fromkeys(filter(None, cases))))

    def channel_of(self, row: Row) -> Channel | None:
        """The channel it goes by; None when that is switched off."""
        if row.to is not None and row.to.kind in ("person", "hook"):
            return self._channels.get(row.channel)
        return self._channels.get("slack")

    def ready(self, row: Row, lane: str, seen: Views, now: datetime) -> Ready | Outcome:
        """What its channel sends; else what becomes of it: what can't be rendered was provably not sent. `now` is world time."""
        with about(row.cause):
            return self._ready(row, lane, seen, now)

    def _ready(self, row: Row, lane: str, seen: Views, now: datetime) -> Ready | Outcome:
        began, subject, channel = time.monotonic(), subject_of(row, seen), self.channel_of(row)
        try:
            if channel is None or (row.to and subject and row.to.kind == "person" and not channel.reaches(row.to, subject)):
                return next_channel(row, _why_not(row, subject))
            what = self._written(self._shelf.books, row, subject, channel, now)
        except Exception as error:
            unforeseen = not isinstance(error, RenderError | LookupError)
            log.error("row %d (%s) could not be rendered: %s", row.id, row.message or "drawing", error, exc_info=unforeseen)
            return refused(row, str(error))
        self._meters.rendered(time.monotonic() - began)
        return Ready(row=row, channel=channel, what=what, lane=lane)

    def told(self, row: Row, subject: Subject, channel: str, now: datetime) -> Sequence[Say]:
        """What others are told once it arrived: of what people got, and of nothing else."""
        return sent(self._shelf.playbooks(), subject, row, channel, now) if is_to_person(row) else ()

    def _written(self, books: Books, row: Row, subject: Subject | None, channel: Channel, now: datetime) -> Letter | Drawing:
        if row.draw is not None:
            return self._composer.drawing(books, row.draw, subject, self._standing(row), now)
        if subject is None:
            raise LookupError("nobody of that id")
        letter = self._composer.letter(books, row, subject, channel.surfaces, now)
        return replace(letter, beneath=self._card_above(row)) if row.message == REMINDER else letter

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


def _why_not(row: Row, subject: Subject | None) -> str:
    """Why a channel can't reach somebody, for people who ask why."""
    if row.channel == "slack" and subject and subject.person.slack:
        return "Slack is not installed in their workspace"
    return f"{row.channel or 'slack'} cannot reach them"
