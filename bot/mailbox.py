"""Our side of the post: the address that an answer comes back to, and the names by which mail programs keep threads together."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from flows.addresses import same_address

__all__ = ["Envelope", "Mailbox", "same_address"]

_ROW = 5
"""Bytes of a row's number."""
_MAC = 10
"""Bytes of the signature: 80 bits, so that the local part stays short and nobody guesses one."""
_NAME = re.compile(r"(?:[a-z]+\.)?[a-z2-7]{24}")
_REPLY = re.compile(r"reply\+([a-z2-7]{24})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """What one mail carries besides its words.

    `message_id`, `in_reply_to` and `references` are Message-IDs with their <>; `reply_to` is '' when no mail can come back to us.
    `subject` stands in for the message's own, in somebody else's thread.
    """

    from_name: str
    message_id: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""
    subject: str = ""


class Mailbox:
    """Writes and reads the addresses and names of our mail. All of them are opaque: they tell nothing about anybody.

    `domain` is where our mail comes from, `reply_domain` where answers arrive, '' when they can't.
    """

    def __init__(self, *, domain: str, reply_domain: str, secret_key: str) -> None:
        self.domain, self.reply_domain = domain, reply_domain
        self._key = hmac.digest(secret_key.encode(), b"handrail mail, version 1", hashlib.sha256)

    def reply_address(self, row: int) -> str:
        """Where the answer to a mail goes: whoever writes there is who got the mail. '' without a reply domain.

        Servers may write it in capitals, so it is base32; with 24 characters it fits a local part (RFC 5321, 64 octets).
        """
        return f"reply+{self.token(row)}@{self.reply_domain}" if self.reply_domain else ""

    def token(self, row: int) -> str:
        """A row's number, signed."""
        number = row.to_bytes(_ROW, "big")
        return base64.b32encode(number + self._mac("reply", number)).decode().lower()

    def row(self, address: str) -> int | None:
        """The outbox row whose mail an address answers; None for every kind of wrong. The domain is not asked: servers rewrite it."""
        found = _REPLY.fullmatch(address.strip().strip("<>").partition("@")[0])
        if not found:
            return None
        raw = base64.b32decode(found[1].upper())
        number, mac = raw[:_ROW], raw[_ROW:]
        return int.from_bytes(number, "big") if hmac.compare_digest(mac, self._mac("reply", number)) else None

    def message_id(self, row: int) -> str:
        """The Message-ID of a mail: always the same for one row, so that a mail program shows a repeat once."""
        return f"<{self._name('message', str(row))}@{self.domain}>"

    def thread_id(self, kind: str, ref: str) -> str:
        """A Message-ID that nobody sent, by which all mails of a journey or of a case are one thread."""
        return f"<{kind}.{self._name(kind, ref)}@{self.domain}>"

    def is_ours(self, message_id: str) -> bool:
        """Whether a Message-ID may be one of ours: then a mail that carries it is our own, come back. Colleagues write others."""
        name, _, domain = message_id.strip().strip("<>").lower().rpartition("@")
        return bool(self.domain) and domain == self.domain.lower() and _NAME.fullmatch(name) is not None

    def _name(self, kind: str, ref: str) -> str:
        return base64.b32encode(hmac.digest(self._key, f"{kind}\0{ref}".encode(), hashlib.sha256)[:15]).decode().lower()

    def _mac(self, kind: str, number: bytes) -> bytes:
        return hmac.digest(self._key, kind.encode() + b"\0" + number, hashlib.sha256)[:_MAC]
