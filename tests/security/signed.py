"""Requests that are signed as they should be, so that what is in them is what is tried."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.email.signatures import SIGNATURE, TIMESTAMP
from bot.playground.post import signature
from bot.world import machine_now
from tests.hooks import signing
from tests.security.strangers import FORM, City, Said

_THEIRS = ec.generate_private_key(ec.SECP256R1())
EVENTS_KEY = base64.b64encode(_THEIRS.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
"""What SendGrid's settings would show of their key."""


def from_slack(city: City, raw: bytes, kind: str = FORM, *, ago: int = 0, query: str = "") -> Said:
    """Slack sends it, `ago` seconds before now."""
    at = str(int(time.time()) - ago)
    headers = {"x-slack-request-timestamp": at, "x-slack-signature": signature(city.town.demo.signing_secret, at, raw)}
    return city.posts("/slack/events", raw, kind, query=query, **headers)


def from_sendgrid(city: City, raw: bytes) -> Said:
    """SendGrid reports."""
    at = str(int(machine_now().timestamp()))
    made = base64.b64encode(_THEIRS.sign(at.encode() + raw, ec.ECDSA(SHA256()))).decode()
    return city.posts("/email/events", raw, **{SIGNATURE: made, TIMESTAMP: at})


def from_a_system(city: City, source: str, raw: bytes) -> Said:
    """A business system tells something, signed in its own way."""
    text, now = raw.decode("latin-1"), machine_now()
    whole = text.encode("latin-1")
    match source:
        case "hubspot":
            headers = _hubspot(city, whole)
        case "stripe":
            headers = {"Stripe-Signature": _stripe(whole)}
        case "zendesk":
            headers = signing.by_zendesk(whole, now)
        case _:
            headers = signing.by_header()
    return city.posts(f"/v1/hooks/{source}", whole, **headers)


def _stripe(raw: bytes) -> str:
    at = int(machine_now().timestamp())
    return f"t={at},v1=" + _digest(signing.STRIPE_SECRET, str(at).encode() + b"." + raw).hex()


def _hubspot(city: City, raw: bytes) -> dict[str, str]:
    at = str(int(machine_now().timestamp() * 1000))
    said = f"POST{city.town.house.settings.base_url}/v1/hooks/hubspot".encode() + raw + at.encode()
    return {
        "X-HubSpot-Signature-v3": base64.b64encode(_digest(signing.HUBSPOT_SECRET, said)).decode(),
        "X-HubSpot-Request-Timestamp": at,
    }


def _digest(secret: str, said: bytes) -> bytes:

    return hmac.digest(secret.encode(), said, hashlib.sha256)
