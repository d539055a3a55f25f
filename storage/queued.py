"""A row of the outbox as a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flows.decision import Draw, To
from storage.tables import outbox

State = Literal["pending", "claimed", "sending", "sent", "failed", "unknown", "suppressed", "expired", "withdrawn"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """Something to say (`to` is set) or to draw (`draw` is set), and how far it got.

    `cause` names the event it follows from, for logs (`storage.rows.cause`); '' for what follows from none.
    `channel` is the one it goes by: the first of `via`, unless whoever delivers it replaces it before the fence.
    `via` are the channels to try, this one first. Machine time: lease_until; the other moments are world time.
    """

    id: int
    key: str | None
    kind: Literal["say", "draw"]
    recipient: str
    to: To | None
    draw: Draw | None
    message: str
    person: str
    facts: Mapping[str, Any]
    variant: str
    priority: int
    essential: bool
    if_unknown: Literal["leave", "resend"]
    cause: str
    when_sent: Draw | None
    state: State
    created_at: datetime
    due_at: datetime
    expires_at: datetime | None
    attempt: int
    token: str
    lease_until: datetime | None
    via: tuple[str, ...]
    channel: str
    provider_id: str
    sent_at: datetime | None
    sent_payload: Any
    error: str


_FIELDS = list(Row.__dataclass_fields__)
_KEPT_AS = {"person": "person_id", "priority": "rank"}
COLUMNS = [outbox.c[_KEPT_AS.get(name, name)] for name in _FIELDS]
"""The columns of `outbox` that make a row, in the order of its fields."""
_OR_EMPTY = [_FIELDS.index(name) for name in ("person", "token", "provider_id", "error")]
_PRIORITY = _FIELDS.index("priority")


def as_row(values: Iterable[Any]) -> Row:
    """The value of what `COLUMNS` hold."""
    fields = list(values)
    fields[_PRIORITY] = -fields[_PRIORITY]
    for place in _OR_EMPTY:
        fields[place] = fields[place] or ""
    return Row(**dict(zip(_FIELDS, fields, strict=True)))


def queued(row: Any) -> Row:
    """The value of a row of `outbox`."""
    return as_row(row._mapping[column] for column in COLUMNS)
