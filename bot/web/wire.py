"""How the web app is put on the wire: whom we believe about addresses, how many may be there, and how long we wait for somebody."""

from __future__ import annotations

import asyncio

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN = 10.0
"""Seconds in which a request's first line and its headers have to be there, from its line's first moment or the last answer on it."""
MOST_LINES = 1000
"""Lines and requests at once. With so many requests the answer is 503 without a look; more lines are cut. Memory stays what it is."""
LONGEST_HEAD = 32 * 1024
"""Bytes of a request's first line and headers."""
READ_WITHIN = 30.0
"""Seconds in which somebody has to take what lies ready for them."""
KEPT_OPEN = 5
"""Seconds that a line without a request is kept."""


class Line(H11Protocol):
    """Hangs up on whoever does not say what they want or does not take what they asked for: uvicorn itself would wait for ever."""

    head_within = HEAD_WITHIN
    read_within = READ_WITHIN
    _silent: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there."""
        super().connection_made(transport)
        if self.limit_concurrency is not None and len(self.connections) > self.limit_concurrency:
            transport.abort()
            return
        transport.set_write_buffer_limits(high=0)  # so that we are told of everything that is left lying
        self._watch()

    def data_received(self, data: bytes) -> None:
        """They said something."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._stop_watching()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Something lies ready for them."""
        super().pause_writing()
        self._unread = self._unread or self.loop.call_later(self.read_within, self.transport.abort)

    def resume_writing(self) -> None:
        """They took all of it."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def _watch(self) -> None:
        """Between two requests the clock runs, whatever drips in meanwhile; with a whole head it stops."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_watching()
        elif self._silent is None:
            self._silent = self.loop.call_later(self.head_within, self._hang_up)

    def _hang_up(self) -> None:
        self._silent = None
        if (self.cycle is None or self.cycle.response_complete) and not self.transport.is_closing():
            self.transport.abort()  # closing would wait until they took what was said before

    def _stop_watching(self) -> None:
        if self._silent is not None:
            self._silent.cancel()
            self._silent = None


def wired(app: ASGIApp, host: str, port: int, *, grace: int, trusted: str) -> uvicorn.Config:
    """How to serve the app. `grace`: seconds that requests under way get at the end.

    `trusted` are the addresses and networks of proxies, by commas, whose X-Forwarded-For we believe; "*" for whoever calls.
    """
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Line,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=trusted,
        limit_concurrency=MOST_LINES,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        timeout_keep_alive=KEPT_OPEN,
        timeout_graceful_shutdown=grace,
    )
