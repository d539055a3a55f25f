"""The page behind a mail's last link, and what a mail program does for them there with one click (RFC 8058)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
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
from storage.reports import Reports

ONE_CLICK = "List-Unsubscribe"
"""The field that a mail program sends, with the value One-Click."""
UNDO_LASTS = timedelta(days=1)
"""How long after a stop by the page it can be undone there: the link never expires, and must open nothing that was closed long ago."""
Channel = Literal["slack", "email", "all"]


def unsubscribe_routes(pages: Pages) -> APIRouter:
    """/u/<token>. A GET shows; a POST stops e-mail whatever else it holds, at once, without a redirect, as often as it comes.

    The token never expires, so it leads on to nothing: to the preferences only right after a press that changed something.
    """
    router = APIRouter(include_in_schema=False)

    @router.api_route("/u/{token}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def ask(token: str) -> Response:
        sight = pages.person(token, "unsubscribe")
        if sight is None:
            return pages.refused("unsubscribe")
        return _draw(pages, sight, token, "done" if _is_out(sight, "email") else "ask")

    @router.post("/u/{token}")
    async def stop(token: str, request: Request) -> Response:
        try:
            form = {name: str(value) for name, value in (await request.form()).items()}
        except HTTPException as unread:
            if unread.status_code != 400:  # too large, or too slow
                raise
            form = {}  # a form that nobody can read: to let them go needs none
        return await run_in_threadpool(_posted, pages, token, form)

    return router


def _posted(pages: Pages, token: str, form: Mapping[str, str]) -> Response:
    sight = pages.person(token, "unsubscribe")
    if sight is None:
        return pages.refused("unsubscribe")
    undo = form.get("undo", "") if ONE_CLICK not in form else ""
    if undo in ("slack", "email", "all"):
        return _undone(pages, sight, token, cast("Channel", undo))
    everything = bool(form.get("everything")) and ONE_CLICK not in form
    channel: Channel = "all" if everything else "email"
    if _is_out(sight, channel):
        return _draw(pages, sight, token, "done")
    pages.door.handle(OptedOut(channel=channel, wording=_wording(sight, form, everything=everything), **_origin(pages, sight)))
    return _draw(pages, pages.person(token, "unsubscribe") or sight, token, "done", pressed=True)


def _undone(pages: Pages, sight: Sight, token: str, channel: Channel) -> Response:
    """Take back what was stopped here a while ago, and no more."""
    if channel == _undoable(pages, sight):
        pages.door.handle(OptedIn(channel=channel, wording=sight.speak("button.undo"), **_origin(pages, sight)))
        return _draw(pages, sight, token, "undone", pressed=True)
    return _draw(pages, sight, token, "done" if sight.person.opted_out else "undone")


def _undoable(pages: Pages, sight: Sight) -> Channel | Literal[""]:
    """The channel that an Undo reopens; '' when nothing was stopped here within a day. Stopping both brings back no more than it took."""
    out, since = set(sight.person.opted_out), pages.door.now() - UNDO_LASTS
    last = {word["channel"]: word for word in Reports(pages.door.store.database).consent(sight.person.id)}
    here = {
        channel
        for channel, word in last.items()
        if channel in out and word["what"] == "stopped" and word["source"] == "page" and datetime.fromisoformat(word["at"]) > since
    }
    if "all" in here:
        return "slack" if "email" in out else "email" if "slack" in out else "all"
    return "email" if "email" in here and "all" not in out else ""


def _is_out(sight: Sight, channel: Channel) -> bool:
    return not {channel, "all"}.isdisjoint(sight.person.opted_out)


def _origin(pages: Pages, sight: Sight) -> dict[str, Any]:
    return {"source": "page", "key": uuid4().hex, "who": sight.person.id, "at": pages.door.now(), "mouth": "page"}


def _wording(sight: Sight, form: Mapping[str, str], *, everything: bool) -> str:
    """What stood on the button; a mail program shows one of its own."""
    if ONE_CLICK in form:
        return f"{ONE_CLICK}={form[ONE_CLICK]}"[:100]
    return sight.speak("unsubscribe.all_button" if everything else "button.unsubscribe")


def _draw(pages: Pages, sight: Sight, token: str, state: str, *, pressed: bool = False) -> Response:
    """`state` is ask, done or undone; `pressed`: they have changed it just now."""
    context = {
        "email": sight.person.email,
        "state": state,
        "undo": _undoable(pages, sight) if state == "done" else "",
        "everything": "all" in sight.person.opted_out,
        "action_url": f"/u/{token}",
        "preferences": pages.links.preferences(sight.person.id, pages.door.now(), STEPS_ASIDE) if pressed else "",
    }
    return pages.show("unsubscribe.html", context, locale=sight.person.locale)
