"""The languages in which events come over HTTP: how each is read, and how it is answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from fastapi.responses import JSONResponse, PlainTextResponse, Response

from bot.ingest import amplitude, mixpanel, posthog, segment
from bot.ingest.bodies import MOST_OF_A_BATCH, MOST_OF_A_CALL, a_mapping, form_field, parsed
from bot.ingest.calls import Refusal
from bot.ingest.heard import Heard
from bot.ingest.reading import Receipt, Unreadable


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One request, unpacked: the body, its type, and the query of its address."""

    raw: bytes
    kind: str = ""
    query: str = ""

    @property
    def is_form(self) -> bool:
        """Whether it is a form, and no JSON that a tool such as curl calls one."""
        return (
            self.raw.lstrip()[:1] not in (b"{", b"[") and self.kind.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"
        )


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one kind of request is understood.

    `body` reads what came (raises Unreadable), `key` finds the write key in it, `heard` the calls. `taken` answers with what was let in,
    `refused` with a status, a code and words. `many`: it is a batch, and what cannot be read does not make it wrong as a whole.
    """

    most: int = MOST_OF_A_BATCH
    many: bool = True
    header_first: bool = False
    body: Callable[[Delivery], Any]
    key: Callable[[Any], str]
    heard: Callable[[Any, Receipt, str], Heard]
    taken: Callable[[Delivery, Heard, Sequence[Refusal]], Response]
    refused: Callable[[Delivery, int, str, str, Sequence[Refusal]], Response]

    @property
    def what(self) -> str:
        """What a refusal for its size calls it."""
        return "batch" if self.most == MOST_OF_A_BATCH else "call"


def segment_call(kind: str) -> Dialect:
    """One call of Segment's."""

    def heard(body: Any, receipt: Receipt, raw: str) -> Heard:
        return Heard(items=1, calls=((0, segment.read_call(kind, body, receipt, raw)),))

    return Dialect(
        most=MOST_OF_A_CALL,
        many=False,
        header_first=True,
        body=_object,
        key=segment.write_key_in,
        heard=heard,
        taken=_segment_taken,
        refused=_segment_refused,
    )


def _object(delivery: Delivery) -> Any:
    return a_mapping(parsed(delivery.raw))


def _segment_taken(_: Delivery, __: Heard, refused: Sequence[Refusal]) -> Response:
    rejected = {"rejected": [asdict(one) for one in refused]} if refused else {}
    return JSONResponse({"success": True, **rejected})


def _segment_refused(_: Delivery, status: int, code: str, message: str, __: Sequence[Refusal]) -> Response:
    return JSONResponse({"success": False, "code": code, "message": message}, status_code=status)


SEGMENT_BATCH = Dialect(
    header_first=True,
    body=_object,
    key=segment.write_key_in,
    heard=lambda body, receipt, _: segment.read_batch(body, receipt),
    taken=_segment_taken,
    refused=_segment_refused,
)


def _posthog_taken(_: Delivery, __: Heard, refused: Sequence[Refusal]) -> Response:
    rejected = {"rejected": [asdict(one) for one in refused]} if refused else {}
    return JSONResponse({"status": 1, **rejected})


def _posthog_refused(_: Delivery, status: int, code: str, message: str, __: Sequence[Refusal]) -> Response:
    kind = "authentication_error" if status == 401 else "throttled_error" if status == 429 else "validation_error"
    return JSONResponse({"type": kind, "code": code, "detail": message}, status_code=status)


def _posthog_body(delivery: Delivery) -> Any:
    return form_field(delivery.raw, "data") if delivery.is_form else parsed(delivery.raw)


POSTHOG = Dialect(
    body=_posthog_body,
    key=posthog.write_key_in,
    heard=lambda body, receipt, _: posthog.read_events(body, receipt),
    taken=_posthog_taken,
    refused=_posthog_refused,
)


def _mixpanel(heard: Callable[[Any, Receipt], Heard]) -> Dialect:
    return Dialect(
        body=_mixpanel_body,
        key=mixpanel.write_key_in,
        heard=lambda body, receipt, _: heard(body, receipt),
        taken=_mixpanel_taken,
        refused=_mixpanel_refused,
    )


def _mixpanel_body(delivery: Delivery) -> Any:
    found = form_field(delivery.raw, "data") if delivery.is_form else parsed(delivery.raw)
    if not isinstance(found, dict | list):
        raise Unreadable("data is missing: an object, or a list of them")
    return found


def _mixpanel_taken(delivery: Delivery, heard: Heard, refused: Sequence[Refusal]) -> Response:
    if not _verbose(delivery):
        return PlainTextResponse("1")
    rejected = {"rejected": [asdict(one) for one in refused]} if refused else {}
    taken = heard.items - len({one.index for one in refused})
    return JSONResponse({"status": 1, "error": None, "code": 200, "num_records_imported": taken, **rejected})


def _mixpanel_refused(delivery: Delivery, status: int, code: str, message: str, __: Sequence[Refusal]) -> Response:
    if not _verbose(delivery):
        return PlainTextResponse("0", status_code=status)
    return JSONResponse({"status": 0, "error": message, "code": code}, status_code=status)


_ASKS_FOR_WORDS = re.compile(rb"(?:^|&)verbose=([^&]+)")
"""Looked for and not parsed: a refusal must cost next to nothing, however large the form is."""


def _verbose(delivery: Delivery) -> bool:
    """Whether the answer should have words: a client that does not say so expects a digit."""
    if not delivery.is_form:
        return True
    asked = _ASKS_FOR_WORDS.search(delivery.query.encode()) or _ASKS_FOR_WORDS.search(delivery.raw)
    return asked is not None and asked[1] == b"1"


MIXPANEL_EVENTS = _mixpanel(mixpanel.read_events)
MIXPANEL_PEOPLE = _mixpanel(mixpanel.read_people)
MIXPANEL_GROUPS = _mixpanel(mixpanel.read_groups)


def _amplitude_taken(delivery: Delivery, heard: Heard, refused: Sequence[Refusal]) -> Response:
    taken = heard.items - len({one.index for one in refused})
    rejected = {"rejected": [asdict(one) for one in refused]} if refused else {}
    return JSONResponse({"code": 200, "events_ingested": taken, "payload_size_bytes": len(delivery.raw), **rejected})


def _amplitude_refused(_: Delivery, status: int, code: str, message: str, refused: Sequence[Refusal]) -> Response:
    """Their client looks for these words, and sends again all that is not named as invalid."""
    error = f"Invalid API key: {message}" if status == 401 else message
    invalid = {"events_with_invalid_fields": {"event": [one.index for one in refused]}} if refused else {}
    return JSONResponse({"code": status, "error": error, "reason": code, **invalid}, status_code=status)


_amplitude = partial(Dialect, key=amplitude.write_key_in, taken=_amplitude_taken, refused=_amplitude_refused)

AMPLITUDE_EVENTS = _amplitude(body=_object, heard=lambda body, receipt, _: amplitude.read_events(body, receipt))


def _identification(delivery: Delivery) -> Mapping[str, Any]:
    """Their identify API takes a form: the key, and what is told as JSON."""
    if not delivery.is_form:
        return a_mapping(parsed(delivery.raw))
    told = form_field(delivery.raw, "identification")  # first, for it refuses what is no form
    key = parse_qs(delivery.raw.decode(errors="replace")).get("api_key") or [""]
    return {"api_key": key[0], "identification": told}


AMPLITUDE_IDENTIFY = _amplitude(
    body=_identification, heard=lambda body, receipt, _: amplitude.read_identifications(body.get("identification"), receipt)
)
