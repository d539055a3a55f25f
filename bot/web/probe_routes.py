"""/healthz and /readyz: whether we are alive, and whether we may be given work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from bot.web.buckets import Buckets

AT_ONCE, PER_SECOND = 10.0, 5.0
"""So often the database is asked how the house is. Whoever asks more often gets the last answer again: anybody may ask."""


def probe_routes(health: Callable[[], Mapping[str, Any]], not_ready: Callable[[], list[str]]) -> APIRouter:
    """`health` tells how the house is, see `bot.health.health`. `not_ready` tells in words why no traffic may come, [] when it may."""
    router = APIRouter()
    asked = Buckets(AT_ONCE, PER_SECOND)
    last: list[Mapping[str, Any]] = []

    def lately() -> Mapping[str, Any]:
        if not last or not asked.wait("health"):
            asked.take("health")
            last[:] = [health()]
        return last[0]

    @router.get("/healthz")
    def healthz(strict: str | None = None) -> Response:
        """Whether this process and its database are alive: 503 when not. What else is wrong stands under "problems" and changes nothing:
        no restart mends a provider. With `?strict` any problem is a 503, for whoever watches and calls people."""
        found = lately()
        dead = found["database"] != "ok"
        return JSONResponse(found, status_code=503 if dead or (strict is not None and found["problems"]) else 200)

    @router.get("/readyz")
    def readyz() -> Response:
        """Whether this process may be given work: 503 while it starts or stops, or can't write."""
        why = not_ready()
        return JSONResponse({"status": "not ready", "because": why} if why else {"status": "ready"}, status_code=503 if why else 200)

    return router
