"""The JSON and event-stream API behind the playground's page."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TypeVar
from urllib.parse import quote

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.playground.acts import Acts
from bot.playground.faces import face_of
from bot.playground.lines import Line, line_of
from bot.playground.page_acts import PAGE_ACTS
from bot.playground.page_state import page_state
from bot.playground.post import Refused
from bot.playground.values import File, Json
from bot.playground.world import World

HEARTBEAT = 15.0
BREATH = 0.05
"""Seconds in which several changes become one, so that a moving clock does not make the page read at every message."""
RETRY = 1000
"""Milliseconds after which a browser looks again whether we are back."""
REASONS_SHOWN = 200
THREADS = 16
# The page looks into the frame to size it; without scripts, the same origin gives the mail nothing.
MAIL_POLICY = (
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; frame-ancestors 'self'"
)
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)

log = logging.getLogger(__name__)
T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]


class PageApi:
    """What the page asks and does. Whatever may block runs in threads of its own, so that the app's calls back are never held up."""

    def __init__(self, acts: Acts) -> None:
        self.acts = acts
        self.world = acts.world
        self.host = acts.host
        self.moving = False
        self._reasons: list[Json] = []
        self._reading = threading.Lock()
        self._threads = CapacityLimiter(THREADS)

    def routes(self) -> list[Route]:
        """The routes below `/playground/api`."""
        return [
            Route("/api/state", self.state),
            Route("/api/events", self.events),
            Route("/api/mail/{mail_id}", self.mail),
            Route("/api/mail/{mail_id}/{n:int}", self.attached),
            Route("/api/file/{file_id}", self.file),
            Route("/face/{user}.svg", self.face),
            Route("/api/clock", _for_the_page_only(self.clock), methods=["POST"]),
            Route("/api/restart", _for_the_page_only(self.restart), methods=["POST"]),
            Route("/api/{act}", _for_the_page_only(self.act), methods=["POST"]),
        ]

    async def state(self, request: Request) -> Response:
        """All that the page shows; `?person=` is the Slack id of the customer in whose seat we sit."""
        seen = await self._in_thread(partial(self._state, request.query_params.get("person")))
        return JSONResponse(seen, headers={"Cache-Control": "no-store"})

    async def events(self, request: Request) -> Response:
        """An event stream that says `changed` whenever the state is another one."""
        return StreamingResponse(
            changes(self.world, line_of(request)), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    async def mail(self, request: Request) -> Response:
        """A mail as its reader sees it, for a sandboxed frame; opening it makes it read."""
        as_text = request.query_params.get("form") == "text"
        try:
            mail = self.acts.open_mail(request.path_params["mail_id"], pictures=not as_text)
        except Refused:
            return PlainTextResponse("There is no such mail.", 404)
        headers = {"Content-Security-Policy": MAIL_POLICY, "Cache-Control": "no-store"}
        if as_text or not mail.html:
            return PlainTextResponse(mail.text, headers=headers)
        return HTMLResponse(opening_elsewhere(mail.html), headers=headers)

    async def attached(self, request: Request) -> Response:
        """The n-th file that is attached to a mail, to be saved."""
        mail, n = self.world.mail(request.path_params["mail_id"]), request.path_params["n"]
        if mail is None or n >= len(mail.files):
            return PlainTextResponse("There is no such file.", 404)
        return _to_be_saved(File(id="", user="", **mail.files[n]))

    async def file(self, request: Request) -> Response:
        """A file that somebody shared, to be saved."""
        file = self.world.file(request.path_params["file_id"])
        if file is None:
            return PlainTextResponse("There is no such file.", 404)
        return _to_be_saved(file)

    async def face(self, request: Request) -> Response:
        """Somebody's face: the letters of their name."""
        user = self.world.users.get(request.path_params["user"])
        return Response(face_of(user.name if user else "?"), media_type="image/svg+xml")

    async def act(self, request: Request) -> Response:
        """Something a person does; see `PAGE_ACTS`."""
        act = PAGE_ACTS.get(request.path_params["act"])
        if act is None:
            return _refusal("Nobody here can do that.", 404)
        return await self._done(request, lambda body: act(self.acts, body))

    async def clock(self, request: Request) -> Response:
        """Move world time: `{move: "hour" | "day" | "next"}`."""
        return await self._alone(request, self._move)

    async def restart(self, request: Request) -> Response:
        """Begin again."""
        return await self._alone(request, self._start_over)

    def _state(self, seat: str | None) -> Json:
        seen = page_state(self.world, self.host, seat)
        with self._reading:
            latest = self._reasons[-1]["n"] if self._reasons else 0
            self._reasons = [*self._reasons, *map(dict, self.host.why(latest))][-REASONS_SHOWN:]
            return seen | {"moving": self.moving, "why": self._reasons}

    def _move(self, body: Json) -> None:
        match body.get("move"):
            case "hour" | "day" | "next" as far:
                self.host.move(far)
            case _:
                raise Refused("The clock moves by an hour, by a day, or to the next thing due.")

    def _start_over(self, _: Json) -> None:
        self.host.start_over()
        with self._reading:
            self._reasons = []

    async def _alone(self, request: Request, do: Callable[[Json], None]) -> Response:
        if self.moving:
            return _refusal("The clock is moving already.")
        self.moving = True
        self.world.touch()
        try:
            return await self._done(request, do)
        finally:
            self.moving = False
            self.world.touch()

    async def _done(self, request: Request, do: Callable[[Json], None]) -> Response:
        try:
            body = json.loads(await request.body() or b"{}")
            if not isinstance(body, dict):
                raise ValueError
            await self._in_thread(partial(do, body))
        except ValueError:
            return _refusal("That was not a JSON object.", 400)
        except Refused as refused:
            return _refusal(str(refused), errors=refused.errors)
        except Exception:
            log.exception("an act in the playground failed: %s", request.url.path)
            return _refusal("The playground stumbled; its log says over what.", 500)
        self.world.touch()
        return JSONResponse({"ok": True})

    async def _in_thread(self, do: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(do, limiter=self._threads)


async def changes(world: World, line: Line, heartbeat: float = HEARTBEAT) -> AsyncIterator[str]:
    """`changed` at once and after every change; a comment every `heartbeat` seconds; ends when the server closes the line."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()
    changed.set()

    def wake() -> None:
        loop.call_soon_threadsafe(changed.set)

    unsubscribe = world.subscribe(wake)
    closing = asyncio.create_task(line.closing.wait())
    try:
        while not closing.done():
            news = asyncio.create_task(changed.wait())
            try:
                await asyncio.wait({news, closing}, timeout=heartbeat, return_when=asyncio.FIRST_COMPLETED)
            finally:
                news.cancel()
            if changed.is_set():
                await asyncio.sleep(BREATH)
                changed.clear()
                yield f"event: changed\ndata: {json.dumps({'version': world.version})}\nretry: {RETRY}\n\n"
            elif not closing.done():
                yield ": still here\n\n"
    finally:
        unsubscribe()
        closing.cancel()


def opening_elsewhere(html: str) -> str:
    """The mail with its links opening in a new tab, as mail programs do."""
    base = '<base target="_blank">'
    head = _HEAD.search(html)
    return html[: head.end()] + base + html[head.end() :] if head else base + html


def _for_the_page_only(endpoint: Endpoint) -> Endpoint:
    """A header of our own makes browsers ask first, and nobody says yes: other sites cannot press our buttons."""

    async def guarded(request: Request) -> Response:
        if request.headers.get("x-playground") != "1":
            return _refusal("This door is for the playground's own page.", 403)
        return await endpoint(request)

    return guarded


def _to_be_saved(file: File) -> Response:
    named = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return Response(file.data, media_type=file.kind, headers={"Content-Disposition": named, "Content-Security-Policy": "sandbox"})


def _refusal(words: str, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    return JSONResponse({"ok": False, "error": words} | ({"errors": errors} if errors else {}), status)
