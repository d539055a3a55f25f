"""Who sends slowly is waited for only so long, and all of them together fill only so much: a request that never ends would hold its place,
and what it sent, for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE = 15.0
"""Seconds for a body, whatever its size."""
PACE = 32 * 1024
"""Bytes of a body that buy another second: thirty megabytes of mail may take a quarter of an hour."""
MOST_UNFINISHED = 64 * 1024 * 1024
"""Bytes of all bodies that are not there whole yet, before anybody was asked for a key."""


@dataclass(eq=False, slots=True)
class Body:
    """One that is on its way: until when it is waited for (the loop's time), and how much of it is there."""

    until: float
    size: int = 0
    whole: bool = False
    cut: bool = False
    waiting: asyncio.Timeout | None = None

    async def more(self, receive: Receive) -> Message:
        """The next piece. Raises HTTPException when it took too long, or had to make room."""
        if self.cut:
            raise _no_room()
        try:
            async with asyncio.timeout_at(self.until) as self.waiting:
                message = await receive()
        except TimeoutError:
            raise (_no_room() if self.cut else _too_slow()) from None
        finally:
            self.waiting = None
        piece = len(message.get("body", b""))
        self.until += piece / PACE
        self.size += piece
        self.whole = not message.get("more_body", False)
        return message

    def make_room(self) -> None:
        """Wait for it no longer."""
        self.cut = True
        if self.waiting is not None:
            self.waiting.reschedule(0)


def _too_slow() -> HTTPException:
    return HTTPException(408, "the request came too slowly", headers={"Connection": "close"})


def _no_room() -> HTTPException:
    return HTTPException(503, "too much at once", headers={"Connection": "close", "Retry-After": "2"})


class SlowBodies:
    """Refuses a body that comes more slowly with 408, and hangs up. Machine time, in seconds.

    Where more than `most` bytes are unfinished, the body that is under way for longest gets a 503: who sends at once is not held up.
    """

    def __init__(self, app: ASGIApp, *, patience: float = PATIENCE, most: int = MOST_UNFINISHED) -> None:
        self._app = app
        self._patience = patience
        self._most = most
        self._unfinished: dict[Body, None] = {}
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        body = Body(asyncio.get_running_loop().time() + self._patience)
        self._unfinished[body] = None

        async def received() -> Message:
            if body.whole:
                return await receive()  # whoever still listens waits for the end of the line
            before = body.size
            message = await body.more(receive)
            self._held += body.size - before
            if body.whole:
                self._leaves(body)
            self._make_room()
            return message

        try:
            with suppress(ClientDisconnect):  # who hangs up is no defect of ours, and fills no log
                await self._app(scope, received, send)
        finally:
            self._leaves(body)

    def _make_room(self) -> None:
        while self._held > self._most and len(self._unfinished) > 1:
            oldest = next(iter(self._unfinished))
            self._leaves(oldest)
            oldest.make_room()

    def _leaves(self, body: Body) -> None:
        if body in self._unfinished:
            del self._unfinished[body]
            self._held -= body.size
