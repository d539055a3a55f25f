"""Who sends slowly is waited for only so long: a request that never ends would hold its place for ever."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE = 15.0
"""Seconds for a body, whatever its size."""
PACE = 32 * 1024
"""Bytes of a body that buy another second: thirty megabytes of mail may take a quarter of an hour."""


class SlowBodies:
    """Refuses a body that comes more slowly with 408, and hangs up. Machine time, in seconds."""

    def __init__(self, app: ASGIApp, *, patience: float = PATIENCE) -> None:
        self._app = app
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        until, whole = asyncio.get_running_loop().time() + self._patience, False

        async def received() -> Message:
            nonlocal until, whole
            if whole:
                return await receive()  # whoever still listens waits for the end of the line
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "the request came too slowly", headers={"Connection": "close"}) from None
            until += len(message.get("body", b"")) / PACE
            whole = not message.get("more_body", False)
            return message

        await self._app(scope, received, send)
