"""From a row of the outbox to what a channel can send: the person as they are now, and the message rendered for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.channels import Attachment, Drawing, Letter, Standing
from bot.drawing import Sight, see
from bot.facts import message_facts
from bot.links import Links, PersonLinks
from bot.mailbox import Mailbox
from bot.render import Rendered, Surface, render
from bot.shelf import Books
from bot.threads import envelope_for
from flows.decision import Draw, To
from flows.people import Subject
from flows.tasks import task_in
from storage.queued import Row

TEAM = ("case", "channel")
"""Kinds of recipients that are our own people."""

TASKS = ("task_card", "task_due")
"""Messages to the team about a task."""

Attaching = Callable[[str, Mapping[str, Any], Subject, datetime], tuple[Attachment, ...]]
"""What goes with a message to somebody: from its name, its facts, whom it is for and now."""


def nothing(message: str, facts: Mapping[str, Any], subject: Subject, now: datetime) -> tuple[Attachment, ...]:  # noqa: ARG001
    """Nothing goes with any message."""
    return ()


class Composer:
    """Renders messages and views. Holds nothing about any person. Without a `mailbox` nothing goes by mail."""

    def __init__(
        self,
        links: Links,
        company: str,
        postal_address: str,
        *,
        slack_on: bool = False,
        mailbox: Mailbox | None = None,
        attachments: Attaching = nothing,
    ) -> None:
        self._links = links
        self._company = company
        self._postal_address = postal_address
        self._slack_on = slack_on
        self._mailbox = mailbox
        self._attachments = attachments

    def letter(self, books: Books, row: Row, subject: Subject, surfaces: Collection[Surface], now: datetime) -> Letter:
        """A message ready to go. Raises RenderError: nothing was sent."""
        assert row.to is not None
        if row.to.kind == "hook":
            return _unwritten(row, row.to, subject)
        team = row.to.kind in TEAM
        sight = see(books, subject, now, team=team)
        mailed = row.to.kind == "person" and "html" in surfaces
        envelope = envelope_for(self._mailbox, row, subject, self._company, books.words) if mailed and self._mailbox else None
        reply_to = envelope.reply_to if envelope else ""
        links = self._links_of(subject, now)
        rendered = self._render(
            books, sight, subject, row.message, row.facts, row.variant, surfaces, now, None if team else links, reply_to=reply_to
        )
        return Letter(
            id=row.id,
            key=row.key or "",
            to=row.to,
            message=row.message,
            rendered=rendered,
            subject=subject,
            checklist=sight.checklist if sight else None,
            case=subject.case,
            page_url=self._teams_page(row.message, subject, now) if team else links.page,
            unsubscribe_url=links.unsubscribe,
            facts=row.facts,
            sight=sight,
            envelope=envelope,
            attachments=self._attachments(row.message, row.facts, subject, now) if mailed else (),
        )

    def drawing(self, books: Books, draw: Draw, subject: Subject | None, sent: Sequence[Row], now: datetime) -> Drawing:
        """A view to bring up to date; `sent` are the messages it may stand in, the newest first. Raises RenderError."""
        sight = see(books, subject, now, team=draw.surface in ("case", "task"))
        surfaces: frozenset[Surface] = frozenset({"slack"})
        card = _card_of(draw, subject)
        rendered = self._render(books, sight, subject, *card, "", surfaces, now, None) if card and subject else None
        return Drawing(
            draw=draw,
            sight=sight,
            rendered=rendered,
            case=subject.case if subject else None,
            page_url=self._page(draw, subject, now) if subject else "",
            sent_id=sent[0].provider_id if sent else "",
            sent=sent[0].sent_payload if sent else None,
            older=tuple(Standing(id=row.provider_id, payload=row.sent_payload) for row in sent[1:]),
        )

    def _page(self, draw: Draw, subject: Subject, now: datetime) -> str:
        """What "Open page" opens: for the team a page that only tells, never the one on which the person acts."""
        leads = {"case": self._links.story, "task": self._links.timeline}.get(draw.surface, self._links.page)
        return leads(subject.person.id, now)

    def _teams_page(self, message: str, subject: Subject, now: datetime) -> str:
        """Where a message to the team leads: the account's timeline for a task, else the person's story."""
        return (self._links.timeline if message in TASKS else self._links.story)(subject.person.id, now)

    def _render(
        self,
        books: Books,
        sight: Sight | None,
        subject: Subject,
        message: str,
        facts: Mapping[str, object],
        variant: str,
        surfaces: Collection[Surface],
        now: datetime,
        links: PersonLinks | None,
        *,
        reply_to: str = "",
    ) -> Rendered:
        """Said to the person, or to the team when there are no `links`."""
        if sight is None:
            raise LookupError("no playbook is loaded")
        return render(
            books.messages,
            message=message,
            facts=message_facts(
                sight.playbook,
                subject,
                sight.checklist,
                facts,
                company=self._company,
                postal_address=self._postal_address,
                now=now,
                reader="person" if links else "team",
                words=books.words,
                playbooks=books.playbooks,
            ),
            checklist=sight.checklist,
            links=links,
            variants=(variant, *sight.segments),
            locale=subject.person.locale if links else "",
            surfaces=surfaces,
            reply_to=reply_to,
        )

    def _links_of(self, subject: Subject, now: datetime) -> PersonLinks:
        """What a message to them may lead to; to Slack when they can go on there and have not yet."""
        return self._links.of(subject.person.id, now, slack=self._slack_on and not subject.person.slack_ok)


def _unwritten(row: Row, to: To, subject: Subject) -> Letter:
    """What is told to programs: its facts, and no words."""
    nothing_to_read = Rendered(
        message=row.message, locale="", audience="team", subject="", preheader="", html="", text="", body="", slack_parts=(), slack_text="",
        button=None, choices=(), step="", case="",
    )  # fmt: skip
    return Letter(
        id=row.id,
        key=row.key or "",
        to=to,
        message=row.message,
        rendered=nothing_to_read,
        subject=subject,
        checklist=None,
        case=None,
        page_url="",
        unsubscribe_url="",
        facts=row.facts,
        sight=None,
    )


def _card_of(draw: Draw, subject: Subject | None) -> tuple[str, dict[str, str]] | None:
    """The message that a card of the team's is rendered from, and its facts; None when there is no card, or nothing it is about."""
    if draw.surface == "case" and subject is not None and subject.case is not None:
        return "case_card", {"case": draw.ref}
    id = draw.ref.partition(":")[2]
    if draw.surface == "task" and subject is not None and task_in(subject, id) is not None:
        return "task_card", {"task": id}
    return None
