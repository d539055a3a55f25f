"""SendGrid's signed webhooks: whether a request is theirs and of this moment. One answer for every kind of wrong."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from fastapi.responses import JSONResponse

from bot.world import machine_now

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
FRESH = timedelta(minutes=10)
"""How far, in machine time, a request's moment may be from now."""

_SECONDS = re.compile(r"[0-9]{1,12}")


class Signatures:
    """Knows SendGrid's public key of one webhook, as their settings show it: base64 of its DER form.

    `now` is machine time. Raises ValueError for what is no such key.
    """

    def __init__(self, public_key: str, now: Callable[[], datetime] = machine_now) -> None:
        self._key = _read(public_key)
        self._now = now

    def hold(self, headers: Mapping[str, str], raw: bytes) -> bool:
        """Whether the body, byte for byte, was signed by SendGrid within the last minutes. `headers` ignore case, as a request's do."""
        moment = headers.get(TIMESTAMP, "")
        if not _SECONDS.fullmatch(moment) or abs(self._now().timestamp() - int(moment)) > FRESH.total_seconds():
            return False
        try:
            signature = base64.b64decode(headers.get(SIGNATURE, ""), validate=True)
            self._key.verify(signature, moment.encode() + raw, ECDSA(SHA256()))
        except (ValueError, InvalidSignature):
            return False
        return True


def refused() -> JSONResponse:
    """The one answer to a request that is not signed, not rightly signed, or too old."""
    return JSONResponse({"code": "refused", "message": "the signature is missing, wrong or too old"}, status_code=401)


def _read(text: str) -> EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("it must be the verification key as SendGrid shows it: a line of base64 that begins with MFkw")
    return key
