"""The playground as one ASGI app: its page and its services first, everything else falls through to the app it hosts."""

from __future__ import annotations

import logging
import threading
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
from bot.playground.oauth_page import oauth_routes
from bot.playground.page_api import PageApi
from bot.playground.post import Refused
from bot.playground.sendgrid_api import sendgrid_routes
from bot.playground.slack_api import slack_routes
from bot.playground.slack_files import file_routes
from bot.playground.socket_routes import socket_routes
from bot.playground.values import Json
from bot.playground.workspaces import Tell, Workspaces
from bot.playground.world import World

log = logging.getLogger(__name__)
TEMPLATES = Path(__file__).parents[2] / "templates"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_playground(world: World | Workspaces, host: Host, app: ASGIApp | None = None, *, acts: Acts | None = None) -> ASGIApp:
    """Slack, SendGrid and the page on one origin with `app`. `acts`: how people face the app, when not with Slack's patience."""
    workspaces = world if isinstance(world, Workspaces) else Workspaces(world)
    workspaces.open_at(host.app_url)
    workspaces.tell = _telling(host)
    own = Starlette(routes=_routes(workspaces, host, app, acts or acts_in(workspaces.first, host)))

    async def playground(scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" or (scope["type"] == "websocket" and scope["path"].startswith("/slack/socket/"))
        await (own if ours or app is None else app)(scope, receive, send)

    return playground


def _telling(host: Host) -> Tell:
    """Events that a call of the app itself brings about: it hears of them while it goes on."""

    def tell(world: World, subscription: str, event: Json) -> None:
        def delivered() -> None:
            try:
                acts_in(world, host).tell(subscription, event)
            except Refused as refused:
                log.warning("an event did not arrive: %s: %s", subscription, refused)

        threading.Thread(target=delivered, name="playground-event", daemon=True).start()

    return tell


def _routes(workspaces: Workspaces, host: Host, app: ASGIApp | None, acts: Acts) -> list[BaseRoute]:
    at_home = ["127.0.0.1", "localhost", urlsplit(host.app_url).hostname or "localhost"]
    guards = [Middleware(TrustedHostMiddleware, allowed_hosts=at_home, www_redirect=False), Middleware(PageHeaders)]
    static = StaticFiles(directory=TEMPLATES / "static", check_dir=False)
    inside = [*PageApi(acts).routes(), Mount("/static", static)]
    return [
        Route("/", _page, middleware=guards),
        *slack_routes(workspaces),
        *file_routes(workspaces),
        *oauth_routes(workspaces),
        *socket_routes(workspaces),
        *sendgrid_routes(workspaces.first),
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
