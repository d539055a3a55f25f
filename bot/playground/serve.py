"""Serving an ASGI app from a thread, on a port known before the app is built."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from importlib.util import find_spec
from types import TracebackType
from typing import Literal, Self

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.playground.lines import Line

GRACE = 3
"""Seconds that requests under way get when serving stops."""
SOCKETS: Literal["websockets-sansio", "none"] = "websockets-sansio" if find_spec("websockets") else "none"
"""Socket Mode needs a library that only development has."""


class Served:
    """A place to serve an app from: the port is taken at once (0: any free one), `start` puts the app behind it.

    Raises OSError when the port is taken by somebody else.
    """

    def __init__(self, port: int = 0, address: str = "127.0.0.1") -> None:
        self._socket = socket.create_server((address, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for its headers' receipt
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{address}:{self.port}"

    def start(self, app: ASGIApp) -> Self:
        """Serve `app` from a thread; returns when it answers. Raises RuntimeError when its start fails."""
        config = uvicorn.Config(
            app, http=_Protocol, ws=SOCKETS, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="playground", daemon=True)
        self._thread.start()
        self._server.settled.wait()
        if not self._server.started:
            raise RuntimeError("The app did not start; its log says why.")
        return self

    def stop(self) -> None:
        """Stop serving; returns when the last request is through or out of grace."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.settled.set()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        with suppress(SystemExit):  # how uvicorn leaves when the app's start fails; `started` says so too
            super().run(sockets)
        self.settled.set()


class _Protocol(H11Protocol):
    """Gives the app a line to each caller: it can be cut, and it tells when the server closes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._line = Line(transport.abort, transport.pause_reading)
        self.app_state = self.app_state | {"line": self._line}

    def connection_lost(self, exc: Exception | None) -> None:
        self._line.closing.set()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        self._line.closing.set()
        super().shutdown()
