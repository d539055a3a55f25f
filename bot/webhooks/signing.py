"""How we sign what we tell: Standard Webhooks, version 1 (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret, as the standard asks for."""


def key_of(secret: str) -> bytes:
    """The key that a secret stands for. Raises ValueError, without the secret, for one that is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"it must be {PREFIX} and the base64 of {SHORTEST} to {LONGEST} bytes")
    return key


def signed(key: bytes, id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of one delivery. `now` is machine time; `id` is the same whenever it is tried again."""
    moment = str(int(now.timestamp()))
    digest = hmac.digest(key, b".".join([id.encode(), moment.encode(), body]), hashlib.sha256)
    return {"webhook-id": id, "webhook-timestamp": moment, "webhook-signature": f"v1,{base64.b64encode(digest).decode()}"}
