"""What Slack hands out with an interaction and takes back for a short while: trigger ids and response URLs."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60.0
RESPONSE_USES = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponseTicket:
    """Permission to answer an interaction: where it happened, who did it, the message it was on."""

    channel: str
    user: str
    message_ts: str | None
    born: float
    uses: int = 0


class Tickets:
    """Trigger ids, good once and for three seconds, and response URLs, good five times in half an hour.

    Runs on machine time: these are about the patience of computers, not about days of onboarding.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._triggers: dict[str, tuple[str, float] | None] = {}
        self._responses: dict[str, ResponseTicket] = {}
        self._stale = 0
        self._lock = threading.Lock()

    def expire_next(self, times: int = 1) -> None:
        """The next trigger ids are too old by the time they are used, as those that waited in a queue."""
        with self._lock:
            self._stale = times

    def trigger(self, user: str) -> str:
        """A new trigger id: with it, the app may open a dialog in front of this person."""
        ticket = f"{time.time_ns() // 1_000_000}.{uuid.uuid4().hex}"
        with self._lock:
            late = TRIGGER_SECONDS + 1 if self._stale else 0.0
            self._stale = max(0, self._stale - 1)
            self._triggers[ticket] = (user, self._clock() - late)
        return ticket

    def redeem(self, ticket: str) -> str:
        """Whose trigger this is; used up by it. Raises LookupError with Slack's word when it is no good."""
        with self._lock:
            if ticket not in self._triggers:
                raise LookupError("invalid_trigger_id")
            held, self._triggers[ticket] = self._triggers[ticket], None
        if held is None:
            raise LookupError("exchanged_trigger_id")
        user, born = held
        if self._clock() - born > TRIGGER_SECONDS:
            raise LookupError("expired_trigger_id")
        return user

    def response(self, channel: str, user: str, message_ts: str | None) -> str:
        """A new id for a response URL."""
        ticket = uuid.uuid4().hex
        with self._lock:
            self._responses[ticket] = ResponseTicket(channel=channel, user=user, message_ts=message_ts, born=self._clock())
        return ticket

    def knows(self, ticket: str) -> bool:
        """Whether this trigger id or response URL was handed out here."""
        with self._lock:
            return ticket in self._responses or ticket in self._triggers

    def use_response(self, ticket: str) -> ResponseTicket:
        """What this response URL allows, counting the use. Raises LookupError with Slack's word when it is no good."""
        with self._lock:
            held = self._responses.get(ticket)
            if held is None or self._clock() - held.born > RESPONSE_SECONDS:
                raise LookupError("expired_url")
            if held.uses >= RESPONSE_USES:
                raise LookupError("used_url")
            self._responses[ticket] = replace(held, uses=held.uses + 1)
            return held
