"""From a mail that came in to what its writer did: who they are, which step they speak of, and what their words mean."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.conversation import Finder, events_for
from bot.drawing import Sight, see
from bot.email.answering import Meant, answer_of, meant, speaks_of, wants_no_mail
from bot.email.attaching import Attached, attached
from bot.email.parsing import InboundMail, parse_mail
from bot.email.reading import Reply, html_as_text, read_reply
from bot.email.reports import Report
from bot.handle import Door
from bot.mailbox import Mailbox
from bot.shelf import Shelf
from bot.understanding import understand
from flows.events import AnyEvent, Asked, Mail, MailIgnored, OptedOut, Replied, SaysStuck
from storage import mails
from storage.files import FileStore
from storage.outbox import Outbox
from storage.queued import Row
from storage.strays import Stray, Strays

log = logging.getLogger("handrail.inbound")

TOKENS_LAST = timedelta(days=180)
"""How long an answer to a mail of ours is acted on. A stop always is."""
MOST_AN_HOUR = 20
"""Mails of one person in an hour of world time; the others are kept and not answered."""
MOST_RECIPIENTS = 20
"""Addresses that are looked at of one mail."""
_ANSWER_ABOVE = "mail.answer_above"

Fate = Literal["taken", "ignored", "stray", "repeat"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail at one address. `why` says more in a word, and nothing about anybody."""

    fate: Fate
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """Takes mails in. `find` looks for help articles when they ask something in their own words.

    `report` hears what mail servers tell of ours.
    """

    door: Door
    shelf: Shelf
    outbox: Outbox
    mailbox: Mailbox
    files: FileStore
    find: Finder
    report: Callable[[Report], None]

    def take(self, raw: bytes, recipients: Sequence[str], return_path: str | None = None) -> list[Outcome]:
        """Let one mail in, as it came from a mail server: what became of it at each address of ours, or at none.

        `recipients` and `return_path` are the envelope's; without recipients the mail's own headers tell them. Whoever was written to
        under the token in the address is who answers: the sender's name is not asked. Raises what the database raises.
        """
        mail = parse_mail(raw, return_path=return_path, ours=self.mailbox.is_ours)
        named = list(dict.fromkeys(one.strip() for one in recipients if one.strip())) or list(mail.recipients)
        ours = list(dict.fromkeys(row for one in named[:MOST_RECIPIENTS] if (row := self.mailbox.row(one)) is not None))
        return [self._one(mail, row) for row in ours] or [self._stray(mail, "", "mail to nobody")]

    def _one(self, mail: InboundMail, number: int) -> Outcome:
        row = self.outbox.by_id(number)
        to_person = row is not None and row.to is not None and row.to.kind == "person"
        now = self.door.now()
        sight = see(self.shelf.books, self.door.view(row.person), now) if row and to_person else None
        if row is None or sight is None:
            return self._stray(mail, str(number), "mail to nobody")
        return Answer(self, mail, row, sight, now, _key(mail, self.mailbox.token(number))).take()

    def _stray(self, mail: InboundMail, place: str, what: str) -> Outcome:
        one = Stray(source=mails.SOURCE, key=_key(mail, place), at=self.door.now(), what=what)
        fresh = Strays(self.door.store.database).keep([one])
        return Outcome("stray" if fresh else "repeat", what)


@dataclass(frozen=True, slots=True)
class Answer:
    """One mail that answers one of ours. `key` is what to know a repeat by."""

    at: Inbound
    mail: InboundMail
    row: Row
    sight: Sight
    now: datetime
    key: str

    def take(self) -> Outcome:
        """Let it in."""
        reply = read_reply(self.mail.text or html_as_text(self.mail.html), self._sentinels())
        door, repeat = self.at.door, MailIgnored(why="empty", **self._origin())
        known = bool(door.store.known([repeat]))
        if (told := self._told_of_ours()) is not None:
            self.at.report(told)
            return Outcome("repeat") if known else Outcome("taken", told.what)
        if (early := self._without_reading(reply)) is not None:
            door.handle(early)
            return self._outcome(early, known)
        brought = attached(self.mail.attachments, self.key)
        said = meant(reply.text, self._listen)
        events = list(self._said(said, brought))
        self._let_in(events, brought)
        if (said.more or brought.files) and not any(isinstance(one, Replied | SaysStuck) for one in events):
            self._relay(reply.text, brought)
        return Outcome("repeat" if known else "taken", type(events[0]).__name__ if events else "thanks")

    def _without_reading(self, reply: Reply) -> AnyEvent | None:
        """What is settled before anybody reads the words: an opt-out first, which nothing holds up; None when they are to be read."""
        mail, origin, out = self.mail, self._origin(), self.sight.person.opted_out
        by_subject = mail.verdict not in ("bounce", "loop") and wants_no_mail(mail.subject, reply.text, self._listen)
        if by_subject and not {"email", "all"} & set(out):
            return OptedOut(channel="email", wording=mail.subject.strip()[:200], mouth="email", **origin)
        if mail.verdict and not (mail.verdict == "empty" and mail.attachments):
            return self._ignored(mail.verdict)
        if not reply.text.strip() and not mail.attachments:
            return self._ignored("empty")
        if meant(reply.text, self._listen).stops and "all" not in out:
            return OptedOut(channel="all", wording=reply.first_line[:200], mouth="email", **origin)
        if mails.heard_since(self.at.door.store.database, self.sight.person.id, self.now - timedelta(hours=1)) >= MOST_AN_HOUR:
            return self._ignored("too_many")
        if self.now - self.row.created_at > TOKENS_LAST:
            return Asked(about="fresh_link", mouth="email", mail=self._mail(), **origin)
        return None

    def _ignored(self, why: Any) -> MailIgnored:
        return MailIgnored(why=why, subject=self.mail.subject[:200], **self._origin())

    def _told_of_ours(self) -> Report | None:
        """A mail server could not deliver ours; the token says which. None for what is no such report."""
        dsn = self.mail.dsn
        if dsn is None or dsn.action != "failed" or dsn.status.startswith("2"):
            return None
        return Report(
            key=self.key,
            what="blocked" if _may_pass(dsn.status) else "bounced",
            at=self.now,
            address=self._their_address(dsn.recipient),
            row=self.row.id,
            why=" ".join(f"{dsn.status} {dsn.diagnostic}".split())[:300],
            lost=True,
            source=mails.SOURCE,
        )

    def _their_address(self, told: str) -> str:
        """Anybody may write such a report about anybody: only the address that this person has is believed, '' for another's."""
        own = self.sight.person.email.strip().lower()
        return own if not told or told == own or told.partition("@")[2] == own.partition("@")[2] else ""

    def _said(self, said: Meant, brought: Attached) -> Iterator[AnyEvent]:
        """What their words change or ask."""
        origin = self._origin() | {"mouth": "email"}
        answer = answer_of(self.row, said, self.sight)
        if answer is not None:
            yield replace(answer, **origin)
            return
        heard = speaks_of(self.row, said, self.sight)
        yield from events_for(
            heard.heard,
            person=self.sight.person,
            checklist=self.sight.checklist,
            find=self.at.find,
            files=brought.files,
            step=heard.step,
            mail=self._mail(),
            **{name: origin[name] for name in ("source", "key", "at", "mouth")},
        )

    def _let_in(self, events: Sequence[AnyEvent], brought: Attached) -> None:
        """What they attached is kept first: the mail comes only once."""
        if brought.kept and any(getattr(one, "files", ()) for one in events):
            self.at.files.keep(self.sight.person.id, brought.kept, self.now)
        self.at.door.handle(*events)

    def _relay(self, text: str, brought: Attached) -> None:
        """They wrote more than a command: while a human has their case, the human reads it."""
        subject = self.at.door.view(self.sight.person.id)
        if subject and subject.person.case:
            origin = self._origin() | {"key": f"{self.key}:more"}
            self._let_in([Replied(text=text, mouth="email", files=brought.files, mail=self._mail(), **origin)], brought)

    def _outcome(self, event: AnyEvent, known: bool) -> Outcome:
        if known:
            return Outcome("repeat")
        return Outcome("ignored", event.why) if isinstance(event, MailIgnored) else Outcome("taken", type(event).__name__)

    def _listen(self, text: str) -> Any:
        phrases, person = self.sight.books.phrases, self.sight.person
        return understand(text, phrases=phrases, now=self.now, zone=self.sight.zone, locale=person.locale)

    def _sentinels(self) -> tuple[str, ...]:
        return self.sight.books.words.in_every_language(_ANSWER_ABOVE)

    def _mail(self) -> Mail | None:
        """Their mail, for an answer in its thread; None when it has no name that an answer could refer to."""
        name = self.mail.message_id
        fits = name.startswith("<") and name.endswith(">") and name.isascii() and name.isprintable() and len(name) < 250
        subject = " ".join(self.mail.subject.split())[:200]
        return Mail(id=name, subject=subject) if fits and not set(name[1:-1]) & set("<> ") else None

    def _origin(self) -> dict[str, Any]:
        return {"source": mails.SOURCE, "key": self.key, "who": self.sight.person.id, "at": self.now}


def _key(mail: InboundMail, place: str) -> str:
    """The same for the same mail at the same address, and nothing about either."""
    return hashlib.sha256(f"{mail.key}\0{place}".encode(errors="replace")).hexdigest()


def _may_pass(status: str) -> bool:
    """Whether a refusal says nothing about the address for good (RFC 3463): 4 may pass, and so may a full mailbox, or what concerns us."""
    return status.startswith(("4", "5.2.2", "5.2.3", "5.3", "5.4", "5.5", "5.6", "5.7"))
