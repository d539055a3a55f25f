"""What the product tells us: identify and track, in the form of Segment's HTTP API (https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/)."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from bot.handle import Door
from bot.web.calls import Unreadable, email_in, happened_at, id_of, key_of, mapping, moment, parsed, slack_in, user_of
from flows.events import Joined, ProductEvent, Traits

MOST_BYTES = 32 * 1024
"""Segment's limit for one call."""

LONGEST_NAME = 200
"""Characters of an event's name that are kept."""

NAMES = {"firstName": "first_name", "lastName": "last_name", "timeZone": "timezone"}
"""Segment's spelling of reserved traits, and ours."""

NO_TRAITS = ("company", "address", "createdAt")
"""What stands among the traits and is none of the person's."""


def ingest_routes(door: Door, write_key: str, find_slack: Callable[[str], str | None]) -> APIRouter:
    """The two calls. `find_slack` gives "TEAM/USER" for an e-mail address, None when there is none."""
    router = APIRouter(prefix="/v1")

    async def answer(request: Request, take: Callable[[Mapping[str, Any], str], None]) -> Response:
        if not _has_key(request, write_key):
            return _error(401, "invalid_write_key", "the write key is missing or wrong")
        raw = await request.body()
        if len(raw) > MOST_BYTES:
            return _error(400, "too_large", "one call may have at most 32 KB")
        try:
            await run_in_threadpool(take, parsed(raw), raw.decode(errors="replace"))
        except Unreadable as error:
            return _error(400, "invalid_request", str(error))
        return JSONResponse({"success": True})

    @router.post("/identify")
    async def identify(request: Request) -> Response:
        """Who somebody is: traits of the person and of their company."""
        return await answer(request, lambda body, raw: take_identify(door, body, find_slack, raw))

    @router.post("/track")
    async def track(request: Request) -> Response:
        """What somebody did."""
        return await answer(request, lambda body, raw: take_track(door, body, raw))

    return router


def take_identify(door: Door, body: Mapping[str, Any], find_slack: Callable[[str], str | None], raw: str) -> None:
    """Let a person's traits in; the first time also that they joined. Raises Unreadable."""
    user, at, key = user_of(body), happened_at(body, door.now()), key_of(body)
    traits, context = mapping(body, "traits"), mapping(body, "context")
    email, slack, joined = email_in(traits), slack_in(traits), moment(traits, "createdAt")
    company = mapping(traits, "company")
    company_id = id_of(company, "id") or id_of(context, "groupId")
    person = {NAMES.get(k, k): v for k, v in traits.items() if k not in NO_TRAITS}
    for name in ("timezone", "locale"):
        if context.get(name):
            person.setdefault(name, context[name])
    who = door.store.identify([("external", "", user), *([("email", "", email)] if email else [])])
    if email and not slack and _first_seen(door, who):
        slack = find_slack(email) or ""
    if slack:
        team, _, slack_user = slack.partition("/")
        door.store.identify([("external", "", user), ("slack", team, slack_user)])
        person["slack"] = slack
    account = door.store.account_for("external", company_id) if company_id else None
    told = Traits(
        source="product",
        key=f"identify:{key}",
        who=who,
        at=at,
        person=person | {"external_id": user},
        account={NAMES.get(k, k): v for k, v in company.items() if k != "id"} if account else {},
        account_id=account,
    )
    door.handle(told, Joined(source="product", key=f"joined:{who}", who=who, at=min(joined or at, door.now())), raw=raw)


def take_track(door: Door, body: Mapping[str, Any], raw: str) -> None:
    """Let one product event in. Raises Unreadable."""
    name, user, at = body.get("event"), user_of(body), happened_at(body, door.now())
    if not isinstance(name, str) or not name.strip():
        raise Unreadable("event is missing: the name of what they did")
    properties = dict(mapping(body, "properties"))
    who = door.store.identify([("external", "", user)])
    event = ProductEvent(
        source="product", key=f"track:{key_of(body)}", who=who, at=at, name=name.strip()[:LONGEST_NAME], properties=properties
    )
    door.handle(event, raw=raw)


def _first_seen(door: Door, who: str) -> bool:
    subject = door.view(who)
    return subject is None or subject.person.joined_at is None


def _has_key(request: Request, write_key: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        user = base64.b64decode(given, validate=True).decode().partition(":")[0] if scheme.lower() == "basic" else ""
    except ValueError:
        user = ""
    return hmac.compare_digest(user.encode(), write_key.encode())


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"success": False, "code": code, "message": message}, status_code=status)
