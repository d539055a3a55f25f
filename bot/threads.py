"""Which thread a mail stands in, who signs it, and where its answer goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.mailbox import Envelope, Mailbox
from bot.surfaces import clean
from bot.words import Words
from flows.people import Subject
from storage.queued import Row

OF_A_COLLEAGUE = "csm_reply"
"""Their own words: they sign it."""
LONGEST_SUBJECT = 200
_LONGEST_ID = 250

_ID = re.compile(r"<[!-;=?-~]+>")
"""A Message-ID of somebody else's: printable ASCII between <>, so that it ends no header of ours (RFC 5322, 3.6.4)."""
_RE = re.compile(r"(?:(?:re|aw|antw|sv|vs|ref|odp)(?:\[\d{1,3}\])? ?: ?)+", re.IGNORECASE)
"""How mail programs say that a mail is an answer."""


@dataclass(frozen=True, slots=True)
class _Answered:
    """Somebody's mail that ours answers."""

    id: str
    subject: str


def envelope_for(mailbox: Mailbox, row: Row, subject: Subject, company: str, words: Words) -> Envelope:
    """What a mail to a person carries.

    It answers their mail where the decision or the case names one. Else what concerns a case stands in the case's own thread, and the
    rest in that of their journey: a colleague's answer is never found among the campaign's mails.
    """
    case, journey = str(row.facts.get("case") or ""), subject.person.journey
    answered = _answered(row.facts, subject, case)
    if answered:
        references: tuple[str, ...] = (answered.id,)
    elif case:
        references = (mailbox.thread_id("case", case),)
    else:
        references = (mailbox.thread_id("journey", journey.id),) if journey else ()
    return Envelope(
        from_name=signed(row.message, row.facts, subject.person.locale, company, words),
        message_id=mailbox.message_id(row.id),
        in_reply_to=answered.id if answered else "",
        references=references,
        reply_to=mailbox.reply_address(row.id),
        subject=answered.subject if answered else "",
    )


def answering(subject: str) -> str:
    """The subject of an answer: "Re: …" once, '' when theirs says nothing."""
    said = " ".join(clean(subject[: 2 * LONGEST_SUBJECT]).split())
    rest = said[found.end() :] if (found := _RE.match(said)) else said
    return f"Re: {rest[:LONGEST_SUBJECT].strip()}" if rest.strip() else ""


def _answered(facts: Mapping[str, Any], subject: Subject, case: str) -> _Answered | None:
    """The mail that the decision names, else the last one about the case."""
    told = facts.get("mail")
    if isinstance(told, Mapping):
        id, about = str(told.get("id") or ""), str(told.get("subject") or "")
    elif case and subject.case and subject.case.id == case and subject.case.mail:
        id, about = subject.case.mail.id, subject.case.mail.subject
    else:
        return None
    return _Answered(id, answering(about)) if len(id) <= _LONGEST_ID and _ID.fullmatch(id) else None


def signed(message: str, facts: Mapping[str, Any], locale: str, company: str, words: Words) -> str:
    """Who a mail is from: the company, or for a colleague's words "Maya at Acme"."""
    name = str(facts.get("csm") or "").split()
    if message != OF_A_COLLEAGUE or not name:
        return company
    return words.get("mail.from_colleague", locale, {"name": name[0], "company": company})
