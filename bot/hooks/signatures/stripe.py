"""Stripe's signature: `t=…,v1=…`, of moment and body, with the endpoint's secret."""

from __future__ import annotations

from datetime import datetime

from bot.hooks.signatures.request import Sent, digest, is_fresh, number, same

SIGNATURE = "Stripe-Signature"
_MOST = 20
"""Signatures in one header that are looked at. Two are usual while a secret is changed."""


def holds(sent: Sent, secret: str, now: datetime) -> bool:
    """Any of the `v1` may be right: while a secret is changed there is one for each."""
    parts = [part.strip().partition("=") for part in sent.headers.get(SIGNATURE, "").split(",")[:_MOST]]
    moments = [value for name, _, value in parts if name == "t"]
    if len(moments) != 1 or not is_fresh(number(moments[0]), now):
        return False
    right = digest(secret.encode(), moments[0].encode() + b"." + sent.raw).hex()
    return any(same(right, value) for name, _, value in parts if name == "v1")
