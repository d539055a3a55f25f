"""The person's own pages behind signed links: who opens one sees, who presses changes."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.drawing import Sight
from bot.web.old_links import unopened
from bot.web.page_forms import Refused, events_of
from bot.web.pages import NOTICES, Pages, draw_checklist, draw_confirmation
from bot.web.survey_pages import answered, draw_answer, draw_question

CONFIRMED = ("done", "elsewhere", "skip", "failed", "stuck", "human", "snooze", "stop", "undo", "solved", "helped")
"""Actions that a link in a mail may ask for; each waits for a press on the page."""


def page_routes(pages: Pages) -> APIRouter:
    """/p/<token> for the checklist and what mails lead to. A GET never changes anything."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/p/{token}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def checklist(token: str, request: Request) -> Response:
        sight = pages.person(token, "page")
        if sight is None:
            return unopened(pages, token, "page")
        query, asked = dict(request.query_params), request.query_params.get("do", "")
        if asked == "answer":
            return draw_question(pages, sight, token, query)
        if (thanks := draw_answer(pages, sight, token, query.get("answered", ""))) is not None:
            return thanks
        if asked.partition(":")[0] in CONFIRMED:
            return draw_confirmation(pages, sight, token, asked, query)
        return draw_checklist(pages, sight, token, query.get("notice", ""), asked)

    @router.post("/p/{token}/{action}")
    async def act(token: str, action: str, request: Request) -> Response:
        form = {k: str(v)[:4000] for k, v in (await request.form()).items()}
        return await run_in_threadpool(_act, pages, token, action, form)

    return router


def _act(pages: Pages, token: str, action: str, form: Mapping[str, str]) -> Response:
    sight = pages.person(token, "page")
    if sight is None:
        return unopened(pages, token, "page", action)
    if action == "answer":
        return answered(pages, sight, token, form)
    try:
        events = events_of(action, form, sight, pages.door.now()) if action in NOTICES else []
    except Refused as refused:
        notice = str(refused).removeprefix("modal.")
    else:
        pages.door.handle(*events)
        notice = _said(pages, sight, token, action, form) if events else ""
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
