"""Signed links: who opens one is who it was written to, for that purpose and as long as it lasts."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

Purpose = Literal["page", "unsubscribe"]

PAGE_LASTS = timedelta(days=30)
SHORTEST_KEY = 16
"""Characters of the secret that signs."""
_NEVER = 0


class BadLink(Exception):
    """Forged, cut short, for something else, or too old: the answer is the same for each."""


@dataclass(frozen=True, slots=True)
class PersonLinks:
    """The addresses one message to one person may hold."""

    page: str
    unsubscribe: str

    @property
    def preferences(self) -> str:
        """Where they choose what they get."""
        return f"{self.page}#messages"

    def do(self, action: str, facts: Mapping[str, str | int] | None = None) -> str:
        """Their page, asking to confirm an action: opening it changes nothing, because mail scanners open every link."""
        return f"{self.page}?{urlencode({'do': action, **(facts or {})})}"


class Links:
    """Writes and reads links. `base_url` is where the app answers, `secret_key` at least 16 characters that nobody else has."""

    def __init__(self, base_url: str, secret_key: str) -> None:
        if len(secret_key) < SHORTEST_KEY:
            raise ValueError(f"the secret key needs at least {SHORTEST_KEY} characters")
        self._base = base_url.rstrip("/")
        self._key = hmac.digest(secret_key.encode(), b"handrail links, version 1", hashlib.sha256)

    def sign(self, purpose: Purpose, person_id: str, expires: datetime | None) -> str:
        """A token for a path or an address. `expires` is an aware instant of world time, None for never."""
        until = int(expires.timestamp()) if expires else _NEVER
        claim = _encode(f"{until}.{person_id}".encode())
        return f"{claim}.{self._signature(purpose, claim)}"

    def read(self, token: str, purpose: Purpose, now: datetime) -> str:
        """The person the token speaks of. Raises BadLink."""
        claim, _, signature = token.partition(".")
        if not hmac.compare_digest(signature.encode(errors="replace"), self._signature(purpose, claim).encode()):
            raise BadLink
        until, _, person_id = _decode(claim).partition(".")
        if int(until) != _NEVER and now >= datetime.fromtimestamp(int(until), UTC):
            raise BadLink
        return person_id

    def page(self, person_id: str, now: datetime) -> str:
        """The address of their page, good for 30 days."""
        return f"{self._base}/p/{self.sign('page', person_id, now + PAGE_LASTS)}"

    def unsubscribe(self, person_id: str) -> str:
        """Where mail is stopped. It never expires: an old mail must still let them go."""
        return f"{self._base}/u/{self.sign('unsubscribe', person_id, None)}"

    def of(self, person_id: str, now: datetime) -> PersonLinks:
        """All that a message to them may hold."""
        return PersonLinks(page=self.page(person_id, now), unsubscribe=self.unsubscribe(person_id))

    def do(self, person_id: str, action: str, now: datetime, facts: Mapping[str, str | int] | None = None) -> str:
        """Their page, asking to confirm an action."""
        return self.of(person_id, now).do(action, facts)

    def _signature(self, purpose: str, claim: str) -> str:
        return _encode(hmac.digest(self._key, f"{purpose}\0{claim}".encode(errors="replace"), hashlib.sha256))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
