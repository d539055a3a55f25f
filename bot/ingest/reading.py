"""One call, read: whom it is about, when it happened, its own id and its parts. What cannot be read is refused in words."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from storage.codec import printable

DEEPEST = 20
"""Levels of nesting. Deeper things are no properties of anything, and reading them costs more than they are worth."""
LONGEST_ID = 200
LONGEST_NAME = 200
"""Characters of an event's name that are kept."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_SLACK_USER = re.compile(r"\w+/\w+", re.ASCII)
_FIRST_YEAR = 1970
"""Clocks that say less are not set."""
_MILLISECONDS_FROM = 100_000_000_000
"""A number of seconds since 1970 that large is a moment of the year 5138, so it counts milliseconds."""


class Unreadable(ValueError):
    """A body that is not what the API asks for, in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """When something came in (world time), and from which source."""

    at: datetime
    source: str


def mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object within the body, empty when it is not there. Raises Unreadable."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is not an object")
    return value


def an_object(value: Any) -> Mapping[str, Any]:
    """One item of a list, as the object that it has to be. Raises Unreadable."""
    if not isinstance(value, dict):
        raise Unreadable("it is not a JSON object")
    if _deeper(value, DEEPEST):
        raise Unreadable(f"the body is nested deeper than {DEEPEST} levels")
    return value


def id_of(body: Mapping[str, Any], name: str) -> str:
    """An id, a text or a number; '' when it is not there. Raises Unreadable."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise Unreadable(f"{name} is neither a text nor a number")
    text = "" if value is None else str(value).strip()
    if len(text) > LONGEST_ID:
        raise Unreadable(f"{name} is longer than {LONGEST_ID} characters")
    return text


def name_of(body: Mapping[str, Any], name: str) -> str:
    """The name of what they did. Raises Unreadable."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Unreadable(f"{name} is missing: the name of what they did")
    return value.strip()[:LONGEST_NAME]


def moment(body: Mapping[str, Any], name: str) -> datetime | None:
    """An instant in UTC, which is also the zone of those that name none; None when it is not there. Raises Unreadable."""
    value = body.get(name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        at = None
    if at is None or at.year < _FIRST_YEAR:
        raise Unreadable(f"{name} is no ISO 8601 instant such as 2026-03-02T09:30:00Z")
    return at


def epoch(body: Mapping[str, Any], name: str) -> datetime | None:
    """An instant as seconds or milliseconds since 1970, or as `moment` reads it; None when it is not there. Raises Unreadable."""
    value = body.get(name)
    if isinstance(value, str) and re.fullmatch(r"\d{1,16}(\.\d{1,9})?", value, re.ASCII):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return moment(body, name)
    try:
        seconds = value / 1000 if value >= _MILLISECONDS_FROM else value
        if seconds < 0 or not math.isfinite(seconds):
            raise ValueError
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable(f"{name} is no number of seconds or milliseconds since 1970") from None


def corrected(said: datetime | None, sent: datetime | None, received: datetime) -> datetime:
    """When it happened, by our clock: what the sender's clock said, moved by how far that was off when it sent. Receipt when nobody says.

    May be in the future: only who decides caps it, and says so.
    """
    if said is None:
        return received
    try:
        return said + (received - sent) if sent else said
    except OverflowError:
        raise Unreadable("timestamp and sentAt are too far apart") from None


def clock_ahead(sent: datetime | None, received: datetime) -> timedelta | None:
    """By how much the sender's clock was ahead of ours when it sent; None when nobody says."""
    return sent - received if sent else None


def email_in(traits: Mapping[str, Any]) -> str:
    """Their address, '' when nobody says. Raises Unreadable."""
    return _fitting(traits, "email", _ADDRESS, "no e-mail address")


def slack_in(traits: Mapping[str, Any]) -> str:
    """Their Slack user as TEAM/USER, '' when nobody says. Raises Unreadable."""
    return _fitting(traits, "slack", _SLACK_USER, "no Slack user as TEAM/USER")


def key_of(body: Mapping[str, Any], name: str = "messageId", *, dated: str = "timestamp") -> str:
    """The sender's id of the call. Without one, equal calls of one instant are one call; without an instant (`dated`), none is."""
    given = body.get(name)
    if isinstance(given, str | int) and str(given):
        text = str(given)
        return text if len(text) <= LONGEST_ID and printable(text) == text else _digest(given)
    return uuid4().hex if body.get(dated) is None else _digest({k: v for k, v in body.items() if k not in _OF_THE_SENDING})


_OF_THE_SENDING = ("sentAt", "sent_at", "writeKey", "api_key")
"""What a repeat of the same call says differently."""


def _fitting(traits: Mapping[str, Any], name: str, form: re.Pattern[str], otherwise: str) -> str:
    value = traits.get(name)
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not form.fullmatch(value.strip()) or len(value) > LONGEST_ID:
        raise Unreadable(f"{name} is {otherwise}")
    return value.strip()


def _digest(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _deeper(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        inside = [one.values() if isinstance(one, dict) else one for one in level]
        level = [inner for some in inside for inner in some if isinstance(inner, dict | list)]
        if not level:
            return False
    return True
