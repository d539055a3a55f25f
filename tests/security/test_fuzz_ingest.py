"""Whatever a product, or whoever guessed where it sends to, puts into a request for events: it is read, or refused in words."""

from __future__ import annotations

import base64
import gzip
import itertools
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import strategies as st

from bot.playground.demo import WRITE_KEY
from bot.web.ingest import OTHERS, SEGMENT
from tests.security.strangers import (
    FORM,
    JSON,
    LEAVES,
    NOT_QUITE_JSON,
    TEXTS,
    City,
    all_is_well,
    as_json,
    basic,
    shaped,
    short_and_long,
    tried,
)

_n = itertools.count()

IDS = st.sampled_from(["ana", "fuzz-1", "fuzz-2"]) | TEXTS
MOMENTS = st.sampled_from(["2026-03-02T09:00:00Z", "0001-01-01", "9999-12-31T23:59:59+23:59", "2026-13-01", 1772442000]) | LEAVES
TRAITS = shaped(
    email=st.sampled_from(["fuzz@acme.test", "a@b", "@"]),
    name=TEXTS,
    timezone=st.sampled_from(["Europe/Berlin", "../../etc/passwd", "\x00"]),
    slack=st.sampled_from(["T_ACME/U_BEN", "x/y", "/"]),
    createdAt=MOMENTS,
    company=shaped(id=IDS, domain=TEXTS, name=TEXTS),
    consent=st.booleans(),
)
CONTEXT = shaped(traits=TRAITS, groupId=IDS, device=shaped(id=IDS), timezone=TEXTS, locale=TEXTS)
SEGMENT_ITEM = shaped(
    type=st.sampled_from(["identify", "track", "page", "screen", "group", "alias"]),
    userId=IDS,
    anonymousId=IDS,
    previousId=IDS,
    groupId=IDS,
    event=TEXTS,
    name=TEXTS,
    messageId=TEXTS,
    timestamp=MOMENTS,
    sentAt=MOMENTS,
    traits=TRAITS,
    properties=JSON,
    context=CONTEXT,
)
POSTHOG_ITEM = shaped(
    event=st.sampled_from(["$identify", "$set", "$create_alias", "$groupidentify", "$pageview", "used"]),
    distinct_id=IDS,
    uuid=TEXTS,
    timestamp=MOMENTS,
    properties=shaped(
        **{"distinct_id": IDS, "alias": IDS, "$group_type": st.just("company"), "$group_key": IDS, "$set": TRAITS, "$groups": JSON}
    ),
)
MIXPANEL_ITEM = st.builds(
    lambda item, key: item | {"properties": item["properties"] | {"token": key}} if isinstance(item.get("properties"), dict) else item,
    shaped(
        **{
            "event": st.sampled_from(["$create_alias", "$identify", "$merge", "used"]),
            "properties": shaped(
                **{"distinct_id": IDS, "alias": IDS, "$distinct_ids": st.lists(IDS, max_size=2), "time": MOMENTS, "$insert_id": TEXTS}
            ),
            "$token": st.just(WRITE_KEY),
            "$distinct_id": IDS,
            "$set": TRAITS,
            "$group_key": st.just("company"),
            "$group_id": IDS,
            "$time": MOMENTS,
        }
    ),
    st.just(WRITE_KEY) | TEXTS,
)
AMPLITUDE_ITEM = shaped(
    event_type=st.sampled_from(["$identify", "$groupidentify", "used"]),
    user_id=IDS,
    device_id=IDS,
    insert_id=TEXTS,
    time=MOMENTS,
    event_properties=JSON,
    user_properties=TRAITS,
    groups=shaped(company=IDS | st.lists(IDS, max_size=2)),
    group_properties=JSON,
)
BODIES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(SEGMENT, SEGMENT_ITEM),
    "/v1/batch": shaped(batch=st.lists(SEGMENT_ITEM | JSON, max_size=4), sentAt=MOMENTS, context=CONTEXT),
    **{
        path: POSTHOG_ITEM.map(lambda body: body | {"api_key": WRITE_KEY})
        | shaped(batch=st.lists(POSTHOG_ITEM | JSON, max_size=4), sent_at=MOMENTS).map(lambda body: body | {"api_key": WRITE_KEY})
        for path in ("/batch", "/capture", "/i/v0/e", "/e")
    },
    **{path: MIXPANEL_ITEM | st.lists(MIXPANEL_ITEM, max_size=3) for path in ("/track", "/import", "/engage", "/groups")},
    "/2/httpapi": shaped(events=st.lists(AMPLITUDE_ITEM | JSON, max_size=4), client_upload_time=MOMENTS).map(
        lambda body: body | {"api_key": WRITE_KEY}
    ),
    "/identify": shaped(identification=AMPLITUDE_ITEM | st.lists(AMPLITUDE_ITEM, max_size=3)).map(
        lambda body: body | {"api_key": WRITE_KEY}
    ),
}


def test_every_door_for_events_is_tried():
    assert set(BODIES) == {*SEGMENT, *OTHERS}


@short_and_long(150, 1500)
def test_no_body_of_any_dialect_brings_us_down(city: City, many: int):
    def check(call: tuple[str, Any]) -> None:
        path, body = call
        all_is_well(city.tells(path, as_json(body)), may_change=True)

    tried(many, check, call=st.sampled_from(sorted(BODIES)).flatmap(lambda path: st.tuples(st.just(path), BODIES[path])))


@short_and_long(100, 1500)
def test_without_a_key_nothing_that_is_sent_changes_anything(city: City, many: int):
    def check(path: str, raw: bytes, kind: str, encoding: str, said: str, query: str) -> None:
        headers = {"authorization": said, "content-encoding": encoding}
        answer = city.posts(path, raw, kind, query=query, **{name: value for name, value in headers.items() if value})
        all_is_well(answer)
        assert answer.status in (400, 401), answer.text
        assert not answer.changed

    tried(
        many,
        check,
        path=st.sampled_from(sorted(BODIES)),
        raw=_RAW,
        kind=st.sampled_from(["application/json", FORM, "multipart/form-data; boundary=x", "", "text/plain"]),
        encoding=st.sampled_from(["", "gzip", "x-gzip", "deflate", "br", "identity"]) | st.text(max_size=6),
        said=st.sampled_from(["", "Basic", "Basic !!!", "Basic " + "A" * 5000, "Bearer x", basic("wrong"), basic("\ud800")]),
        query=st.sampled_from(["", "verbose=1", "verbose=1&" * 50])
        | st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=10),  # what a request line may hold
    )


_RAW = (
    st.binary(max_size=80)
    | NOT_QUITE_JSON
    | JSON.map(as_json)
    | st.builds(lambda raw, cut: gzip.compress(raw)[: cut or None], st.binary(max_size=50), st.integers(0, 40))
    | st.dictionaries(st.sampled_from(["data", "api_key", "identification", "verbose"]), TEXTS, max_size=4).map(
        lambda fields: urlencode(fields, errors="replace").encode()
    )
    | st.sampled_from([b"data=" + base64.b64encode(b"[" * 3000), b"a=1&" * 60, b"data=%5B%5D&" * 60, gzip.compress(b"") * 3])
)


@pytest.mark.parametrize("path", ["/track", "/engage", "/e", "/identify", "/2/httpapi"])
def test_a_form_of_a_thousand_fields_is_refused_in_words(city: City, path: str):
    answer = city.posts(path, b"a=1&" * 1000, FORM)
    all_is_well(answer)
    assert answer.status in (400, 401)
