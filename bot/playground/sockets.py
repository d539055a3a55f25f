"""Slack's end of Socket Mode: the app's open connections, what goes out by them, and what comes back."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
import uuid
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from bot.playground.values import Json

Kind = Literal["events_api", "interactive", "slash_commands"]
CONNECTIONS = 10
"""Slack allows no more at once."""
GRACE = 10.0
"""Seconds between asking for another connection and ending this one."""


class End(Enum):
    """How a connection ends: with a goodbye, without a word, or in silence while it stays open."""

    GOODBYE = "goodbye"
    CUT = "cut"
    DEAF = "deaf"


class Unacknowledged(Exception):
    """The app did not acknowledge in time, or had no connection."""


@dataclass(eq=False, slots=True)
class Connection:
    """One open socket. `outgoing` takes what is to happen to it: a text is sent, the rest ends or spoils it."""

    loop: asyncio.AbstractEventLoop
    outgoing: asyncio.Queue[str | End] = field(default_factory=asyncio.Queue)
    waiting: dict[str, Future[Json]] = field(default_factory=dict)

    def send(self, message: Json) -> None:
        """Put a message on the line, from any thread."""
        self.put(json.dumps(message))

    def put(self, what: str | End) -> None:
        """Put something on the line, from any thread."""
        self.loop.call_soon_threadsafe(self.outgoing.put_nowait, what)


class Sockets:
    """The open connections of one app. Once it has opened one, deliveries wait for a connection instead of going over HTTP."""

    def __init__(self) -> None:
        self.on = False
        self.envelopes: list[Json] = []
        self._tickets: set[str] = set()
        self._open: list[Connection] = []
        self._changed = threading.Condition()
        self._acks_lost = 0

    # For the app

    def ticket(self) -> str:
        """A new address for one connection."""
        ticket = secrets.token_hex(12)
        self._tickets.add(ticket)
        return ticket

    def redeem(self, ticket: str) -> bool:
        """Whether this address is good; it is so once."""
        good = ticket in self._tickets
        self._tickets.discard(ticket)
        return good

    def opened(self, connection: Connection) -> None:
        """The app has one connection more."""
        with self._changed:
            self.on = True
            self._open.append(connection)
            self._changed.notify_all()

    def closed(self, connection: Connection) -> None:
        """A connection is gone; what it had not acknowledged is delivered again by another."""
        with self._changed:
            if connection in self._open:
                self._open.remove(connection)
            for waiting in list(connection.waiting.values()):
                waiting.cancel()
            self._changed.notify_all()

    def heard(self, connection: Connection, message: Json) -> None:
        """The app acknowledges an envelope, or says something that nobody asked for."""
        waiting = connection.waiting.pop(str(message.get("envelope_id")), None)
        if waiting is None or waiting.done():
            return
        if self._acks_lost:
            self._acks_lost -= 1
            return
        payload = message.get("payload")
        waiting.set_result(payload if isinstance(payload, dict) else {})

    # For tests

    @property
    def count(self) -> int:
        """How many connections are open."""
        with self._changed:
            return len(self._open)

    def wait(self, count: int = 1, seconds: float = 10.0) -> None:
        """Wait until this many connections are open. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._open) == count, seconds):
                raise TimeoutError(f"{len(self._open)} connections are open, not {count}")

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to open other connections, as Slack does every few hours; these end when it has, or after a while."""
        for connection in self._taken():
            connection.send({"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}})
            connection.loop.call_soon_threadsafe(connection.loop.call_later, GRACE, connection.outgoing.put_nowait, End.GOODBYE)

    def drop(self) -> None:
        """Cut every connection without a word."""
        for connection in self._taken():
            connection.put(End.CUT)

    def deafen(self) -> None:
        """Leave every connection open and read nothing from it any more, pings neither: the line is dead and nobody says so."""
        with self._changed:
            for connection in self._open:
                connection.put(End.DEAF)

    def lose_acks(self, times: int = 1) -> None:
        """The next acknowledgements get lost on the way: the app has done its part, and Slack does not know."""
        self._acks_lost = times

    def close(self) -> None:
        """No Socket Mode any more: connections are cut, and deliveries go over HTTP."""
        self.drop()
        self.on = False
        self._acks_lost = 0
        self.envelopes.clear()

    # For the playground

    def deliver(self, kind: Kind, payload: Json, patience: float, retry: int = 0) -> Json:
        """Send an envelope and wait for the app's answer, `patience` seconds of machine time. What a connection takes to its grave
        goes out again by the next. Raises Unacknowledged.
        """
        until = time.monotonic() + patience
        while True:
            envelope: Json = {"envelope_id": str(uuid.uuid4()), "type": kind, "accepts_response_payload": kind != "events_api"}
            envelope |= {"payload": payload}
            if kind == "events_api":
                envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
            answer: Future[Json] = Future()
            self._send(envelope, answer, until)
            try:
                return answer.result(max(0.0, until - time.monotonic()))
            except Late:
                raise Unacknowledged(f"The app did not acknowledge within {patience:g} seconds.") from None
            except CancelledError:
                retry += 1

    def _send(self, envelope: Json, answer: Future[Json], until: float) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._open), max(0.0, until - time.monotonic())):
                raise Unacknowledged("The app has no Socket Mode connection.")
            connection = self._open[-1]
            connection.waiting[envelope["envelope_id"]] = answer
            self.envelopes.append(envelope)
            connection.send(envelope)

    def _taken(self) -> list[Connection]:
        """The open connections, from now on not used any more."""
        with self._changed:
            taken, self._open = self._open, []
            self._changed.notify_all()
        return taken
