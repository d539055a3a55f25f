"""The page behind a mail's last link, and what a mail program does for them there with one click (RFC 8058)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from bot.drawing import Sight
from bot.links import STEPS_ASIDE
from bot.web.pages import Pages
from flows.events import OptedIn, OptedOut

ONE_CLICK = "List-Unsubscribe"
"""The field that a mail program sends, with the value One-Click."""
REOPENED = ("email", "slack", "all")
Channel = Literal["slack", "email", "all"]


def unsubscribe_routes(pages: Pages) -> APIRouter:
    """/u/<token>. A GET shows; a POST stops e-mail whatever else it holds, at once, without a redirect, as often as it comes."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/u/{token}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def ask(token: str) -> Response:
        sight = pages.person(token, "unsubscribe")
        if sight is None:
            return pages.refused("unsubscribe")
        out = set(sight.person.opted_out)
        return _draw(pages, sight, token, "done" if out & {"email", "all"} else "ask", undo=_all_or(out, "email"))

    @router.post("/u/{token}")
    async def stop(token: str, request: Request) -> Response:
        try:
            form = {name: str(value) for name, value in (await request.form()).items()}
        except HTTPException:  # a form that nobody can read: to let them go needs none
            form = {}
        return await run_in_threadpool(_posted, pages, token, form)

    return router


def _posted(pages: Pages, token: str, form: Mapping[str, str]) -> Response:
    sight = pages.person(token, "unsubscribe")
    if sight is None:
        return pages.refused("unsubscribe")
    out = set(sight.person.opted_out)
    origin: dict[str, Any] = {"source": "page", "key": uuid4().hex, "who": sight.person.id, "at": pages.door.now(), "mouth": "page"}
    if form.get("undo") in REOPENED and ONE_CLICK not in form:
        channel = cast("Channel", form["undo"])
        if out & {channel, "all"} or (channel == "all" and out):
            pages.door.handle(OptedIn(channel=channel, wording=sight.speak("button.undo"), **origin))
        return _draw(pages, sight, token, "undone", undo=channel)
    everything = bool(form.get("everything")) and ONE_CLICK not in form
    channel = "all" if everything else "email"
    if not out & {channel, "all"}:
        pages.door.handle(OptedOut(channel=channel, wording=_wording(sight, form, everything=everything), **origin))
    undo = "slack" if everything and "email" in out else _all_or({channel} | out, "email")
    return _draw(pages, sight, token, "done", undo=undo)


def _wording(sight: Sight, form: Mapping[str, str], *, everything: bool) -> str:
    """What stood on the button; a mail program shows one of its own."""
    if ONE_CLICK in form:
        return f"{ONE_CLICK}={form[ONE_CLICK]}"[:100]
    return sight.speak("unsubscribe.all_button" if everything else "button.unsubscribe")


def _all_or(out: set[str], channel: str) -> str:
    return "all" if "all" in out else channel


def _draw(pages: Pages, sight: Sight, token: str, state: str, *, undo: str) -> Response:
    """`state` is ask, done or undone; `undo` the channel that an Undo reopens."""
    context = {
        "email": sight.person.email,
        "state": state,
        "undo": undo,
        "action_url": f"/u/{token}",
        "preferences": pages.links.preferences(sight.person.id, pages.door.now(), STEPS_ASIDE),
    }
    return pages.show("unsubscribe.html", context, locale=sight.person.locale)
