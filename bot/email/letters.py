"""What both mail carriers share: who a mail is from and to, the headers a polite mail has, and the message as SMTP wants it.

Nothing here tells who somebody is but the To line: Message-IDs, reply addresses and links are opaque.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime

from bot.channels import Attachment, Letter, SendError
from bot.email.verdicts import MARK
from bot.mailbox import Envelope
from bot.surfaces import clean

WRITTEN_BY_HAND = frozenset({"csm_reply"})
"""A colleague's own words: no program made them, so they are not called auto-generated. Who is away may let them know."""

LONGEST_NAME = 100
_LONGEST_LINE = 998
"""Octets of a line without its CRLF (RFC 5322, 2.1.1)."""

_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f]{1,64}@[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f]{1,255}")
_AS_WRITTEN = frozenset({"message-id", "in-reply-to", "references", "list-unsubscribe"})


class _Wire(EmailPolicy):
    """SMTP's form, but for headers that are names and addresses: those are folded at blanks alone.

    Python would turn a long address into an encoded word, which nobody reads back (RFC 2047, 5: not within a msg-id or an URI).
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header, with its line breaks."""
        if name.lower() in _AS_WRITTEN:
            return f"{name}: {value.replace(' ', self.linesep + ' ')}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_WIRE = _Wire(linesep="\r\n", cte_type="7bit")


def envelope_of(letter: Letter) -> Envelope:
    """What the letter carries besides its words. One that has none was not written to be mailed: a defect."""
    if letter.envelope is None:
        raise SendError("this was not written to go by mail", permanent=True)
    return letter.envelope


def address_of(letter: Letter) -> str:
    """Where it goes. Raises SendError: nobody can be written to there."""
    try:
        return wire_address(letter.subject.person.email)
    except ValueError as error:
        raise SendError(str(error), permanent=True) from None


def wire_address(email: str) -> str:
    """An address as mail servers know it, its domain in ASCII (RFC 5890). Raises ValueError for what is none; never quotes it."""
    local, _, domain = email.strip().rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        address = ""
    if not _ADDRESS.fullmatch(address):
        raise ValueError("this is no e-mail address")
    return address


def name_of(letter: Letter) -> str:
    """What the person is called, as one line."""
    return one_line(letter.subject.person.name)[:LONGEST_NAME].strip()


def sender_of(letter: Letter) -> str:
    """Who it is from, by name: our company, or "Maya at Acme"."""
    return one_line(envelope_of(letter).from_name)[:LONGEST_NAME].strip()


def subject_of(letter: Letter) -> str:
    """The subject: the message's own, or that of the thread it answers in. Never empty: carriers refuse that."""
    return one_line(envelope_of(letter).subject or letter.rendered.subject) or sender_of(letter)


def one_line(text: str) -> str:
    """Text that can't end a header and begin another."""
    return " ".join(clean(text).split())


def headers_of(letter: Letter, from_email: str) -> dict[str, str]:
    """All headers but From, To, Reply-To, Subject, Date and those of MIME.

    Message-ID, In-Reply-To and References make threads (RFC 5322, 3.6.4). List-Unsubscribe (RFC 2369) with List-Unsubscribe-Post
    (RFC 8058) is the mail program's own button; the POST needs a DKIM signature over both, which is the carrier's to make.
    Auto-Submitted (RFC 3834, 5) tells other programs not to answer, X-Auto-Response-Suppress says so to Exchange.
    X-Handrail says that it is ours, should it come back.
    """
    envelope = envelope_of(letter)
    found = {
        "Message-ID": envelope.message_id,
        "In-Reply-To": envelope.in_reply_to,
        "References": " ".join(envelope.references),
        "List-Unsubscribe": _ways_out(letter, envelope.reply_to or from_email),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" if letter.unsubscribe_url else "",
        "Auto-Submitted": "" if letter.message in WRITTEN_BY_HAND else "auto-generated",
        "X-Auto-Response-Suppress": "All",
        MARK: "1",
    }
    return {name: value for name, value in found.items() if value}


def _ways_out(letter: Letter, address: str) -> str:
    ways = [letter.unsubscribe_url, f"mailto:{address}?subject=unsubscribe"]
    return ", ".join(f"<{way}>" for way in ways if way)


def written(letter: Letter, from_email: str, at: datetime) -> bytes:
    """The message for SMTP's DATA: CRLF lines of at most 998 octets, all of them ASCII. `at` is its Date. Raises SendError."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(display_name=sender_of(letter), addr_spec=from_email)
    mail["To"] = _to(letter)
    if reply_to := envelope_of(letter).reply_to:
        mail["Reply-To"] = reply_to
    mail["Subject"] = subject_of(letter)
    mail["Date"] = format_datetime(at)
    for name, value in headers_of(letter, from_email).items():
        if len(value) > _LONGEST_LINE - len(name) - 2 or not value.isascii():
            raise SendError(f"its {name} does not fit a mail", permanent=True)
        mail[name] = value
    mail.set_content(letter.rendered.text)
    mail.add_alternative(letter.rendered.html, subtype="html")
    for attachment in letter.attachments:
        _attach(mail, attachment)
    return mail.as_bytes(policy=_WIRE)


def _to(letter: Letter) -> Address:
    address = address_of(letter)
    if not address.isascii():
        raise SendError("the address has letters that few mail servers take (RFC 6531)", permanent=True)
    return Address(display_name=name_of(letter), addr_spec=address)


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    kind, parameters = media_type(attachment)
    maintype, _, subtype = kind.partition("/")
    mail.add_attachment(
        attachment.content,
        maintype=maintype,
        subtype=subtype,
        cte="base64",
        filename=file_name(attachment),
        params=parameters,
    )


def media_type(attachment: Attachment) -> tuple[str, dict[str, str]]:
    """Type and parameters of an attachment (RFC 2045, 5.1): text/calendar; method=PUBLISH is ("text/calendar", {"method": "PUBLISH"})."""
    kind, *rest = (part.strip() for part in attachment.mimetype.split(";"))
    pairs = (part.partition("=") for part in rest)
    return kind.lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs if value}


def file_name(attachment: Attachment) -> str:
    """Its name as one line and without folders."""
    return one_line(attachment.name).replace("\\", "/").rpartition("/")[2] or "attachment"
