"""The connection by which a request came: to notice that the server closes, and to cut it without an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from bot.playground.faults import Fault
from bot.playground.values import Call, Json
from bot.playground.world import World


class Line:
    """One caller's connection. `serve` gives each its own; elsewhere it is a line that never closes."""

    def __init__(self, cut: Callable[[], None] | None = None, deafen: Callable[[], None] | None = None) -> None:
        self.closing = asyncio.Event()
        self._cut = cut
        self._deafen = deafen

    def cut(self) -> None:
        """Drop the connection as a broken network does: no answer, no goodbye."""
        if self._cut is not None:
            self._cut()

    def deafen(self) -> None:
        """Read nothing more from it, as if the network between swallowed everything; it stays open."""
        if self._deafen is not None:
            self._deafen()


def line_of(request: Request) -> Line:
    """The line a request came by."""
    line: Line = getattr(request.state, "line", None) or Line()
    return line


async def answer(
    world: World, request: Request, call: tuple[str, Json], accept: Callable[[], Response], refuse: Callable[[Fault], Response]
) -> Response:
    """Write the call (route and payload) down, then let it take effect, or let the misfortune ordered for it happen."""
    route, payload = call
    fault = world.faults.take(route)
    world.calls.append(Call(method=route, payload=payload, at=world.now(), fault=fault.kind if fault else None))
    if fault is None:
        return accept()
    if fault.kind in ("rate_limited", "server_error", "invalid_auth", "refused"):
        return refuse(fault)
    if fault.accepts:
        accept()
    return await _never_answered(line_of(request), 0.0 if fault.kind in ("lost_answer", "reset") else fault.seconds)


async def _never_answered(line: Line, seconds: float) -> Response:
    with suppress(TimeoutError):
        await asyncio.wait_for(line.closing.wait(), seconds)
    line.cut()
    await asyncio.sleep(0)
    return Response(status_code=504)
