"""Where the product tells us what people do: Segment's HTTP API whole, and the calls of PostHog, Mixpanel and Amplitude."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from bot.ingest.bodies import unpacked
from bot.ingest.calls import Refusal
from bot.ingest.heard import code_of
from bot.ingest.reading import Receipt, Unreadable
from bot.ingest.segment import KINDS
from bot.ingest.taking import Intake
from bot.keys import Keys
from bot.web.ingest_dialects import (
    AMPLITUDE_EVENTS,
    AMPLITUDE_IDENTIFY,
    MIXPANEL_EVENTS,
    MIXPANEL_GROUPS,
    MIXPANEL_PEOPLE,
    POSTHOG,
    SEGMENT_BATCH,
    Delivery,
    Dialect,
    segment_call,
)
from bot.web.ingest_docs import WRITE_KEY, described
from bot.web.ingest_gate import Full, Gate

SEGMENT: Mapping[str, Dialect] = {**{f"/v1/{kind}": segment_call(kind) for kind in KINDS}, "/v1/batch": SEGMENT_BATCH}
OTHERS: Mapping[str, Dialect] = {
    "/batch": POSTHOG,
    "/capture": POSTHOG,
    "/i/v0/e": POSTHOG,
    "/e": POSTHOG,
    "/track": MIXPANEL_EVENTS,
    "/import": MIXPANEL_EVENTS,
    "/engage": MIXPANEL_PEOPLE,
    "/groups": MIXPANEL_GROUPS,
    "/2/httpapi": AMPLITUDE_EVENTS,
    "/identify": AMPLITUDE_IDENTIFY,
}
"""Where the clients of other tools send to when only their host is set."""

Answer = Callable[[Request], Awaitable[Response]]


def ingest_routes(intake: Intake, keys: Keys, gate: Gate) -> APIRouter:
    """All of them. A slash at the end of an address is as good as none."""
    router = APIRouter(dependencies=[Depends(WRITE_KEY)])
    for path, dialect in {**SEGMENT, **OTHERS}.items():
        answer = _answering(intake, keys, gate, dialect)
        shown: dict[str, Any] = described(path)
        router.add_api_route(path, answer, methods=["POST"], **shown)
        router.add_api_route(f"{path}/", answer, methods=["POST"], include_in_schema=False)
    return router


def _answering(intake: Intake, keys: Keys, gate: Gate, dialect: Dialect) -> Answer:
    async def answer(request: Request) -> Response:
        raw = await request.body()  # before the gate: who sends slowly must not keep others out
        delivery = Delivery(raw=raw, kind=request.headers.get("content-type", ""), query=request.url.query)
        try:
            async with gate.turn():
                return await run_in_threadpool(_taken, intake, keys, gate, dialect, delivery, request.headers)
        except Full as full:
            busy = dialect.refused(delivery, 429, "busy", f"too much at once; come back in {full.after} seconds", ())
            busy.headers["Retry-After"] = str(full.after)
            return busy

    return answer


def _taken(intake: Intake, keys: Keys, gate: Gate, dialect: Dialect, delivery: Delivery, headers: Mapping[str, str]) -> Response:
    """Let in what came, and answer. Raises Full where one source brings more than its share."""
    said = headers.get("authorization", "")
    own = _basic(said)
    source = keys.source(own) if own else None
    if dialect.header_first and said and source is None:
        return _no_key(dialect, delivery)
    try:
        raw = unpacked(delivery.raw, headers.get("content-encoding", ""), dialect.most, dialect.what)
        delivery = replace(delivery, raw=raw)
        body = dialect.body(delivery)
        source = source if dialect.header_first and source else keys.source(dialect.key(body)) or source
        if source is None:
            return _no_key(dialect, delivery)
        gate.charge(source)
        heard = dialect.heard(body, Receipt(at=intake.now(), source=source), raw.decode(errors="replace"))
    except Unreadable as error:
        if source is None and dialect.header_first:
            return _no_key(dialect, delivery)
        if source is not None:
            intake.could_not_read(source)
        return dialect.refused(delivery, 400, code_of(error), str(error), ())
    intake.could_not_read(source, len(heard.refused))
    late = intake.take([call for _, call in heard.calls])
    refused = sorted([*heard.refused, *(replace(one, index=heard.calls[one.index][0]) for one in late)], key=lambda one: one.index)
    if refused and (not dialect.many or (dialect is not SEGMENT_BATCH and _nothing_left(heard.items, refused))):
        return dialect.refused(delivery, 400, refused[0].code, refused[0].message, refused)
    return dialect.taken(delivery, heard, refused)


def _nothing_left(items: int, refused: list[Refusal]) -> bool:
    return len({one.index for one in refused}) == items


def _no_key(dialect: Dialect, delivery: Delivery) -> Response:
    return dialect.refused(delivery, 401, "invalid_write_key", "the write key is missing or wrong", ())


def _basic(said: str) -> str:
    """The user of Basic authentication, which is where the write key stands."""
    scheme, _, given = said.partition(" ")
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[0] if scheme.lower() == "basic" else ""
    except ValueError:
        return ""
