"""The web app: Slack's requests, the product's events, people's pages, and how we are doing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from bot.settings import SHIPPED
from bot.web.headers import HEADERS, Headed
from bot.web.page_routes import page_routes
from bot.web.pages import Pages
from bot.web.preference_routes import preference_routes
from bot.web.slow_bodies import SlowBodies
from bot.web.throttle import Throttle
from bot.web.unsubscribe_routes import unsubscribe_routes

__all__ = ["HEADERS", "MOST_BYTES", "create_web"]

MOST_BYTES = 1024 * 1024
"""No request we take is larger."""


class Web(FastAPI):
    """Gives every answer its headers: also those that are given before any route is asked, and after one failed."""

    def __init__(self, *, secret: bool, **more: Any) -> None:
        super().__init__(**more)
        self._secret = secret

    def build_middleware_stack(self) -> ASGIApp:
        """All that a request goes through."""
        return Headed(super().build_middleware_stack(), secret=self._secret)


def create_web(
    *,
    pages: Pages,
    more: Sequence[APIRouter] = (),
    base_url: str = "",
) -> FastAPI:
    """Join the routes. `more`: all that are not pages of people. `base_url` is where people reach us."""
    app = Web(
        secret=base_url.startswith("https://"),
        title="Handrail",
        max_body_size=MOST_BYTES,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        redirect_slashes=False,  # it would lead to wherever a request says that we live
    )
    app.add_middleware(SlowBodies)
    app.add_middleware(Throttle)
    app.mount("/static", StaticFiles(directory=SHIPPED / "templates" / "static"), name="static")
    for own in (page_routes, preference_routes, unsubscribe_routes):
        app.include_router(own(pages))

    @app.exception_handler(404)
    async def nothing_here(request: Request, error: HTTPException) -> Response:  # noqa: ARG001
        if "text/html" in request.headers.get("accept", ""):
            return await run_in_threadpool(pages.refused)
        return JSONResponse({"code": "not_found"}, status_code=404)

    @app.exception_handler(413)
    async def too_much(request: Request, error: HTTPException) -> Response:  # noqa: ARG001
        return JSONResponse({"code": "too_large", "message": "no request may have more than 1 MB"}, status_code=413)

    @app.exception_handler(500)
    async def our_fault(request: Request, error: Exception) -> Response:  # noqa: ARG001
        """What went wrong is in the log, and nowhere else."""
        return JSONResponse({"code": "our_fault", "message": "something went wrong here, and it is not you"}, 500)

    for router in more:
        app.include_router(router)
    return app
