"""/healthz and /readyz: whether we are alive, and whether we may be given work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response


def probe_routes(health: Callable[[], Mapping[str, Any]], not_ready: Callable[[], list[str]]) -> APIRouter:
    """`health` tells how the house is, see `bot.health.health`. `not_ready` tells in words why no traffic may come, [] when it may."""
    router = APIRouter()

    @router.get("/healthz")
    def healthz(strict: str | None = None) -> Response:
        """Whether this process and its database are alive: 503 when not. What else is wrong stands under "problems" and changes nothing:
        no restart mends a provider. With `?strict` any problem is a 503, for whoever watches and calls people."""
        found = health()
        dead = found["database"] != "ok"
        return JSONResponse(found, status_code=503 if dead or (strict is not None and found["problems"]) else 200)

    @router.get("/readyz")
    def readyz() -> Response:
        """Whether this process may be given work: 503 while it starts or stops, or can't write."""
        why = not_ready()
        return JSONResponse({"status": "not ready", "because": why} if why else {"status": "ready"}, status_code=503 if why else 200)

    return router
