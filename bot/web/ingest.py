"""What the product tells us: identify and track, in the form of Segment's HTTP API (https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from bot.handle import Door
from flows.events import AnyEvent, Joined, ProductEvent, Traits

MOST_BYTES = 32 * 1024
"""Segment's limit for one call."""

NAMES = {"firstName": "first_name", "lastName": "last_name", "timeZone": "timezone", "createdAt": "created_at"}
"""Segment's spelling of reserved traits, and ours."""


class Unreadable(ValueError):
    """A body that is not what the API asks for, in words."""


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
            await run_in_threadpool(take, _parsed(raw), raw.decode(errors="replace"))
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
    user, at, key = _user(body), _at(body, door.now()), _key(body)
    traits, context = _mapping(body, "traits"), _mapping(body, "context")
    person = {NAMES.get(k, k): v for k, v in traits.items() if k not in ("company", "address")}
    for name in ("timezone", "locale"):
        if context.get(name):
            person.setdefault(name, context[name])
    email = str(person.get("email") or "")
    who = door.store.identify([("external", "", user), *([("email", "", email)] if email else [])])
    if email and not person.get("slack") and (slack := _first_seen(door, who) and find_slack(email)):
        person["slack"] = slack
    if isinstance(person.get("slack"), str) and "/" in person["slack"]:
        team, _, slack_user = person["slack"].partition("/")
        door.store.identify([("external", "", user), ("slack", team, slack_user)])
    company = _mapping(traits, "company")
    company_id = str(company.get("id") or context.get("groupId") or "")
    account = door.store.account_for("external", company_id) if company_id else None
    joined = _moment(person.pop("created_at", None)) or at
    events: list[AnyEvent] = [
        Traits(
            source="product",
            key=f"identify:{key}",
            who=who,
            at=at,
            person=person | {"external_id": user},
            account={NAMES.get(k, k): v for k, v in company.items() if k != "id"} if account else {},
            account_id=account,
        ),
        Joined(source="product", key=f"joined:{who}", who=who, at=min(joined, door.now())),
    ]
    door.handle(*events, raw=raw)


def take_track(door: Door, body: Mapping[str, Any], raw: str) -> None:
    """Let one product event in. Raises Unreadable."""
    name = body.get("event")
    if not isinstance(name, str) or not name.strip():
        raise Unreadable("event is missing: the name of what they did")
    who = door.store.identify([("external", "", _user(body))])
    at = _at(body, door.now())
    door.handle(
        ProductEvent(
            source="product",
            key=f"track:{_key(body)}",
            who=who,
            at=at,
            name=name.strip()[:200],
            properties=dict(_mapping(body, "properties")),
        ),
        raw=raw,
    )


def _first_seen(door: Door, who: str) -> bool:
    subject = door.view(who)
    return subject is None or subject.person.joined_at is None


def _has_key(request: Request, write_key: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        user = base64.b64decode(given, validate=True).decode().partition(":")[0] if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        user = ""
    return hmac.compare_digest(user.encode(), write_key.encode())


def _parsed(raw: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON") from None
    if not isinstance(body, dict):
        raise Unreadable("the body is not a JSON object")
    return body


def _user(body: Mapping[str, Any]) -> str:
    user = body.get("userId")
    if not isinstance(user, str | int) or not str(user).strip() or len(str(user)) > 200:
        raise Unreadable("userId is missing")
    return str(user).strip()


def _mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name) or {}
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is not an object")
    return value


def _at(body: Mapping[str, Any], now: datetime) -> datetime:
    if body.get("timestamp") is None:
        return now
    at = _moment(body["timestamp"])
    if at is None:
        raise Unreadable("timestamp is no ISO 8601 instant with an offset")
    return min(at, now)


def _moment(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if at is None:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _key(body: Mapping[str, Any]) -> str:
    given = body.get("messageId")
    if isinstance(given, str) and given:
        return given[:200]
    if body.get("timestamp") is None:
        return uuid4().hex  # nothing tells a repeat from a second time
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"success": False, "code": code, "message": message}, status_code=status)
