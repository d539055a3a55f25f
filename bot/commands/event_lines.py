"""What one person did, read from a file of product events: one JSON object a line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.commands.mistakes import UserError
from flows.events import ProductEvent


@dataclass(frozen=True, slots=True)
class EventFile:
    """The events of one user, each once, and what else the file told: how many users there are and how many lines were repeats."""

    user: str
    users: int
    events: tuple[ProductEvent, ...]
    repeats: int


def read_event_file(path: Path, user: str | None, who: str) -> EventFile:
    """Read the events of `user` (the first one in the file when None) as those of the person `who`.

    Raises UserError naming every line that can't be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise UserError(f"{path} can't be read: {reason}") from None
    bodies, wrong = _bodies(lines)
    if wrong:
        raise UserError("\n".join(f"{path}:{number}: {reason}" for number, reason in wrong))
    users = list(dict.fromkeys(str(body["userId"]) for _, body in bodies))
    chosen = user or next(iter(users), "")
    if user and user not in users:
        raise UserError(f"{path} has no events of {user}.")
    mine = [(key, body) for key, body in bodies if str(body["userId"]) == chosen]
    events = {key: _event(key, body, who) for key, body in mine}
    return EventFile(chosen, len(users), tuple(events.values()), len(mine) - len(events))


def _bodies(lines: Sequence[str]) -> tuple[list[tuple[str, dict[str, Any]]], list[tuple[int, str]]]:
    bodies: list[tuple[str, dict[str, Any]]] = []
    wrong: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                body = _body(line)
            except ValueError as error:
                wrong.append((number, str(error)))
            else:
                bodies.append((_key(body), body))
    return bodies, wrong


def _body(line: str) -> dict[str, Any]:
    try:
        body = json.loads(line)
    except ValueError:
        raise ValueError("this is no JSON") from None
    if not isinstance(body, dict):
        raise ValueError("this is no JSON object")
    reasons = list(_missing(body))
    if reasons:
        raise ValueError("; ".join(reasons))
    return body


def _missing(body: dict[str, Any]) -> Iterator[str]:
    if not isinstance(body.get("event"), str) or not body["event"].strip():
        yield "event is missing: the name of what they did"
    if not isinstance(body.get("userId"), str | int) or not str(body["userId"]).strip():
        yield "userId is missing"
    if body.get("timestamp") is None:
        yield "timestamp is missing"
    elif _moment(body["timestamp"]) is None:
        yield f"timestamp {body['timestamp']!r} is no moment like 2026-03-02T10:00:00Z"
    if not isinstance(body.get("properties"), dict | None):
        yield "properties is no object"


def _event(key: str, body: dict[str, Any], who: str) -> ProductEvent:
    at = _moment(body["timestamp"])
    assert at is not None
    return ProductEvent(source="product", key=key, who=who, at=at, name=body["event"].strip(), properties=body.get("properties") or {})


def _moment(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if at is None else (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _key(body: dict[str, Any]) -> str:
    """A repeat has the sender's own id, or is the same in every word."""
    given = body.get("messageId")
    return str(given) if given else hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
