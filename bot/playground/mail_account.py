"""What the app's owner set up at SendGrid: where reports go, where answers arrive, and the key that signs."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


def _new_key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


@dataclass(frozen=True, kw_only=True, slots=True)
class MailAccount:
    """One account. `reports`: whether the event webhook is on. Answers arrive at `reply_domain`, '' when nobody takes mail there."""

    reports: bool = False
    reply_domain: str = ""
    inbound_secret: str = field(default="", repr=False)
    key: EllipticCurvePrivateKey = field(default_factory=_new_key, repr=False)

    @property
    def public_key(self) -> str:
        """The key that proves our signatures, as SendGrid's settings show it: base64 of its DER form."""
        return b64encode(self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()

    def takes(self, address: str) -> bool:
        """Whether a mail to this address comes in."""
        return bool(self.reply_domain and self.inbound_secret) and address.lower().endswith(f"@{self.reply_domain.lower()}")

    def signed(self, body: bytes, stamp: str) -> dict[str, str]:
        """The headers of a report: `stamp` is its time in seconds since the epoch, of the machine's clock."""
        signature = self.key.sign(stamp.encode() + body, ECDSA(SHA256()))
        return {SIGNATURE: b64encode(signature).decode(), TIMESTAMP: stamp}
