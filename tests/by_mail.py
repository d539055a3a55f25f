"""People who answer our mails: what their mail programs and SendGrid's Inbound Parse make of it, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from itertools import count
from typing import Any

from town import Answer, Town

from bot.mailbox import Mailbox
from bot.playground.values import Mail
from flows.people import Person

SECRET = "a-secret-that-only-sendgrid-knows"
REPLIES = "replies.tally.test"
SETTINGS = {"reply_domain": REPLIES, "inbound_secret": SECRET}
WAY_IN = f"/email/inbound/{SECRET}"

_EDGE = "--------------------------xYzZY"
_n = count(1)

Part = tuple[str, str, bytes]
"""A part of a form: its name, its type (with a file's name after a semicolon) or '', and what is in it."""


def mailbox(town: Town) -> Mailbox:
    return town.house.inbound.mailbox


def row_of(mail: Mail) -> int:
    """The outbox row that a mail came from."""
    return int(mail.custom_args["handrail_id"])


def address(town: Town, mail: Mail) -> str:
    """Where an answer to it goes."""
    return mailbox(town).reply_address(row_of(mail))


def written(
    text: str = "",
    *,
    subject: str = "Re: Hello",
    html: str = "",
    files: Sequence[tuple[str, str, bytes]] = (),
    headers: Mapping[str, str] | None = None,
    sender: str = "ana@acme.test",
) -> bytes:
    """A mail as somebody's program writes it. `files`: name, type and content of each."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "Tally <hello@tally.test>", subject
    mail["Message-ID"] = f"<{next(_n)}.mail@acme.test>"
    for name, value in (headers or {}).items():
        del mail[name]
        mail[name] = value
    if text or not html:
        mail.set_content(text)
    if html:
        (mail.add_alternative if text else mail.set_content)(html, subtype="html")
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def form(*parts: Part) -> tuple[bytes, dict[str, str]]:
    """A multipart form, byte by byte, with its headers."""
    body = b""
    for name, kind, content in parts:
        mimetype, _, filename = kind.partition(";")
        told = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
        kinds = f"\r\nContent-Type: {mimetype}" if mimetype else ""
        body += f"--{_EDGE}\r\n{told}{kinds}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{_EDGE}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={_EDGE}"}


def envelope(*to: str, sender: str = "ana@acme.test") -> Part:
    return ("envelope", "", json.dumps({"to": list(to), "from": sender}).encode())


def posts(town: Town, *parts: Part, path: str = WAY_IN, **headers: str) -> Answer:
    """SendGrid posts a form."""
    body, told = form(*parts)
    answer = town.fetch("POST", path, body, told | headers)
    town.settle()
    return answer


def arrives(town: Town, raw: bytes, *to: str, sender: str = "ana@acme.test") -> list[str]:
    """A raw mail comes in for these addresses; what became of it at each."""
    answer = posts(town, ("email", "", raw), envelope(*to, sender=sender))
    assert answer.status == 200, answer.text
    return list(answer.json["mails"])


def answers(town: Town, mail: Mail, text: str = "", **how: Any) -> list[str]:
    """Somebody answers one of our mails; what became of it."""
    subject = mail.subject if mail.subject.startswith("Re: ") else f"Re: {mail.subject}"
    return arrives(town, written(text, **({"subject": subject} | how)), address(town, mail))


def person(town: Town, email: str) -> Person:
    found = town.house.reports.find_person(email)
    assert found is not None
    return found


def heard(town: Town, email: str) -> list[dict[str, Any]]:
    """What became of somebody's mails, as events, oldest first."""
    return [event for event in town.why(email) if event["source"] == "mail"]


def replies_by_mail(town: Town, email: str, text: str, *, to_mail: Mail | None = None, files: Sequence[tuple[str, bytes]] = ()) -> Mail:
    """Somebody presses Reply in the playground's inbox, under a mail or under their latest; what they sent. `files`: names and contents."""
    sent = town.acts.answer_mail((to_mail or town.inbox(email)[-1]).id, text, files)
    town.settle()
    return sent


def reports_arrive(town: Town, *order: int) -> None:
    """SendGrid tells what became of mails: all that waits, or those of these places in this order."""
    town.acts.tell_reports(*order)
    town.settle()
