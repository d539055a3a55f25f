"""Where the product tells us what people do: Segment's HTTP API whole, and the calls of PostHog, Mixpanel and Amplitude."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from fastapi.routing import APIRoute

from bot.ingest.bodies import KILOBYTE, unpacked
from bot.ingest.calls import Call, Refusal
from bot.ingest.heard import Heard, code_of
from bot.ingest.reading import Receipt, Unreadable
from bot.ingest.segment import KINDS
from bot.ingest.taking import Intake
from bot.ingest.together import Together, take_together
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

_MOST_BYTES = 64 * KILOBYTE
"""Bytes of the bodies of one group: about as many calls as one commit takes."""


def ingest_routes(intake: Intake, keys: Keys, gate: Gate) -> APIRouter:
    """All of them. A slash at the end of an address is as good as none."""
    router = APIRouter(dependencies=[Depends(WRITE_KEY)], route_class=Direct)
    taking: Taking = Together(partial(_taken, intake, keys, gate), most=_MOST_BYTES)
    for path, dialect in {**SEGMENT, **OTHERS}.items():
        answer = _answering(intake, taking, gate, dialect)
        shown: dict[str, Any] = described(path)
        router.add_api_route(path, answer, methods=["POST"], **shown)
        router.add_api_route(f"{path}/", answer, methods=["POST"], include_in_schema=False)
    return router


class Direct(APIRoute):
    """A route whose answer reads the request itself: what FastAPI knows of its parameters is for the description alone."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The answer as it is."""
        answer: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return answer


def _answering(intake: Intake, taking: Taking, gate: Gate, dialect: Dialect) -> Answer:
    async def answer(request: Request) -> Response:
        raw = await request.body()  # before the gate: who sends slowly must not keep others out
        headers = request.headers
        delivery = Delivery(raw=raw, kind=headers.get("content-type", ""), query=request.url.query)
        came = Came(dialect, delivery, headers.get("authorization", ""), headers.get("content-encoding", ""))
        try:
            with gate.place():
                said = await taking.done(came, len(raw))
                if isinstance(said, Response):
                    return said
                async with gate.room():
                    return await run_in_threadpool(_taken_alone, intake, said)
        except Full as full:
            busy = dialect.refused(delivery, 429, "busy", f"too much at once; come back in {full.after} seconds", ())
            busy.headers["Retry-After"] = str(full.after)
            return busy

    return answer


class Came(NamedTuple):
    """A request that came: its body, the key in its header, and how it is packed."""

    dialect: Dialect
    delivery: Delivery
    authorization: str
    encoding: str


class Told(NamedTuple):
    """A request that was read, and has a right key: the calls in it."""

    dialect: Dialect
    delivery: Delivery
    heard: Heard

    @property
    def calls(self) -> list[Call]:
        """Without their places."""
        return [call for _, call in self.heard.calls]


Taking = Together[Came, Response | Told]


def _taken(intake: Intake, keys: Keys, gate: Gate, group: Sequence[Came]) -> list[Response | Told | Exception]:
    """Let in what came, and answer each; who has to be taken alone comes back as it was read."""
    read = [_read(intake, keys, gate, came) for came in group]
    told = [one for one in read if isinstance(one, Told)]
    late = iter(take_together(intake, [one.calls for one in told]))
    return [_answered(one, next(late)) if isinstance(one, Told) else one for one in read]


def _taken_alone(intake: Intake, told: Told) -> Response:
    return _response(told, intake.take(told.calls))


def _read(intake: Intake, keys: Keys, gate: Gate, came: Came) -> Told | Response | Exception:
    """What it says, or the answer to what cannot be read. Full where one source brings more than its share."""
    try:
        return _understood(intake, keys, gate, came)
    except Exception as error:
        return error


def _understood(intake: Intake, keys: Keys, gate: Gate, came: Came) -> Told | Response:
    dialect, delivery, said, encoding = came
    own = _basic(said)
    source = keys.source(own) if own else None
    if dialect.header_first and said and source is None:
        return _no_key(dialect, delivery)
    try:
        raw = unpacked(delivery.raw, encoding, dialect.most, dialect.what)
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
    return Told(dialect, delivery, heard)


def _answered(told: Told, late: Sequence[Refusal] | Exception | None) -> Response | Told | Exception:
    if late is None:
        return told
    return late if isinstance(late, Exception) else _response(told, late)


def _response(told: Told, late: Sequence[Refusal]) -> Response:
    """The answer, where `late` are the calls that could be read and not let in."""
    dialect, delivery, heard = told
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
