"""What a mail holds: its words, its HTML, and the files that came along."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from bot.email.headers import Headers, decoded, decoded_words, seen

MOST_PARTS = 50
MOST_DEPTH = 10
MOST_TEXT = 500_000
"""Bytes of one part of words that are decoded; `reading` looks at fewer."""

_SIGNATURES = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
_HARMFUL = re.compile(r'[<>:"/\\|?*`]')
_MOST_NAME = 100
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,90}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A file that came with a mail, or a picture inside of it.

    `name` is harmless: no folders, no controls, at most 100 characters. `mimetype` is what the mail claims.
    """

    name: str
    mimetype: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bodies:
    """The parts of a mail, sorted. `answers_invitation`: a calendar speaks here, and no person."""

    text: str
    html: str
    attachments: tuple[Part, ...]
    answers_invitation: bool = False


def bodies_of(message: Message) -> Bodies:
    """The words of a mail and its files, at most `MOST_PARTS` of them, `MOST_DEPTH` deep."""
    text: list[str] = []
    html: list[str] = []
    files: list[Part] = []
    by_calendar = False
    for part in _leaves(message):
        kind = _kind(part)
        if kind == "text/calendar" and _parameter(part, "method").lower() in ("reply", "counter"):
            by_calendar = True
        elif kind in ("text/plain", "text/html") and not _is_file(part):
            (text if kind == "text/plain" else html).append(decoded(_content(part)[:MOST_TEXT], _parameter(part, "charset")))
        elif kind not in _SIGNATURES:
            files.append(
                Part(name=_name(part, kind), mimetype=kind if _TYPE.fullmatch(kind) else "application/octet-stream", content=_content(part))
            )
    return Bodies(text=_joined(text), html="\n".join(html), attachments=tuple(files), answers_invitation=by_calendar)


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in order. A mail inside of a mail is one file; reports of servers are read elsewhere."""
    waiting = [(message, 0)]
    looked_at = 0
    while waiting and looked_at < MOST_PARTS:
        part, depth = waiting.pop()
        looked_at += 1
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/disposition-notification", "text/rfc822-headers", "message/feedback-report"):
            continue
        inside = part.get_payload() if part.is_multipart() else None
        if isinstance(inside, list) and not kind.startswith("message/"):
            if depth < MOST_DEPTH:
                waiting += [(each, depth + 1) for each in reversed(inside[:MOST_PARTS]) if isinstance(each, Message)]
        else:
            yield part


def _kind(part: Message) -> str:
    """What a part says it is. One of many parts that has none is plain text with a wrong name."""
    kind = part.get_content_type()
    return "text/plain" if kind.startswith("multipart/") else kind


def _is_file(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_file_name(part))


def _content(part: Message) -> bytes:
    try:
        if part.is_multipart():
            return b"".join(each.as_bytes() for each in part.get_payload() if isinstance(each, Message))
        content = part.get_payload(decode=True)
    except Exception:  # the standard library's writer and decoders raise much, and an unreadable file is still a name
        return b""
    return content if isinstance(content, bytes) else b""


def _name(part: Message, kind: str) -> str:
    """What the file may be called: its last folder's name without what a shell, a browser or an eye could be misled by."""
    name = _HARMFUL.sub("_", seen(decoded_words(_file_name(part))).replace("\\", "/").rpartition("/")[2]).strip(" ._")
    stem, dot, suffix = name.rpartition(".")
    if len(name) > _MOST_NAME:
        name = f"{stem[: _MOST_NAME - 11]}.{suffix[:10]}" if dot and len(suffix) <= 10 else name[:_MOST_NAME]
    if name:
        return name
    return ("picture" if kind.startswith("image/") else "file") + (mimetypes.guess_extension(kind) or "")


def _file_name(part: Message) -> str:
    """The name a part gives, also where it is written in bytes that a header may not have."""
    headers, readable = Headers(part), Message()
    for name in ("Content-Disposition", "Content-Type"):
        readable[name] = headers.first(name)
    try:
        return str(readable.get_filename("") or "")[:1000]
    except Exception:  # a name in three broken pieces (RFC 2231) is no name
        return ""


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name, "")
    except Exception:  # as above
        return ""
    return str(value[2] if isinstance(value, tuple) else value or "")[:100].strip("\"' ")


def _joined(texts: list[str]) -> str:
    """Apple's Mail cuts the words where a picture stands between them."""
    return "\n".join(text.rstrip("\r\n") for text in texts if text.strip())
