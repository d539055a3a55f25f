"""How each system signs a request, by its own library or by its published description, and never by our code."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from standardwebhooks import Webhook
from stripe import WebhookSignature

Headers = dict[str, str]

STRIPE_SECRET = "whsec_test_of_a_stripe_endpoint"
ZENDESK_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
HUBSPOT_SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HEADER_SECRET = "a long secret of the Flow"


def _base64(secret: str, said: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), said, hashlib.sha256).digest()).decode()


def by_stripe(raw: bytes, at: datetime, secret: str = STRIPE_SECRET) -> Headers:
    """As Stripe's own library writes it for tests."""
    return {"Stripe-Signature": WebhookSignature.generate_signature_header(raw.decode(), secret, timestamp=int(at.timestamp()))}


def by_hubspot(raw: bytes, at: datetime, uri: str, secret: str = HUBSPOT_SECRET) -> Headers:
    moment = str(int(at.timestamp() * 1000))
    return {"X-HubSpot-Signature-v3": _base64(secret, f"POST{uri}{raw.decode()}{moment}".encode()), "X-HubSpot-Request-Timestamp": moment}


def by_zendesk(raw: bytes, at: datetime, secret: str = ZENDESK_SECRET) -> Headers:
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "X-Zendesk-Webhook-Signature": _base64(secret, moment.encode() + raw),
        "X-Zendesk-Webhook-Signature-Timestamp": moment,
        "X-Zendesk-Webhook-Id": "01GK8E6BKWMJZD2T8Y5AXJQMG5",
    }


def by_standard(raw: bytes, at: datetime, id: str = "msg_1", secret: str = STANDARD_SECRET) -> Headers:
    """As the reference library signs."""
    signature = Webhook(secret).sign(msg_id=id, timestamp=at, data=raw.decode())
    return {"webhook-id": id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def by_header(secret: str = HEADER_SECRET) -> Headers:
    return {"X-Handrail-Secret": secret}
