"""A row of the outbox as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flows.decision import Draw, To

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


def queued(row: Any) -> Row:
    """The value of a row of `outbox`."""
    return Row(
        id=row.id,
        key=row.key,
        kind=row.kind,
        recipient=row.recipient,
        to=row.to,
        draw=row.draw,
        message=row.message,
        person=row.person_id or "",
        facts=row.facts,
        variant=row.variant,
        priority=-row.rank,
        essential=row.essential,
        if_unknown=row.if_unknown,
        cause=row.cause,
        when_sent=row.when_sent,
        state=row.state,
        created_at=row.created_at,
        due_at=row.due_at,
        expires_at=row.expires_at,
        attempt=row.attempt,
        token=row.token or "",
        lease_until=row.lease_until,
        via=row.via,
        channel=row.channel,
        provider_id=row.provider_id or "",
        sent_at=row.sent_at,
        sent_payload=row.sent_payload,
        error=row.error or "",
    )
