"""How the web app is put on the wire: whom we believe about addresses, how many may be there, and how long a silent line is kept."""

from __future__ import annotations

import asyncio

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN = 10.0
"""Seconds in which a request's first line and its headers have to be there, from its line's first moment or the last answer on it."""
MOST_LINES = 1000
"""Lines and requests at once. Beyond that the answer is 503 without a look, and memory stays what it is."""
LONGEST_HEAD = 32 * 1024
"""Bytes of a request's first line and headers."""
KEPT_OPEN = 5
"""Seconds that a line without a request is kept."""


class Line(H11Protocol):
    """Hangs up on whoever does not say what they want: uvicorn itself would wait for the rest of a header for ever."""

    head_within = HEAD_WITHIN
    _silent: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """They said something."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._stop_watching()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Between two requests the clock runs, whatever drips in meanwhile; with a whole head it stops."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_watching()
        elif self._silent is None:
            self._silent = self.loop.call_later(self.head_within, self._hang_up)

    def _hang_up(self) -> None:
        self._silent = None
        if (self.cycle is None or self.cycle.response_complete) and not self.transport.is_closing():
            self.transport.close()

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
