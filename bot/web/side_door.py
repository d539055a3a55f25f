"""A small listener for processes without a web app, so that they can be asked how they are and scraped too."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence

import uvicorn
from fastapi import APIRouter, FastAPI

from bot.web.wire import LONGEST_HEAD, Line

MOST_LINES = 100
"""Lines at once: whoever scrapes needs one."""


class SideDoor:
    """Answers /metrics, /healthz and /readyz from a thread. `port` 0 takes any free one. Raises OSError when the port is taken."""

    def __init__(self, routers: Sequence[APIRouter], host: str, port: int) -> None:
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        for router in routers:
            app.include_router(router)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        self.port: int = self._socket.getsockname()[1]
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=Line,
                limit_concurrency=MOST_LINES,
                h11_max_incomplete_event_size=LONGEST_HEAD,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="side-door", daemon=True)

    def open(self) -> None:
        """Begin to answer. Returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=3)
        self._socket.close()
