"""HubSpot's signature, version 3: of method, address, body and moment, with the app's client secret."""

from __future__ import annotations

from datetime import datetime

from bot.hooks.signatures.request import Sent, digest, in_base64, is_fresh, number, same

SIGNATURE = "X-HubSpot-Signature-v3"
TIMESTAMP = "X-HubSpot-Request-Timestamp"


def holds(sent: Sent, secret: str, now: datetime) -> bool:
    """The moment is in milliseconds; the address is the one they were given, so it must be our public one to the letter."""
    moment = sent.headers.get(TIMESTAMP, "")
    told = number(moment)
    if told is None or not is_fresh(told / 1000, now):
        return False
    said = f"{sent.method}{sent.uri}".encode() + sent.raw + moment.encode()
    return same(in_base64(digest(secret.encode(), said)), sent.headers.get(SIGNATURE, ""))
