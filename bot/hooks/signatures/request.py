"""A request as it was sent, and what every way of signing needs."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

FRESH = timedelta(minutes=5)
"""How far, in machine time, a request's moment may be from now."""

_DIGITS = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """One request. `headers` ignore case, `raw` is the body byte for byte, `uri` the public address that it was sent to."""

    uri: str
    headers: Mapping[str, str]
    raw: bytes
    method: str = "POST"


class Holds(Protocol):
    """Whether a request was signed with this secret, just now. `now` is machine time. Raises nothing."""

    def __call__(self, sent: Sent, secret: str, now: datetime) -> bool: ...


def number(text: str) -> int | None:
    """Plain digits as a number, None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def is_fresh(seconds: float | None, now: datetime) -> bool:
    """Whether that moment, in seconds since 1970, is about now."""
    return seconds is not None and abs(now.timestamp() - seconds) <= FRESH.total_seconds()


def digest(key: bytes, said: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.digest(key, said, hashlib.sha256)


def same(one: str | bytes, other: str | bytes) -> bool:
    """Whether they are equal, in a time that tells nothing."""
    return hmac.compare_digest(*(text.encode(errors="replace") if isinstance(text, str) else text for text in (one, other)))


def in_base64(said: bytes) -> str:
    """As it stands in a header."""
    return base64.b64encode(said).decode()
