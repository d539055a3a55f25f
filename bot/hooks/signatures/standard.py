"""Standard Webhooks (https://www.standardwebhooks.com): of id, moment and body, with a secret that begins with whsec_."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from bot.hooks.signatures.request import Sent, digest, in_base64, is_fresh, number, same

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_MOST = 20
"""Signatures in one header that are looked at."""


def holds(sent: Sent, secret: str, now: datetime) -> bool:
    """Any of the `v1` may be right: while a secret is changed there is one for each."""
    id, moment = sent.headers.get(ID, ""), sent.headers.get(TIMESTAMP, "")
    key = _key(secret)
    if not id or not key or not is_fresh(number(moment), now):
        return False
    right = in_base64(digest(key, f"{id}.{moment}.".encode() + sent.raw))
    given = [part.partition(",") for part in sent.headers.get(SIGNATURE, "").split(" ")[:_MOST]]
    return any(same(right, value) for version, _, value in given if version == "v1")


def _key(secret: str) -> bytes:
    """The bytes of a secret, with or without its padding; none for what is no base64."""
    text = secret.strip().removeprefix("whsec_").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
