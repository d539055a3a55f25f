"""A body as it came over the wire: unpacked within a bound, and read as JSON or as a form."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec

from bot.ingest.reading import Unreadable

_READER, _WRITER = msgspec.json.Decoder(), msgspec.json.Encoder()
KILOBYTE = 1024
MOST_OF_A_CALL = 32 * KILOBYTE
"""Segment's limit for one call, and for one item of a batch."""
MOST_OF_A_BATCH = 500 * KILOBYTE
"""Segment's limit for one batch."""
MOST_ITEMS = 2_500
"""Of one batch."""
MOST_MEMBERS = 100
"""Pieces of a gzip body: each is unpacked for itself, and an empty one takes twenty bytes."""


class TooLarge(Unreadable):
    """More than a call or a batch may have."""


def unpacked(raw: bytes, encoding: str, most: int, what: str) -> bytes:
    """The body without its Content-Encoding, at most `most` bytes: of a bomb no more is unpacked. Raises Unreadable, TooLarge."""
    if len(raw) > most:
        raise _too_large(what, most)
    match encoding.strip().lower():
        case "" | "identity":
            return raw
        case "gzip" | "x-gzip":
            return _gunzipped(raw, most, what)
    raise Unreadable("this Content-Encoding is not read; gzip is")


def parsed(raw: bytes) -> Any:
    """The body as JSON. Raises Unreadable."""
    try:
        return _READER.decode(raw)
    except (ValueError, RecursionError):
        pass  # half a character, NaN, or another encoding: the patient one reads them
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON") from None


def a_mapping(body: Any) -> Mapping[str, Any]:
    """The body as a JSON object. Raises Unreadable."""
    if not isinstance(body, dict):
        raise Unreadable("the body is not a JSON object")
    return body


def form_field(raw: bytes, name: str) -> Any:
    """The JSON, perhaps in base64, in one field of a form; None when the form has no such field. Raises Unreadable."""
    try:
        fields = parse_qs(raw.decode(), max_num_fields=50)
    except ValueError:
        raise Unreadable("the body is no form") from None
    given = fields.get(name)
    if not given:
        return None
    text = given[0].strip()
    if text[:1] in ("{", "["):
        return parsed(text.encode())
    try:
        return parsed(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise error if isinstance(error, Unreadable) else Unreadable(f"{name} is neither JSON nor base64") from None


def written(item: Any) -> str:
    """One item of a batch as it is kept: JSON again. Raises TooLarge for more than one call may have."""
    try:
        text = _WRITER.encode(item).decode()
    except (ValueError, TypeError, OverflowError):  # half a character, or a very large number
        text = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    if len(text) > MOST_OF_A_CALL or len(text.encode(errors="replace")) > MOST_OF_A_CALL:
        raise _too_large("call", MOST_OF_A_CALL)
    return text


def _gunzipped(raw: bytes, most: int, what: str) -> bytes:
    out = b""
    for _ in range(MOST_MEMBERS):
        if not raw:
            return out
        member = zlib.decompressobj(wbits=31)
        try:
            out += member.decompress(raw, most + 1 - len(out))
        except zlib.error:
            raise Unreadable("the body is not gzip") from None
        if len(out) > most:
            raise _too_large(what, most)
        if not member.eof:
            raise Unreadable("the gzip body is cut off")
        raw = member.unused_data
    if raw:
        raise Unreadable(f"the gzip body is in more than {MOST_MEMBERS} pieces")
    return out


def _too_large(what: str, most: int) -> TooLarge:
    return TooLarge(f"one {what} may have at most {most // KILOBYTE} KB")
