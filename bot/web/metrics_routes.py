"""/metrics, in the text format of Prometheus, for those who may read it."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.exceptions import HTTPException

_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers of a proxy: then the caller is somebody else than who is connected to us."""


def metrics_routes(found: CollectorRegistry, token: str | None) -> APIRouter:
    """With a `token` only its bearers read; without one only this machine, asked directly.

    Others are answered as if there were no such page.
    """
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> Response:
        if not may_read(request, token):
            raise HTTPException(404)
        return Response(generate_latest(found), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return router


def may_read(request: Request, token: str | None) -> bool:
    """Whether the caller holds the token; when there is none, whether it is on this machine."""
    if token:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        return hmac.compare_digest(given.strip().encode(), token.encode()) and kind.lower() == "bearer"
    return _from_here(request) and not any(name in request.headers for name in _PASSED_ON)


def _from_here(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False
