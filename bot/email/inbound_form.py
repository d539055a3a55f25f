"""What SendGrid's Inbound Parse posts: a mail as it came, or taken apart; either way one raw mail with its envelope comes out of it."""

from __future__ import annotations

import base64
import codecs
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

MOST_PARTS = 200
"""Parts of one form; SendGrid sends about twenty, and one for each attachment."""
MOST_HEADERS = 64 * 1024
"""Bytes of a mail's own headers that are looked at, when it comes taken apart."""

_LONGEST_HEADER = 4096
_ENVELOPE = re.compile(rb"^(content-type|content-transfer-encoding|content-disposition|mime-version)\s*:", re.IGNORECASE)
_REPORT = re.compile(rb"^content-type\s*:\s*multipart/report", re.IGNORECASE | re.MULTILINE)


class NoMail(ValueError):
    """A body in which there is no mail."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A raw mail with its envelope. `return_path` is the sender's address there, '' for the null one, None when nobody said."""

    raw: bytes
    recipients: tuple[str, ...] = ()
    return_path: str | None = None


@dataclass(slots=True)
class _Field:
    """One part of the form."""

    name: str = ""
    filename: str = ""
    mimetype: str = ""
    content: bytearray = field(default_factory=bytearray)


def read_form(body: bytes, content_type: str) -> Posted:
    """The mail in a form of Inbound Parse. `email` holds it as it came (raw mode); else it is put together again. Raises NoMail."""
    fields = _fields(body, content_type)
    named = {one.name: one for one in reversed(fields)}
    recipients, return_path = _envelope(bytes(named["envelope"].content) if "envelope" in named else b"")
    if "email" in named:
        return Posted(raw=bytes(named["email"].content), recipients=recipients, return_path=return_path)
    if not named.keys() & {"headers", "text", "html"}:
        raise NoMail("there is no mail in it")
    return Posted(raw=_together(fields, named), recipients=recipients, return_path=return_path)


def _envelope(written: bytes) -> tuple[tuple[str, ...], str | None]:
    try:
        told = json.loads(written)
    except (ValueError, RecursionError):
        return (), None
    if not isinstance(told, dict):
        return (), None
    to, sender = told.get("to"), told.get("from")
    named = [to] if isinstance(to, str) else to if isinstance(to, list) else []
    return tuple(one for one in named if isinstance(one, str)), sender.strip(" <>") if isinstance(sender, str) else None


def _together(fields: Sequence[_Field], named: Mapping[str, _Field]) -> bytes:
    """A mail again, from its headers, its bodies and its attachments: from here on both modes are one."""
    charsets = _charsets(bytes(named["charsets"].content) if "charsets" in named else b"")
    headers = bytes(named["headers"].content[:MOST_HEADERS]) if "headers" in named else b""
    edge = _edge(fields)
    kind = b"report; report-type=delivery-status" if _REPORT.search(headers) else b"mixed"
    lines = [*_own(headers), b"MIME-Version: 1.0", b"Content-Type: multipart/" + kind + b'; boundary="' + edge + b'"', b""]
    bodies = [one for name in ("text", "html") if (one := _body(name, named, charsets))]
    lines += [b"--" + edge, *_alternatives(bodies, edge[::-1])] if bodies else []
    for each in fields:
        if each.filename:
            lines += [b"--" + edge, *_attachment(each)]
    return b"\r\n".join([*lines, b"--" + edge + b"--", b""])


def _own(headers: bytes) -> list[bytes]:
    """The mail's headers without those that tell how its body was written, which it is not any more."""
    kept: list[bytes] = []
    dropping = False
    for line in headers.replace(b"\r\n", b"\n").split(b"\n"):
        if not line.strip():
            continue
        if line[:1] not in b" \t":
            dropping = bool(_ENVELOPE.match(line)) or b":" not in line
        if not dropping:
            kept.append(line)
    return kept


def _body(name: str, named: Mapping[str, _Field], charsets: Mapping[str, str]) -> list[bytes]:
    if name not in named or not named[name].content:
        return []
    text = _decoded(bytes(named[name].content), charsets.get(name, "utf-8"))
    return [f"Content-Type: text/{'plain' if name == 'text' else 'html'}; charset=utf-8".encode(), *_encoded(text.encode(errors="replace"))]


def _edge(fields: Sequence[_Field]) -> bytes:
    """What stands between the parts: the same when the same mail is posted again, so that one without a name is known. Nobody can have
    written it into the mail that it is the digest of."""
    digest = hashlib.sha256()
    for one in sorted(fields, key=lambda one: one.name):
        if one.name in ("headers", "text", "html") or one.filename:
            digest.update(b"%d %d " % (len(one.name), len(one.content)) + one.name.encode(errors="replace"))
            digest.update(one.content)
    return digest.hexdigest()[:48].encode()


def _alternatives(bodies: list[list[bytes]], edge: bytes) -> list[bytes]:
    if len(bodies) == 1:
        return bodies[0]
    lines = [b'Content-Type: multipart/alternative; boundary="' + edge + b'"', b""]
    for body in bodies:
        lines += [b"--" + edge, *body]
    return [*lines, b"--" + edge + b"--"]


def _attachment(one: _Field) -> list[bytes]:
    kind = one.mimetype if re.fullmatch(r"[\w.+-]+/[\w.+-]+", one.mimetype, re.ASCII) else "application/octet-stream"
    if kind.startswith("message/"):
        return [f"Content-Type: {kind}".encode(), b"", bytes(one.content)]  # these may not be encoded (RFC 2046, 5.2)
    name = base64.b64encode(one.filename[:200].encode(errors="replace")).decode()
    return [
        f"Content-Type: {kind}".encode(),
        f'Content-Disposition: attachment; filename="=?utf-8?b?{name}?="'.encode(),
        *_encoded(bytes(one.content)),
    ]


def _encoded(content: bytes) -> list[bytes]:
    return [b"Content-Transfer-Encoding: base64", b"", base64.encodebytes(content).strip()]


def _charsets(written: bytes) -> dict[str, str]:
    try:
        told = json.loads(written)
    except (ValueError, RecursionError):
        return {}
    return {k: v for k, v in told.items() if isinstance(v, str)} if isinstance(told, dict) else {}


def _decoded(content: bytes, charset: str) -> str:
    """The text, in the charset that was told, else as UTF-8. A codec that is none for text is not asked."""
    try:
        info = codecs.lookup(charset.strip())
        return content.decode(info.name if info._is_text_encoding else "utf-8", errors="replace")
    except (LookupError, ValueError, UnicodeError):
        return content.decode("utf-8", errors="replace")


def _fields(body: bytes, content_type: str) -> list[_Field]:
    """The parts of a multipart form, in one pass. Raises NoMail."""
    kind, options = parse_options_header(content_type[:_LONGEST_HEADER].encode("latin-1", errors="replace"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise NoMail("this is no form with parts")
    reading = _Reading()
    try:
        parser = MultipartParser(options[b"boundary"], reading.callbacks())
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError):
        raise NoMail("this form can't be read") from None
    return reading.found


class _Reading:
    """Collects what the parser finds."""

    def __init__(self) -> None:
        self.found: list[_Field] = []
        self._name, self._value = bytearray(), bytearray()

    def callbacks(self) -> Any:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: _grow(self._name, data, start, end),
            "on_header_value": lambda data, start, end: _grow(self._value, data, start, end),
            "on_header_end": self._header,
            "on_part_data": lambda data, start, end: self.found[-1].content.extend(memoryview(data)[start:end]),
        }

    def _begin(self) -> None:
        if len(self.found) >= MOST_PARTS:
            raise NoMail("this form has too many parts")
        self.found.append(_Field())

    def _header(self) -> None:
        name, value, part = bytes(self._name).lower(), bytes(self._value), self.found[-1]
        self._name.clear()
        self._value.clear()
        if name == b"content-disposition":
            options = parse_options_header(value)[1]
            part.name = options.get(b"name", b"").decode(errors="replace")
            part.filename = options.get(b"filename", b"").decode(errors="replace")
        elif name == b"content-type":
            part.mimetype = parse_options_header(value)[0].decode("latin-1").lower()


def _grow(written: bytearray, data: bytes, start: int, end: int) -> None:
    """A header of a part is short; taking a long one apart could take very long."""
    if len(written) + end - start > _LONGEST_HEADER:
        raise NoMail("a part of this form has a header longer than any")
    written.extend(data[start:end])
