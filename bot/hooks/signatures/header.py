"""A secret in a header, for systems that sign nothing: a Flow of Salesforce, a workflow of HubSpot without an app."""

from __future__ import annotations

from datetime import datetime

from bot.hooks.signatures.request import Sent, same

SECRET = "X-Handrail-Secret"
SHORTEST = 16
"""Characters. A shorter one can be guessed, so it opens nothing."""


def holds(sent: Sent, secret: str, now: datetime) -> bool:  # noqa: ARG001 - nothing says when it was sent
    """In X-Handrail-Secret, or as a bearer token."""
    scheme, _, token = sent.headers.get("Authorization", "").partition(" ")
    given = sent.headers.get(SECRET, "") or (token.strip() if scheme.lower() == "bearer" else "")
    return len(secret) >= SHORTEST and same(secret, given)
