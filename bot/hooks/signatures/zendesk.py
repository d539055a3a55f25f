"""Zendesk's signature: of moment and body, with the webhook's signing secret."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.hooks.signatures.request import Sent, digest, in_base64, is_fresh, same

SIGNATURE = "X-Zendesk-Webhook-Signature"
TIMESTAMP = "X-Zendesk-Webhook-Signature-Timestamp"


def holds(sent: Sent, secret: str, now: datetime) -> bool:
    """The moment is written as ISO 8601, and signed as it is written."""
    moment = sent.headers.get(TIMESTAMP, "")
    if not is_fresh(_seconds(moment), now):
        return False
    right = in_base64(digest(secret.encode(), moment.encode() + sent.raw))
    return same(right, sent.headers.get(SIGNATURE, ""))


def _seconds(moment: str) -> float | None:
    try:
        at = datetime.fromisoformat(moment)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
