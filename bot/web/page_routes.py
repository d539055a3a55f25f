"""The person's own pages behind signed links: who opens one sees, who presses changes."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.drawing import Sight
from bot.web.page_forms import Refused, events_of
from bot.web.pages import NOTICES, Pages, draw_checklist, draw_confirmation, draw_unsubscribe
from flows.events import OptedIn, OptedOut

CONFIRMED = ("done", "elsewhere", "skip", "failed", "stuck", "human", "snooze", "stop", "undo", "answer", "solved", "helped")
"""Actions that a link in a mail may ask for; each waits for a press on the page."""


def page_routes(pages: Pages) -> APIRouter:
    """/p/<token> for the checklist, /u/<token> for unsubscribing. A GET never changes anything."""
    router = APIRouter()

    @router.get("/p/{token}", response_class=HTMLResponse)
    def checklist(token: str, request: Request) -> Response:
        sight = pages.person(token, "page")
        if sight is None:
            return pages.refused()
        asked = request.query_params.get("do", "")
        if asked.partition(":")[0] in CONFIRMED:
            return draw_confirmation(pages, sight, token, asked, dict(request.query_params))
        return draw_checklist(pages, sight, token, request.query_params.get("notice", ""), asked)

    @router.post("/p/{token}/{action}")
    async def act(token: str, action: str, request: Request) -> Response:
        form = {k: str(v)[:4000] for k, v in (await request.form()).items()}
        return await run_in_threadpool(_act, pages, token, action, form)

    @router.get("/u/{token}", response_class=HTMLResponse)
    def ask(token: str) -> Response:
        sight = pages.person(token, "unsubscribe")
        if sight is None:
            return pages.refused("unsubscribe")
        stopped = {"email", "all"} & set(sight.person.opted_out)
        return draw_unsubscribe(pages, sight, token, "done" if stopped else "ask", everything="all" in stopped)

    @router.post("/u/{token}", response_class=HTMLResponse)
    def unsubscribe(token: str, undo: str = Form(""), everything: str = Form("")) -> Response:
        sight = pages.person(token, "unsubscribe")
        if sight is None:
            return pages.refused("unsubscribe")
        kind = OptedIn if undo else OptedOut
        channel = "all" if everything or (undo and "all" in sight.person.opted_out) else "email"
        event = kind(
            source="page",
            key=uuid4().hex,
            who=sight.person.id,
            at=pages.door.now(),
            channel=channel,  # type: ignore[arg-type]
            wording=sight.speak("unsubscribe.heading"),
            mouth="page",
        )
        pages.door.handle(event)
        return draw_unsubscribe(pages, sight, token, "undone" if undo else "done", everything=channel == "all")

    return router


def _act(pages: Pages, token: str, action: str, form: Mapping[str, str]) -> Response:
    sight = pages.person(token, "page")
    if sight is None:
        return pages.refused()
    try:
        events = events_of(action, form, sight, pages.door.now()) if action in NOTICES else []
    except Refused as refused:
        notice = str(refused).removeprefix("modal.")
    else:
        pages.door.handle(*events)
        kept = events or action in ("preferences", "usual")
        notice = _said(pages, sight, token, action, form) if kept else ""
    return RedirectResponse(f"/p/{token}" + (f"?notice={notice}" if notice else ""), status_code=303)


def _said(pages: Pages, before: Sight, token: str, action: str, form: Mapping[str, str]) -> str:
    """Which notice tells them what came of it."""
    if action == "solved" and form.get("v") == "not_yet":
        return "reopened_said"
    if action not in ("done", "elsewhere"):
        return NOTICES[action]
    now = pages.person(token, "page")
    step = form.get("s") or (before.checklist.next.step if before.checklist and before.checklist.next else "")
    found = next((view for view in now.checklist.steps if view.step == step), None) if now and now.checklist else None
    return "" if found is None else "done_said" if found.status == "done" else "done_unseen" if found.said_done else ""
