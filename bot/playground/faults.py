"""Misfortunes on order: what Slack, SendGrid and the network do on a bad day."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Literal

Misfortune = Literal["rate_limited", "server_error", "invalid_auth", "hang", "hang_accepted", "lost_answer"]
"""`hang`: no answer for `seconds`, then the line is cut, nothing was accepted. `hang_accepted`: the same, but accepted.
`lost_answer`: accepted, and the connection is cut without an answer."""

LONGEST_HANG = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One misfortune. `seconds` is how long a hang lasts (machine time), or what `Retry-After` asks for."""

    kind: Misfortune
    seconds: float = 1.0

    @property
    def accepts(self) -> bool:
        """Whether the call takes effect, although the caller will not hear of it."""
        return self.kind in ("hang_accepted", "lost_answer")


class Faults:
    """Which calls fail next, by route: a Slack method, `mail.send`, `events` (an ack that gets lost), or `*` for any."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = {}
        self._lock = threading.Lock()

    def next(self, route: str, kind: Misfortune, *, times: int = 1, seconds: float = 1.0) -> None:
        """Let the next `times` calls of `route` end this way, after those already ordered."""
        fault = Fault(kind=kind, seconds=min(seconds, LONGEST_HANG))
        with self._lock:
            self._waiting.setdefault(route, deque()).extend([fault] * times)

    def take(self, route: str) -> Fault | None:
        """The misfortune that hits this call, if one is due; it is used up."""
        with self._lock:
            for name in (route, "*"):
                if waiting := self._waiting.get(name):
                    return waiting.popleft()
        return None

    def clear(self) -> None:
        """Nothing fails any more."""
        with self._lock:
            self._waiting.clear()
