"""The web app: Slack's requests, the product's events, people's pages, and how we are doing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from bot.settings import SHIPPED
from bot.web.page_routes import page_routes
from bot.web.pages import Pages
from bot.web.preference_routes import preference_routes
from bot.web.unsubscribe_routes import unsubscribe_routes

MOST_BYTES = 1024 * 1024
"""No request we take is larger."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_web(
    *,
    pages: Pages,
    health: Callable[[], dict[str, Any]],
    more: Sequence[APIRouter] = (),
) -> FastAPI:
    """Join the routes. `health` tells how the house is doing; a value under "problems" makes it 503. `more`: all other routes."""
    app = FastAPI(title="Handrail", max_body_size=MOST_BYTES, docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
    app.mount("/static", StaticFiles(directory=SHIPPED / "templates" / "static"), name="static")
    for own in (page_routes, preference_routes, unsubscribe_routes):
        app.include_router(own(pages))

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        for name, value in HEADERS.items():
            if name != "Cache-Control" or not request.url.path.startswith("/static/"):
                response.headers.setdefault(name, value)
        return response

    @app.get("/healthz")
    def healthz() -> Response:
        """How we are doing, for load balancers and people."""
        found = health()
        return JSONResponse(found, status_code=503 if found["problems"] else 200)

    @app.exception_handler(404)
    async def nothing_here(request: Request, error: HTTPException) -> Response:  # noqa: ARG001
        if "text/html" in request.headers.get("accept", ""):
            return await run_in_threadpool(pages.refused)
        return JSONResponse({"code": "not_found"}, status_code=404)

    @app.exception_handler(413)
    async def too_much(request: Request, error: HTTPException) -> Response:  # noqa: ARG001
        return JSONResponse({"code": "too_large", "message": "no request may have more than 1 MB"}, status_code=413)

    for router in more:
        app.include_router(router)
    return app
