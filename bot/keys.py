"""Who sends us events: the key that comes with a request, and the source that it stands for."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from uuid import uuid4

from bot.ingest.calls import PRODUCT
from bot.world import machine_now
from storage.keys import Key, KeyStore, Scope

STALE_AFTER = 2.0
"""Seconds after which the keys are looked up again: a revoked one opens nothing any more, a new one begins to."""
NOTED = timedelta(hours=1)
"""How exactly it is known when a key was last used."""
PREFIX: dict[Scope, str] = {"write": "hrw_", "read": "hrr_"}
"""What keys begin with, so that people and scanners for secrets know what they found."""
NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,38}[a-z0-9])?")
"""What a key may be called: it is part of the source of its events."""


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A new key. `text` is shown once and kept nowhere."""

    key: Key
    text: str


def issue(name: str, scope: Scope) -> Issued:
    """Make up a key of that name: 256 random bits."""
    text = PREFIX[scope] + secrets.token_urlsafe(32)
    return Issued(key=Key(id=uuid4().hex, name=name, hash=hash_of(text), scope=scope, created_at=machine_now()), text=text)


def hash_of(text: str) -> str:
    """What is kept of a key. See `storage.keys.Key`."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


class Keys:
    """Says which source a key stands for. Safe to share between threads; keys are looked up every other second at most.

    `own` is HANDRAIL_WRITE_KEY, which writes as the source `product`.
    """

    def __init__(
        self,
        kept: KeyStore,
        own: str,
        *,
        tick: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = machine_now,
    ) -> None:
        self._kept = kept
        self._own = own.encode()
        self._tick = tick
        self._clock = clock
        self._lock = Lock()
        self._known: dict[str, Key] = {}
        self._looked: float | None = None
        self._noted: dict[str, datetime] = {}

    def source(self, given: str, scope: Scope = "write") -> str | None:
        """The source that a key stands for, None when it opens nothing of that scope."""
        if not given:
            return None
        if scope == "write" and hmac.compare_digest(given.encode(errors="replace"), self._own):
            return PRODUCT
        key = self._now_known().get(hash_of(given))
        if key is None or key.scope != scope:
            return None
        self._note(key)
        return f"{PRODUCT}:{key.name}"

    def _now_known(self) -> dict[str, Key]:
        with self._lock:
            if self._looked is None or self._tick() - self._looked >= STALE_AFTER:
                self._known = {key.hash: key for key in self._kept.in_use()}
                self._looked = self._tick()
            return self._known

    def _note(self, key: Key) -> None:
        now = self._clock()
        last = self._noted.get(key.id, key.last_used_at)
        if last is None or now - last >= NOTED:
            self._noted[key.id] = now
            self._kept.used(key.id, now, now - NOTED)
