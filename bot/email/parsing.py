"""A raw mail, read: whatever stands in it, this raises nothing."""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from email.utils import getaddresses

from bot.email.bodies import Bodies, Part, bodies_of
from bot.email.headers import Headers
from bot.email.verdicts import Dsn, Verdict, report_of, verdict_of

__all__ = ["Dsn", "InboundMail", "Part", "Verdict", "parse_mail"]

MOST_LOOKS = 6_000_000
"""How often the standard library looks at a line: each line once for each boundary. 30 MB of attachments are 400,000 lines."""
MOST_LINES = 1_000_000
"""Each is a value of its own while the standard library decodes them, however short."""
MOST_BLOCKS = 5_000
"""Empty lines of a mail with a report in it: below each there is a mail of its own to the standard library."""
MOST_NESTING = 100
"""Boundaries and mails inside of mails."""
MOST_MARKS = 5_000
"""Lines that may begin another part."""
MOST_HEADERS = 100_000
"""Bytes of a mail's headers."""

_WHEN_COSTLY = 100_000
"""Bytes that are taken apart of a mail that would cost more than any of these."""
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
_NESTING = re.compile(rb"boundary\s{0,9}=|message/(?:rfc822|partial|global)", re.IGNORECASE)
_REPORT = re.compile(rb"message/delivery-status", re.IGNORECASE)
_NAME = re.compile(r"<[!-;=?-~]{1,500}>")
_FOR = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To", "To", "Cc")
_MOST_RECIPIENTS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class InboundMail:
    """A mail that came in.

    `key` is its Message-ID, or a digest of it all where it has none: what to know a repeat by. `message_id` is '' then, else with its <>.
    `sender` and `recipients` are bare addresses in lower case, those of the delivery before those of the letterhead; they prove nothing.
    `text` and `html` are whole bodies: see `reading`. `verdict` tells why it gets no answer, and `dsn` what a mail server reports.
    """

    key: str
    message_id: str
    subject: str
    sender: str
    recipients: tuple[str, ...]
    text: str
    html: str
    attachments: tuple[Part, ...] = ()
    verdict: Verdict = ""
    dsn: Dsn | None = None


def parse_mail(raw: bytes, *, return_path: str | None = None, ours: Callable[[str], bool] = lambda _: False) -> InboundMail:
    """Read a mail. `return_path`: the envelope's sender where the door knows it, '' for the null one. `ours`: `Mailbox.is_ours`."""
    message = _unpacked(raw)
    headers = Headers(message)
    bodies = bodies_of(message)
    dsn = report_of(message, headers)
    name = _NAME.search(headers.first("Message-ID"))
    message_id = name[0] if name else ""
    return InboundMail(
        key=message_id or hashlib.sha256(raw).hexdigest(),
        message_id=message_id,
        subject=headers.words("Subject"),
        sender=next(iter(_addresses(headers, ("From", "Sender"))), ""),
        recipients=_addresses(headers, _FOR),
        text=bodies.text,
        html=bodies.html,
        attachments=bodies.attachments,
        verdict=verdict_of(headers, bodies, dsn, return_path, ours_came_back=bool(message_id) and ours(message_id)) or _empty(bodies),
        dsn=dsn,
    )


def _unpacked(raw: bytes) -> Message:
    """The mail as the standard library takes it apart, as far as that does not take for ever."""
    mail = raw.lstrip(b"\r\n \t\xef\xbb\xbf")
    end = _END_OF_HEADERS.search(mail)
    head, body = (mail[: end.start()], mail[end.end() :]) if end else (mail, b"")
    head = head[:MOST_HEADERS] + b"\n\n"
    body = body[:_WHEN_COSTLY] if _is_costly(body, reports=bool(_REPORT.search(head) or _REPORT.search(body))) else body
    top = email.message_from_bytes(head, policy=email.policy.compat32)
    if top.get_content_maintype() not in ("multipart", "message"):
        top.set_payload((_begun(top) + body).decode("ascii", "surrogateescape"))
        return top
    try:
        return email.message_from_bytes(head + body, policy=email.policy.compat32)
    except Exception:  # whatever the parser stumbles over: it is a stranger's, and the sender must not try again
        return top


def _is_costly(body: bytes, *, reports: bool) -> bool:
    nesting = sum(1 for _ in _NESTING.finditer(body))
    lines = max(body.count(b"\n"), body.count(b"\r"))
    if lines > MOST_LINES or (reports and _empty_lines(body) > MOST_BLOCKS):
        return True
    return nesting > MOST_NESTING or lines * (nesting + 1) > MOST_LOOKS or body.count(b"\n--") > MOST_MARKS


def _empty_lines(body: bytes) -> int:
    """About how many; never less than half of them."""
    return body.count(b"\n\n") + body.count(b"\n\r") + body.count(b"\r\r")


def _begun(top: Message) -> bytes:
    """What stands among the headers and is none: there the mail has begun already."""
    try:
        begun = top.get_payload(decode=True)
    except Exception:  # as above
        return b""
    return begun if isinstance(begun, bytes) else b""


def _addresses(headers: Headers, names: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in names:
        for value in headers.all(name):
            try:
                pairs = getaddresses([value])
            except (ValueError, IndexError, RecursionError):
                continue
            found |= {address.lower(): None for _, address in pairs if "@" in address}
    return tuple(found)[:_MOST_RECIPIENTS]


def _empty(bodies: Bodies) -> Verdict:
    return "" if bodies.text.strip() or bodies.html.strip() or bodies.attachments else "empty"
