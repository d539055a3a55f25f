"""How long requests take, by the surface they come to."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.meters import Meters
from bot.web.throttle import TOOLS

SURFACES = {
    "/slack/events": "slack",
    "/v1/hooks/": "hooks",
    "/v1/openapi.json": "pages",
    "/v1/": "ingest",
    "/email/events": "mail_reports",
    "/email/inbound/": "inbound",
    "/healthz": "",
    "/readyz": "",
    "/metrics": "",
    "/static/": "",
}
"""What a path begins with, and what we call that; '' is not measured. Other tools' calls are ingest too, everything else is a page."""


class Timed:
    """Tells how long each request took until its answer was complete."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        surface = surface_of(scope["path"]) if scope["type"] == "http" else ""
        if not surface:
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        try:
            await self._app(scope, receive, send)
        finally:
            self._meters.acknowledged(surface, time.monotonic() - began)


def surface_of(path: str) -> str:
    """The surface of a path, '' for one that is not measured."""
    if path.removesuffix("/") in TOOLS:
        return "ingest"
    return next((surface for start, surface in SURFACES.items() if path.startswith(start)), "pages")
