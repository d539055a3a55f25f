"""The headers of a stranger's mail: decoded where they can be, and short."""

from __future__ import annotations

import binascii
import codecs
import re
from email.errors import MessageError
from email.header import decode_header
from email.message import Message

MOST = 2_000
"""Characters of one header."""
_MOST_HEADERS = 2_000

_CHARSET = re.compile(r"[\w.:-]{1,40}", re.ASCII)
_NO_TEXT = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "utf-7"})
_ONE_BYTE = re.compile(r"ascii|iso8859|latin|cp125|koi8|mac[-_]|cp8")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class Headers:
    """Looks headers up by name, whatever its case."""

    def __init__(self, message: Message) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in list(message.raw_items())[:_MOST_HEADERS]:
            self._values.setdefault(str(name).lower(), []).append(_readable(str(value)[:MOST]))

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def all(self, name: str) -> list[str]:
        """Every value under this name, as it was written, on one line each."""
        return self._values.get(name.lower(), [])

    def first(self, name: str) -> str:
        """The first value under this name, '' where there is none."""
        return next(iter(self.all(name)), "")

    def words(self, name: str) -> str:
        """The first value as people read it: encoded words decoded, nothing unseen in it."""
        return seen(decoded_words(self.first(name)))[:MOST]


def decoded_words(value: str) -> str:
    """A header's text, its encoded words (RFC 2047) decoded as well as they can be."""
    if "=?" not in value:
        return value
    try:
        parts = decode_header(value)
    except (MessageError, ValueError, binascii.Error):
        return value
    return "".join(part if isinstance(part, str) else decoded(part, charset or "") for part, charset in parts)


def decoded(content: bytes, charset: str) -> str:
    """Bytes as text. What a mail says about its charset is often wrong, so UTF-8 is tried first where the two cannot be confused."""
    name = _codec(charset)
    order = ["utf-8", name] if not name or _ONE_BYTE.search(name) else [name, "utf-8"]
    for each in filter(None, order):
        try:
            return content.decode("cp1252" if each == "iso8859-1" else each)
        except (UnicodeError, ValueError):
            continue
    return _cut(content) if name == "utf-8" else content.decode("cp1252", errors="replace")


def seen(value: str) -> str:
    """Text on one line, without controls and marks that nobody sees."""
    return " ".join(_UNSEEN.sub(" ", value).split())


def _readable(value: str) -> str:
    """A header with bytes in it, as some programs send: the standard library hides them in surrogates."""
    try:
        text = value.encode("ascii", "surrogateescape")
    except UnicodeError:
        return seen(value)
    return seen(decoded(text, ""))


def _codec(charset: str) -> str:
    """The charset's own name, '' for none that text is written in."""
    if not _CHARSET.fullmatch(charset):
        return ""
    try:
        found = codecs.lookup(charset)
        name = found.name
        "".encode(name)
    except (LookupError, ValueError, UnicodeError):
        return ""
    return "" if name in _NO_TEXT else name


def _cut(content: bytes) -> str:
    """What says it is UTF-8 and is not: cut within its last sign after others that are, or a lie."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        whole = content[: error.start].decode()
        return whole if error.reason == "unexpected end of data" and not whole.isascii() else content.decode("cp1252", errors="replace")
