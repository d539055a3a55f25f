"""SendGrid's v3 `mail/send` on the laptop: what it takes goes straight to the inbox."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.playground.faults import Fault
from bot.playground.lines import answer
from bot.playground.mail_checks import problems_of_mail, refusal
from bot.playground.mail_reports import REASONS, report
from bot.playground.values import Json, Mail
from bot.playground.world import World

SENDER = "hello@tally.test"
"""The one that is verified here."""
MOST_BYTES = 30 * 1024 * 1024
UNKNOWN_KEY = refusal([("The provided authorization grant is invalid, expired, or revoked", None)])
NOT_JSON = refusal([("Bad Request", None)])


def sendgrid_routes(world: World) -> list[Route]:
    """`/v3/mail/send`, and what `handrail doctor` asks: `/v3/scopes`, `/v3/verified_senders`, `/v3/whitelabel/domains`."""

    async def send(request: Request) -> Response:
        if int(request.headers.get("content-length") or 0) > MOST_BYTES:
            return JSONResponse(refusal([("Payload too large. The total size of a mail is limited to 30 MB.", None)]), 413)
        body = await request.body()
        payload = _read(body)
        key = request.headers.get("authorization", "")
        return await answer(world, request, ("mail.send", payload or {}), lambda: _sent(world, key, payload), _refused)

    def told(what: Json | list[Json]) -> Callable[[Request], Awaitable[Response]]:
        async def tell(request: Request) -> Response:
            known = request.headers.get("authorization", "") == f"Bearer {world.installation.mail_key}"
            return JSONResponse(what) if known else JSONResponse(UNKNOWN_KEY, 401)

        return tell

    return [
        Route("/v3/mail/send", send, methods=["POST"]),
        Route("/v3/scopes", told({"scopes": ["mail.send"]})),
        Route("/v3/verified_senders", told({"results": [{"from_email": SENDER, "verified": True}]})),
        Route("/v3/whitelabel/domains", told([])),
    ]


def _sent(world: World, key: str, payload: Json | None) -> Response:
    if key != f"Bearer {world.installation.mail_key}":
        return JSONResponse(UNKNOWN_KEY, 401)
    if payload is None:
        return JSONResponse(NOT_JSON, 400)
    if problems := problems_of_mail(payload):
        return JSONResponse(refusal(problems), 400)
    message_id = uuid.uuid4().hex[:22]
    if _in_sandbox(payload):
        return Response(status_code=200)
    for mail in _delivered(world, payload, message_id):
        _arrived(world, mail)
    return Response(status_code=202, headers={"X-Message-Id": message_id})


def _arrived(world: World, mail: Mail) -> None:
    """Into the inbox it goes, unless SendGrid has given the address up; either way SendGrid has something to report."""
    shut, now = world.shut(mail.to), world.now()
    if shut is None:
        world.receive(mail)
    if world.account.reports:
        told = [report(mail, "processed", now), report(mail, "delivered", now)]
        world.reports.add(*(told if shut is None else [report(mail, "dropped", now, reason=REASONS[shut])]))


def _read(body: bytes) -> Json | None:
    try:
        payload = json.loads(body)
    except ValueError:
        return None
    if not isinstance(payload, dict):
        return None
    items = [item for name in ("personalizations", "content", "attachments") for item in payload.get(name) or []]
    return payload if all(isinstance(item, dict) for item in items) else None


def _in_sandbox(payload: Json) -> bool:
    settings = payload.get("mail_settings") or {}
    return bool((settings.get("sandbox_mode") or {}).get("enable"))


def _delivered(world: World, payload: Json, message_id: str) -> list[Mail]:
    """One mail for each recipient of each personalization."""
    parts = {part["type"]: part["value"] for part in payload["content"]}
    sender = payload["from"]
    files = [{"name": str(one.get("filename", "file")), "content": str(one.get("content", ""))} for one in payload.get("attachments") or []]
    mails: list[Mail] = []
    for personal in payload["personalizations"]:
        for recipient in [*personal["to"], *(personal.get("cc") or []), *(personal.get("bcc") or [])]:
            mail = Mail(
                id=f"{message_id}-{len(mails)}",
                message_id=message_id,
                at=world.now().isoformat(),
                to=recipient["email"],
                sender=sender.get("name") or sender["email"],
                sender_email=sender["email"],
                subject=personal.get("subject") or payload["subject"],
                text=parts.get("text/plain", ""),
                html=parts.get("text/html", ""),
                reply_to=(payload.get("reply_to") or {}).get("email"),
                headers=(payload.get("headers") or {}) | (personal.get("headers") or {}),
                custom_args=(payload.get("custom_args") or {}) | (personal.get("custom_args") or {}),
                categories=payload.get("categories") or [],
                files=files,
            )
            mails.append(mail)
    return mails


def _refused(fault: Fault) -> Response:
    match fault.kind:
        case "rate_limited":
            return JSONResponse(refusal([("too many requests", None)]), 429, headers={"Retry-After": str(int(fault.seconds))})
        case "invalid_auth":
            return JSONResponse(UNKNOWN_KEY, 401)
        case _:
            return PlainTextResponse("Internal Server Error", 500)
