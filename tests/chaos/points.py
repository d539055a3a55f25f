"""The named points of the protocol at which a process kills itself, as kill -9 would. For the process that is to die."""

from __future__ import annotations

import http.client
import os
import select
import signal
import threading
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from sqlalchemy import Engine, event

from bot.preparing import Preparing, Ready
from storage.outbox import Outbox
from storage.outcomes import Accepted
from storage.store import Store

ANY_MOMENT = "any moment"
"""Not a point: whoever started the process kills it."""
MID_SEND = "mid-send"
BEFORE_COMMIT = "before commit"
SENDS = ("/mail/send", "chat.postMessage")
_PROMPT = 5.0
"""Seconds that the answer of a provider is waited for before it is left unread."""

Arrived = Callable[[], None]
"""To be called each time that the point is reached; the last time it does not return."""


def _before(room: type, *names: str, counts: Callable[..., bool] = lambda *_: True) -> Callable[[Arrived], None]:
    """Right before one of these methods is called, when `counts` says so of its arguments."""

    def watching(method: Callable[..., Any], arrived: Arrived) -> Callable[..., Any]:
        @wraps(method)
        def watched(self: Any, *given: Any, **named: Any) -> Any:
            if counts(*given):
                arrived()
            return method(self, *given, **named)

        return watched

    return _setting_up(room, names, watching)


def _after(room: type, *names: str, counts: Callable[[Any], bool]) -> Callable[[Arrived], None]:
    """Right after one of these methods is through, when `counts` says so of what it gave."""

    def watching(method: Callable[..., Any], arrived: Arrived) -> Callable[..., Any]:
        @wraps(method)
        def watched(self: Any, *given: Any, **named: Any) -> Any:
            done = method(self, *given, **named)
            if counts(done):
                arrived()
            return done

        return watched

    return _setting_up(room, names, watching)


def _setting_up(room: type, names: tuple[str, ...], watching: Callable[..., Callable[..., Any]]) -> Callable[[Arrived], None]:
    def set_up(arrived: Arrived) -> None:
        for name in names:
            setattr(room, name, watching(getattr(room, name), arrived))

    return set_up


def _mid_send(arrived: Arrived) -> None:
    """A provider has taken a message; its answer has come as far as this machine, and nobody has read it."""
    ask, read = http.client.HTTPConnection.request, http.client.HTTPConnection.getresponse
    asked = threading.local()

    def request(self: Any, method: str, url: str, *given: Any, **named: Any) -> None:
        asked.url = url
        ask(self, method, url, *given, **named)

    def getresponse(self: Any) -> Any:
        if any(send in asked.url for send in SENDS):
            select.select([self.sock], [], [], _PROMPT)
            arrived()
        return read(self)

    http.client.HTTPConnection.request = request  # type: ignore[method-assign]
    http.client.HTTPConnection.getresponse = getresponse  # type: ignore[method-assign]


def _before_commit(arrived: Arrived) -> None:
    """Everything is written, and nothing is kept yet."""
    event.listen(Engine, "commit", lambda _connection: arrived())


_CLAIMS = ("claim", "claim_for")
"""For whoever sends, and for a job that another process takes up."""

POINTS: Mapping[str, Callable[[Arrived], None]] = {
    "before save": _before(Store, "save"),
    "after save": _after(Store, "save", counts=lambda saved: saved is None or bool(saved)),
    "after lease": _after(Store, "claim_due", counts=bool),
    "before claim": _before(Outbox, *_CLAIMS),
    "after claim": _after(Outbox, *_CLAIMS, counts=bool),
    "after render": _after(Preparing, "ready", counts=lambda one: isinstance(one, Ready)),
    "after fence": _after(Outbox, "settle_and_fence", counts=lambda turn: bool(turn.passed)),
    MID_SEND: _mid_send,
    "before settle": _before(Outbox, "settle_and_fence", counts=lambda outcomes, *_: any(isinstance(one, Accepted) for one in outcomes)),
    "after settle": _after(Outbox, "settle_and_fence", counts=lambda turn: bool(turn.settled)),
    BEFORE_COMMIT: _before_commit,
}
"""By name, how a process comes to notice that it is there."""

_SENDING = ("before claim", "after claim", "after render", "after fence", MID_SEND, "before settle", "after settle")
_DECIDING = ("before save", "after save", BEFORE_COMMIT, ANY_MOMENT)
OF_ROLES: Mapping[str, tuple[str, ...]] = {
    "run": (*_SENDING, *_DECIDING),
    "web": ("before claim", "after claim", *_DECIDING),
    "clock": ("before claim", "after claim", "after lease", BEFORE_COMMIT, ANY_MOMENT),
    "worker": (*_SENDING, *_DECIDING),
}
"""Which points a process comes by."""


def struck_at(point: str, times: int, by: signal.Signals) -> None:
    """Let this process get that signal when it has come to that point so many times."""
    left, turn = times, threading.Lock()

    def arrived() -> None:
        nonlocal left
        with turn:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), by)

    POINTS[point](arrived)
