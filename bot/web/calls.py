"""One call of the product, read: whom it is about, when it happened, its own id and its parts. What cannot be read is refused in words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

DEEPEST = 20
"""Levels of nesting. Deeper things are no properties of anything, and reading them costs more than they are worth."""
LONGEST_ID = 200

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_SLACK_USER = re.compile(r"\w+/\w+", re.ASCII)
_FIRST_YEAR = 1970
"""Clocks that say less are not set."""


class Unreadable(ValueError):
    """A body that is not what the API asks for, in words."""


def parsed(raw: bytes) -> Mapping[str, Any]:
    """The body as a JSON object. Raises Unreadable."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON") from None
    if not isinstance(body, dict):
        raise Unreadable("the body is not a JSON object")
    if _deeper(body, DEEPEST):
        raise Unreadable(f"the body is nested deeper than {DEEPEST} levels")
    return body


def user_of(body: Mapping[str, Any]) -> str:
    """The product's own id of the person. Raises Unreadable."""
    user = id_of(body, "userId")
    if not user:
        raise Unreadable("userId is missing")
    return user


def id_of(body: Mapping[str, Any], name: str) -> str:
    """An id, a text or a number; '' when it is not there. Raises Unreadable."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise Unreadable(f"{name} is neither a text nor a number")
    text = "" if value is None else str(value).strip()
    if len(text) > LONGEST_ID:
        raise Unreadable(f"{name} is longer than {LONGEST_ID} characters")
    return text


def mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object within the body, empty when it is not there. Raises Unreadable."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is not an object")
    return value


def happened_at(body: Mapping[str, Any], now: datetime) -> datetime:
    """When it happened: now when nobody says, and never later. Raises Unreadable."""
    return min(moment(body, "timestamp") or now, now)


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


def email_in(traits: Mapping[str, Any]) -> str:
    """Their address, '' when nobody says. Raises Unreadable."""
    return _fitting(traits, "email", _ADDRESS, "no e-mail address")


def slack_in(traits: Mapping[str, Any]) -> str:
    """Their Slack user as TEAM/USER, '' when nobody says. Raises Unreadable."""
    return _fitting(traits, "slack", _SLACK_USER, "no Slack user as TEAM/USER")


def key_of(body: Mapping[str, Any]) -> str:
    """The sender's id of the call. Without one, equal calls of one instant are one call; without an instant, none is."""
    given = body.get("messageId")
    if isinstance(given, str | int) and str(given):
        return str(given) if len(str(given)) <= LONGEST_ID else _digest(given)
    return uuid4().hex if body.get("timestamp") is None else _digest(body)


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
        level = [inner for one in level if isinstance(one, dict | list) for inner in (one.values() if isinstance(one, dict) else one)]
    return any(isinstance(one, dict | list) for one in level)
