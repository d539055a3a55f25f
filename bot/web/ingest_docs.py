"""What /v1/openapi.json says of the addresses that take events: bodies, answers, and an example of each."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from bot.ingest.bodies import MOST_ITEMS

Json = dict[str, Any]


class _Told(HTTPBasic):
    """Only says how a key is shown; who answers looks for it themselves, and refuses every wrong one alike."""

    async def __call__(self, request: Request) -> HTTPBasicCredentials | None:  # type: ignore[override] # noqa: ARG002
        return None


WRITE_KEY = _Told(
    scheme_name="writeKey", auto_error=False, description="The write key as the user, without a password. Or `writeKey` in the body."
)

ID: Json = {"type": "string", "minLength": 1, "maxLength": 200}
AT: Json = {"type": "string", "format": "date-time", "description": "When it happened; without it, when it comes in."}
THING: Json = {"type": "object", "additionalProperties": True}
CONTEXT: Json = {
    "type": "object",
    "properties": {"timezone": {"type": "string"}, "locale": {"type": "string"}, "groupId": ID, "traits": THING},
    "additionalProperties": True,
}
TRAITS: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "email": {"type": "string", "format": "email"},
        "createdAt": {"type": "string", "format": "date-time", "description": "When they signed up."},
        "company": {"type": "object", "properties": {"id": ID, "name": {"type": "string"}}, "additionalProperties": True},
        "consent": {"type": "boolean"},
        "slack": {"type": "string", "description": "Their Slack user as TEAM/USER."},
    },
    "additionalProperties": True,
}
EVERY: Json = {
    "userId": ID | {"description": "Your id of the person. It, or anonymousId, is needed."},
    "anonymousId": ID | {"description": "An id for somebody you do not know yet."},
    "messageId": ID | {"description": "Your id of the call: within a write key a repeat changes nothing."},
    "timestamp": AT,
    "sentAt": AT | {"description": "Your clock when you sent it; if that is off, `timestamp` is set right by as much."},
    "context": CONTEXT,
    "integrations": THING,
    "writeKey": {"type": "string", "description": "The write key, where it does not stand in the header."},
}

_OWN: dict[str, tuple[str, Json, list[str], Json]] = {
    "identify": (
        "Who somebody is: traits of the person and of their company.",
        {"traits": TRAITS},
        [],
        {"userId": "ana", "traits": {"name": "Ana", "email": "ana@acme.test", "company": {"id": "acme", "plan": "team"}}},
    ),
    "track": (
        "What somebody did.",
        {"event": {"type": "string", "minLength": 1}, "properties": THING},
        ["event"],
        {"userId": "ana", "event": "report.created", "properties": {"rows": 40}, "messageId": "5f1c", "timestamp": "2026-03-02T09:30:00Z"},
    ),
    "page": (
        "A page somebody looked at: the event page.viewed.",
        {"name": {"type": "string"}, "category": {"type": "string"}, "properties": THING},
        [],
        {"userId": "ana", "name": "Pricing", "properties": {"url": "https://app.acme.test/pricing"}},
    ),
    "screen": (
        "A screen somebody looked at: the event screen.viewed.",
        {"name": {"type": "string"}, "category": {"type": "string"}, "properties": THING},
        [],
        {"anonymousId": "d-81f3", "name": "Start"},
    ),
    "group": (
        "Where somebody works, and what is known about it.",
        {"groupId": ID, "traits": THING},
        ["groupId"],
        {"userId": "ana", "groupId": "acme", "traits": {"name": "Acme", "plan": "team", "employees": 40}},
    ),
    "alias": (
        "Two ids of one person: who was known as `previousId` is `userId`.",
        {"previousId": ID},
        ["userId", "previousId"],
        {"previousId": "d-81f3", "userId": "ana"},
    ),
}
"""Kind → summary, what it has beside the usual, what is needed, an example."""

_OTHERS: dict[str, tuple[str, str, Json]] = {
    "/batch": ("PostHog", "PostHog's batch of events.", {"api_key": "hrw_…", "batch": [{"event": "report.created", "distinct_id": "ana"}]}),
    "/capture": ("PostHog", "One event of PostHog's.", {"api_key": "hrw_…", "event": "report.created", "distinct_id": "ana"}),
    "/track": (
        "Mixpanel",
        "Mixpanel's events, as JSON or as the field `data` of a form.",
        {"event": "report.created", "properties": {"token": "hrw_…", "distinct_id": "ana", "time": 1772443800}},
    ),
    "/import": (
        "Mixpanel",
        "Mixpanel's events of former days.",
        {"event": "report.created", "properties": {"token": "hrw_…", "distinct_id": "ana", "time": 1772443800}},
    ),
    "/engage": (
        "Mixpanel",
        "Mixpanel's traits of people.",
        {"$token": "hrw_…", "$distinct_id": "ana", "$set": {"$email": "ana@acme.test", "role": "analyst"}},
    ),
    "/groups": (
        "Mixpanel",
        "Mixpanel's traits of companies.",
        {"$token": "hrw_…", "$group_key": "company", "$group_id": "acme", "$set": {"plan": "team"}},
    ),
    "/2/httpapi": (
        "Amplitude",
        "Amplitude's events.",
        {"api_key": "hrw_…", "events": [{"user_id": "ana", "event_type": "report.created"}]},
    ),
    "/identify": (
        "Amplitude",
        "Amplitude's traits of people, in the field `identification` of a form, or as JSON.",
        {"api_key": "hrw_…", "identification": [{"user_id": "ana", "user_properties": {"role": "analyst"}}]},
    ),
}

REJECTED: Json = {
    "type": "array",
    "description": "What could not be taken, by its place in the batch. The others are in.",
    "items": {
        "type": "object",
        "properties": {"index": {"type": "integer", "minimum": 0}, "code": {"type": "string"}, "message": {"type": "string"}},
        "required": ["index", "code", "message"],
    },
}
TAKEN: Json = {"type": "object", "properties": {"success": {"const": True}, "rejected": REJECTED}, "required": ["success"]}
REFUSED: Json = {
    "type": "object",
    "properties": {"success": {"const": False}, "code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["code", "message"],
}


def described(path: str) -> Json:
    """How one of our addresses is described, as FastAPI takes it; what is not in the list stays undescribed."""
    kind = path.removeprefix("/v1/")
    if path == "/v1/batch":
        return _operation("Segment", "Several calls at once, of any kind.", _batch(), _batch_example(), TAKEN, REFUSED)
    if kind in _OWN:
        summary, _, _, example = _OWN[kind]
        return _operation("Segment", summary, _call(kind), example, TAKEN, REFUSED)
    if path in _OTHERS:
        tool, summary, example = _OTHERS[path]
        return _operation(tool, summary, {"type": "object"}, example, {}, {})
    return {"include_in_schema": False}


def _call(kind: str) -> Json:
    _, own, needed, _ = _OWN[kind]
    who = {} if "userId" in needed else {"anyOf": [{"required": ["userId"]}, {"required": ["anonymousId"]}]}
    return {"type": "object", "properties": EVERY | own, "required": needed, "additionalProperties": True, **who}


def _batch() -> Json:
    items = [_call(kind) | {"properties": _call(kind)["properties"] | {"type": {"const": kind}}} for kind in _OWN]
    items = [item | {"required": [*item["required"], "type"]} for item in items]
    shared = {name: EVERY[name] for name in ("sentAt", "context", "integrations", "writeKey")}
    batch = {"type": "array", "maxItems": MOST_ITEMS, "items": {"oneOf": items}}
    return {"type": "object", "properties": {"batch": batch, **shared}, "required": ["batch"], "additionalProperties": True}


def _batch_example() -> Json:
    calls = [{"type": kind, **example} for kind, (_, _, _, example) in _OWN.items() if kind in ("identify", "track")]
    return {"batch": calls, "sentAt": "2026-03-02T09:30:05Z", "context": {"timezone": "Europe/Berlin"}}


def _operation(tool: str, summary: str, body: Json, example: Json, taken: Json, refused: Json) -> Json:
    told = {"description": "A call may have 32 KB, a batch 500 KB, unpacked too. Content-Encoding: gzip is read."}
    answers: dict[int, tuple[str, Json, Json]] = {
        200: ("Taken in.", taken, {"success": True}),
        400: (
            "It can't be read, or is too large.",
            refused,
            {"success": False, "code": "invalid_request", "message": "the body is not JSON"},
        ),
        401: (
            "The write key is missing or wrong.",
            refused,
            {"success": False, "code": "invalid_write_key", "message": "the write key is missing or wrong"},
        ),
        413: ("More than any request may have.", refused, {"code": "too_large", "message": "no request may have more than 1 MB"}),
        429: (
            "Too much at once: come back after the seconds of Retry-After.",
            refused,
            {"success": False, "code": "busy", "message": "too much at once; come back in 2 seconds"},
        ),
    }
    return {
        "tags": [tool],
        "summary": summary,
        "responses": {status: _answered(words, schema, shown) for status, (words, schema, shown) in answers.items()},
        "openapi_extra": {
            "requestBody": {"required": True, **told, "content": {"application/json": {"schema": body, "example": example}}},
        },
    }


def _answered(words: str, schema: Json, example: Json) -> Json:
    return (
        {"description": words, "content": {"application/json": {"schema": schema, "example": example}}}
        if schema
        else {"description": words}
    )
