"""Slack over HTTP: what it delivers, and the pages around adding the app to a workspace."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response
from slack_bolt import BoltRequest, BoltResponse


class Installing(Protocol):
    """Bolt's OAuth flow."""

    def handle_installation(self, request: BoltRequest) -> BoltResponse:
        """Send to Slack."""
        ...

    def handle_callback(self, request: BoltRequest) -> BoltResponse:
        """Take what Slack gives."""
        ...


def slack_routes(dispatch: Callable[[BoltRequest], BoltResponse], signed: Callable[[Mapping[str, str], bytes], bool]) -> APIRouter:
    """/slack/events. Bolt's own ASGI adapter runs sync listeners on the event loop; here they run in the thread pool.

    `signed` says of headers and body whether Slack signed them just now: Bolt reads a body before it asks that, and strangers' bodies
    are not to be read at all.
    """
    router = APIRouter()

    @router.post("/slack/events")
    async def slack(request: Request) -> Response:
        came = time.monotonic()  # Slack's three seconds begin here, not when a thread is free
        raw = await request.body()
        if not signed(request.headers, raw):
            return JSONResponse({"code": "refused", "message": "the signature is missing, wrong or too old"}, status_code=401)
        try:
            body = raw.decode()
            bolt_request = BoltRequest(body=body, query=dict(request.query_params), headers=_headers(request), context={"came_at": came})
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
            return JSONResponse({"code": "unreadable", "message": "Slack sends nothing like this"}, status_code=400)
        return _answer(await run_in_threadpool(dispatch, bolt_request))

    return router


def install_routes(installing: Installing) -> APIRouter:
    """/slack/install and /slack/oauth_redirect."""
    router = APIRouter()

    @router.get("/slack/install")
    def install(request: Request) -> Response:
        return _answer(installing.handle_installation(_as_bolt(request)))

    @router.get("/slack/oauth_redirect")
    def redirected(request: Request) -> Response:
        return _answer(installing.handle_callback(_as_bolt(request)))

    return router


def continue_routes(page: Callable[[str], str | None], refused: Callable[[], Response]) -> APIRouter:
    """/slack/continue/<token>: where people come from a mail or their page. A GET changes nothing."""
    router = APIRouter()

    @router.get("/slack/continue/{token}", response_class=HTMLResponse)
    def go_on(token: str) -> Response:
        found = page(token)
        return HTMLResponse(found) if found is not None else refused()

    return router


def _as_bolt(request: Request) -> BoltRequest:
    return BoltRequest(body="", query=dict(request.query_params), headers=_headers(request))


def _answer(told: BoltResponse) -> Response:
    answer = Response(told.body, status_code=told.status, headers=told.first_headers_without_set_cookie())
    for cookie in told.headers.get("set-cookie", []):
        answer.headers.append("Set-Cookie", cookie)
    return answer


def _headers(request: Request) -> dict[str, str | Sequence[str]]:
    return dict(request.headers.items())
