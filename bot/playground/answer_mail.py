"""A person's answer to a mail, as their mail program writes it and as SendGrid's Inbound Parse hands it over."""

from __future__ import annotations

import json
import mimetypes
import uuid
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bot.playground.values import Mail, User

Attached = tuple[str, bytes]
"""A file's name and content."""

WHERE_FROM = "203.0.113.7"


def written(who: User, original: Mail, text: str, files: Sequence[Attached], at: datetime) -> EmailMessage:
    """The answer with all of the original quoted below it, as most programs do. `at` is world time."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(who.name, addr_spec=who.email or "")
    mail["To"] = Address(original.sender, addr_spec=original.reply_to or original.sender_email)
    mail["Subject"] = subject_of_answer(original)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{uuid.uuid4()}@{(who.email or '').rpartition('@')[2]}>"
    if name := original.headers.get("Message-ID"):
        mail["In-Reply-To"] = name
        mail["References"] = " ".join(filter(None, [original.headers.get("References"), name]))
    mail["User-Agent"] = "Handrail playground"
    mail.set_content(f"{text.rstrip()}\n\n{quoted(original)}\n")
    for name, content in files:
        kind, _, sub = (mimetypes.guess_type(name)[0] or "application/octet-stream").partition("/")
        mail.add_attachment(content, maintype=kind, subtype=sub, filename=name)
    return mail


def subject_of_answer(original: Mail) -> str:
    """The same subject, behind one Re:."""
    return original.subject if original.subject.lower().startswith("re:") else f"Re: {original.subject}"


def quoted(original: Mail) -> str:
    """The mail that is answered, each line marked."""
    when = datetime.fromisoformat(original.at).strftime("%a, %d %b %Y at %H:%M")
    marked = "\n".join(f"> {line}".rstrip() for line in original.text.splitlines())
    return f"On {when}, {original.sender} <{original.reply_to or original.sender_email}> wrote:\n\n{marked}"


def handed_over(mail: EmailMessage, sender: str, recipient: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of Inbound Parse's request in raw mode: a form whose field `email` is the whole mail."""
    fields = {
        "email": mail.as_bytes(),
        "envelope": json.dumps({"to": [recipient], "from": sender}).encode(),
        "to": str(mail["To"]).encode(),
        "from": str(mail["From"]).encode(),
        "subject": str(mail["Subject"]).encode(),
        "sender_ip": WHERE_FROM.encode(),
        "SPF": b"pass",
        "dkim": f"{{@{sender.rpartition('@')[2]} : pass}}".encode(),
        "charsets": b'{"to":"UTF-8","from":"UTF-8","subject":"UTF-8"}',
    }
    edge = f"xYzZY{uuid.uuid4().hex}"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n" for name, value in fields.items()
    ]
    return b"".join(parts) + f"--{edge}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={edge}"}
