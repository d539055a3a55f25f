"""One answer to one of our mails: what its words and files mean, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from bot.conversation import events_for
from bot.drawing import Sight
from bot.email.answering import Meant, answer_of, beside, meant, speaks_of, wants_no_mail
from bot.email.attaching import Attached, attached
from bot.email.parsing import InboundMail
from bot.email.reading import Reply, html_as_text, read_reply
from bot.email.returned import returned
from bot.heard import Stop
from bot.understanding import understand
from flows.events import Answered, AnyEvent, Asked, Mail, MailIgnored, OptedOut, Replied, SaysStuck
from storage import mails
from storage.queued import Row

if TYPE_CHECKING:
    from bot.email.inbound import Inbound

TOKENS_LAST = timedelta(days=180)
"""How long an answer to a mail of ours is acted on. A stop always is."""
MOST_AN_HOUR = 20
"""Mails of one person in an hour of world time; the others are kept and not answered."""
MOST_A_DAY = 60
"""The same for a day: a program that answers every answer is no person for ever."""
ECHOES = timedelta(hours=12)
"""Within so long the same words again, which we answered, are a program's."""
MOST_WORDING = 2_000
"""Characters of what stands in the consent log when they stop and say why."""
_ANSWER_ABOVE = "mail.answer_above"

Fate = Literal["taken", "ignored", "stray", "repeat"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail at one address. `why` says more in a word, and nothing about anybody."""

    fate: Fate
    why: str = ""


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
        door, person = self.at.door, self.sight.person
        known = bool(door.store.known([MailIgnored(why="empty", **self._origin())]))
        if (told := returned(self.mail.dsn, row=self.row.id, email=person.email, key=self.key, at=self.now)) is not None:
            self.at.report(told)
            return Outcome("repeat") if known else Outcome("taken", told.what)
        said = self._meant(reply)
        early = self._without_reading(reply, said)
        if early is not None:
            door.handle(early)  # nothing holds a stop up, not even a picture
        if early is not None and not isinstance(early, OptedOut):
            return self._outcome(early, known)
        return self._heard(reply, said, early, known)

    def _heard(self, reply: Reply, said: Meant, early: OptedOut | None, known: bool) -> Outcome:
        """What was said, and then whatever stood or hung beside it: words and files are never lost."""
        brought = attached(self.mail.attachments, self.key)
        events = [early] if early else list(self._said(said, brought))
        if self._is_echo(events):
            self.at.door.handle(echo := self._ignored("loop"))
            return self._outcome(echo, known)
        solved = any(isinstance(one, Answered) and one.survey == "solved" and one.value == "yes" for one in events)
        if solved:
            self._to_human(reply, said, brought)  # before the case is closed
        if early is None:
            self._let_in(events, brought)
        if not any(isinstance(one, Replied | SaysStuck) for one in events):
            answered = any(isinstance(one, Answered) and one.survey != "solved" for one in events)
            if not self._to_human(reply, said, brought, answered=answered) and not answered:
                self._beside(said, brought)
        return Outcome("repeat" if known else "taken", type(events[0]).__name__ if events else "thanks")

    def _meant(self, reply: Reply) -> Meant:
        """A subject that unsubscribes is the command, and the words stand below it."""
        gets_mail = not {"email", "all"} & set(self.sight.person.opted_out) and self.mail.verdict not in ("bounce", "loop")
        if gets_mail and wants_no_mail(self.mail.subject, reply.text, self._listen):
            subject = self.mail.subject.strip()
            return Meant(heard=Stop(subject), line=subject, rest=reply.text, subject=True)
        return meant(reply.text, self._listen, self.sight.person.name)

    def _without_reading(self, reply: Reply, said: Meant) -> AnyEvent | None:
        """What is settled before anybody reads the words: an opt-out first, which nothing holds up; None when they are to be read."""
        mail, origin, out = self.mail, self._origin(), self.sight.person.opted_out
        if said.subject:
            return OptedOut(channel="email", wording=self._wording(reply, said), mouth="email", **origin)
        if mail.verdict and not (mail.verdict == "empty" and mail.attachments):
            return self._ignored(mail.verdict)
        if not reply.text.strip() and not mail.attachments:
            return self._ignored("empty")
        if said.stops and "all" not in out:
            return OptedOut(channel="all", wording=self._wording(reply, said), mouth="email", **origin)
        if self._wrote(timedelta(hours=1)) >= MOST_AN_HOUR or self._wrote(timedelta(days=1)) >= MOST_A_DAY:
            return self._ignored("too_many")
        if self.now - self.row.created_at > TOKENS_LAST:
            return Asked(about="fresh_link", mouth="email", mail=self._mail(), **origin)
        return None

    def _wording(self, reply: Reply, said: Meant) -> str:
        """What they stopped with; all of it where the rest goes nowhere else."""
        if not said.rest or self.sight.person.case or beside(said, self._listen):
            return said.line[:200]
        return (f"{said.line}\n\n{reply.text}" if said.subject else reply.text)[:MOST_WORDING]

    def _wrote(self, within: timedelta) -> int:
        return mails.heard_since(self.at.door.store.database, self.sight.person.id, self.now - within)

    def _is_echo(self, events: Sequence[AnyEvent]) -> bool:
        """The same words again that no human reads: a program that says of itself nowhere that it is one."""
        words = [_plain(one.text) for one in events if isinstance(one, Replied) and one.text.strip()]
        if not words or self.sight.person.case:
            return False
        before = mails.said_since(self.at.door.store.database, self.sight.person.id, self.now - ECHOES)
        return any(_plain(each) in words for each in before)

    def _ignored(self, why: Any) -> MailIgnored:
        return MailIgnored(why=why, subject=self.mail.subject[:200], **self._origin())

    def _said(self, said: Meant, brought: Attached) -> Iterator[AnyEvent]:
        """What their words change or ask."""
        origin = self._origin() | {"mouth": "email"}
        answer = answer_of(self.row, said, self.sight)
        if answer is not None:
            yield replace(answer, **origin)
            return
        yield from self._events(said, brought, origin)

    def _events(self, said: Meant, brought: Attached, origin: Mapping[str, Any]) -> list[AnyEvent]:
        heard = speaks_of(self.row, said, self.sight)
        return events_for(
            heard.heard,
            person=self.sight.person,
            checklist=self.sight.checklist,
            find=self.at.find,
            files=brought.files,
            step=heard.step,
            mail=self._mail(),
            source=origin["source"],
            key=origin["key"],
            at=origin["at"],
            mouth="email",
        )

    def _let_in(self, events: Sequence[AnyEvent], brought: Attached) -> None:
        """What they attached is kept first: the mail comes only once."""
        if brought.kept and any(getattr(one, "files", ()) for one in events):
            self.at.files.keep(self.sight.person.id, brought.kept, self.now)
        self.at.door.handle(*events)

    def _to_human(self, reply: Reply, said: Meant, brought: Attached, *, answered: bool = False) -> bool:
        """While a human has their case, the human reads all of it; `answered`: the words went there with an answer. Whether one has."""
        subject = self.at.door.view(self.sight.person.id)
        if not (subject and subject.person.case):
            return False
        if brought.files or (said.rest and not answered):
            text = "" if answered else reply.text
            more = Replied(text=text, mouth="email", files=brought.files, mail=self._mail(), **self._more())
            self._let_in([more], brought)
        return True

    def _beside(self, said: Meant, brought: Attached) -> None:
        """Their words below a command, when no human has their case: as if they had come alone."""
        heard = beside(said, self._listen)
        if heard is not None:
            events = self._events(replace(said, heard=heard), brought, self._more())
            if not self._is_echo(events):
                self._let_in(events, brought)

    def _more(self) -> dict[str, Any]:
        return self._origin() | {"key": self.key + mails.MORE}

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


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
