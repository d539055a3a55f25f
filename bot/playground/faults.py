"""Misfortunes on order: what Slack, SendGrid and the network do on a bad day."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import Literal

Misfortune = Literal["rate_limited", "server_error", "invalid_auth", "refused", "hang", "hang_accepted", "lost_answer", "reset"]
"""`hang`: no answer for `seconds`, then the line is cut, nothing was accepted. `hang_accepted`: the same, but accepted.
`lost_answer`: accepted, and the connection is cut without an answer. `reset`: cut at once, nothing was accepted.
`refused`: answered with the error named in `error`."""

LONGEST_HANG = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One misfortune. `seconds` is how long a hang lasts (machine time), or what `Retry-After` asks for."""

    kind: Misfortune
    seconds: float = 1.0
    error: str = "internal_error"

    @property
    def accepts(self) -> bool:
        """Whether the call takes effect, although the caller will not hear of it."""
        return self.kind in ("hang_accepted", "lost_answer")


class Faults:
    """Which calls of one workspace fail next, by route: a Slack method, `mail.send`, `events` (an ack that gets lost), or `*` for any."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault | None]] = {}
        self._lasting: dict[str, Fault] = {}
        self._met: Counter[str] = Counter()
        self._lock = threading.Lock()

    def next(
        self, route: str, kind: Misfortune, *, times: int = 1, seconds: float = 1.0, after: int = 0, error: str = "internal_error"
    ) -> None:
        """Let `times` calls of `route` end this way, after those already ordered and after `after` calls that go well."""
        fault = Fault(kind=kind, seconds=min(seconds, LONGEST_HANG), error=error)
        with self._lock:
            self._waiting.setdefault(route, deque()).extend([None] * after + [fault] * times)

    def always(self, route: str, kind: Misfortune, *, seconds: float = 1.0, error: str = "internal_error") -> None:
        """Let every call of `route` end this way until `clear`."""
        with self._lock:
            self._lasting[route] = Fault(kind=kind, seconds=min(seconds, LONGEST_HANG), error=error)

    def take(self, route: str) -> Fault | None:
        """The misfortune that hits this call, if one is due; it is used up."""
        with self._lock:
            fault = self._due(route)
            if fault is not None:
                self._met[route] += 1
            return fault

    def met(self, route: str) -> int:
        """How many calls of this route met a misfortune."""
        with self._lock:
            return self._met[route]

    def clear(self, route: str | None = None) -> None:
        """Nothing fails any more, or nothing on this route."""
        with self._lock:
            for orders in (self._waiting, self._lasting):
                if route is None:
                    orders.clear()
                else:
                    orders.pop(route, None)
            if route is None:
                self._met.clear()

    def _due(self, route: str) -> Fault | None:
        for name in (route, "*"):
            if waiting := self._waiting.get(name):
                return waiting.popleft()
        return self._lasting.get(route) or self._lasting.get("*")
