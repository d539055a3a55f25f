"""The playground as one ASGI app: its page and its services first, everything else falls through to the app it hosts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.playground.acts import Acts, acts_in
from bot.playground.host import Host
from bot.playground.page_api import PageApi
from bot.playground.sendgrid_api import sendgrid_routes
from bot.playground.slack_api import slack_routes
from bot.playground.world import World

TEMPLATES = Path(__file__).parents[2] / "templates"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_playground(world: World, host: Host, app: ASGIApp | None = None, *, acts: Acts | None = None) -> ASGIApp:
    """Slack, SendGrid and the page on one origin with `app`. `acts`: how people face the app, when not with Slack's patience."""
    world.url = host.app_url
    own = Starlette(routes=_routes(world, host, app, acts or acts_in(world, host)))

    async def playground(scope: Scope, receive: Receive, send: Send) -> None:
        hosted = app is not None and scope["type"] in ("lifespan", "websocket")
        await (app if app is not None and hosted else own)(scope, receive, send)

    return playground


def _routes(world: World, host: Host, app: ASGIApp | None, acts: Acts) -> list[BaseRoute]:
    at_home = ["127.0.0.1", "localhost", urlsplit(host.app_url).hostname or "localhost"]
    guards = [Middleware(TrustedHostMiddleware, allowed_hosts=at_home, www_redirect=False), Middleware(PageHeaders)]
    static = StaticFiles(directory=TEMPLATES / "static", check_dir=False)
    inside = [*PageApi(acts).routes(), Mount("/static", static)]
    return [
        Route("/", _page, middleware=guards),
        *slack_routes(world),
        *sendgrid_routes(world),
        Mount("/playground", routes=inside, middleware=guards),
        *([Mount("/", app)] if app is not None else []),
    ]


async def _page(_: Request) -> Response:
    page = TEMPLATES / "pages" / "playground.html"
    if not page.exists():
        return PlainTextResponse(f"The page is missing: {page.name}.", 503)
    return FileResponse(page)


class PageHeaders:
    """Headers that keep the page to itself, on every answer that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, _with_headers(send))


def _with_headers(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", PAGE_POLICY)
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Referrer-Policy", "no-referrer")
            headers.setdefault("Cache-Control", "no-cache")
        await send(message)

    return sending
