"""What PostHog, Mixpanel and Amplitude send, where their Python clients do not show it: other forms, odd bodies, wrong keys."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.ingest.conftest import Product

FORM = "application/x-www-form-urlencoded"
PATHS = ("/batch", "/capture", "/e", "/i/v0/e", "/track", "/import", "/engage", "/groups", "/2/httpapi", "/identify")
ODD: list[Any] = [
    "",
    "{",
    "[]",
    "null",
    "5",
    '"x"',
    {},
    [[]],
    [5],
    {"batch": 5},
    {"events": 5},
    {"batch": [5]},
    {"events": [{}]},
    b"\xff",
    "a=b",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", ODD)
@pytest.mark.parametrize("kind", ["application/json", FORM])
def test_without_a_key_nothing_is_taken_and_nothing_breaks(product: Product, path: str, body: Any, kind: str):
    answer = product.tells(path, body, key=None, Content_Type=kind)
    assert answer.status in (400, 401), answer.text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", ODD)
def test_with_a_key_odd_bodies_are_answered(product: Product, path: str, body: Any):
    answer = product.tells(path, body)
    assert answer.status in (200, 400), answer.text


# PostHog


def test_one_event_of_posthogs_comes_alone_and_an_invented_id_is_anonymous(product: Product):
    said = {
        "api_key": product.key,
        "event": "$pageview",
        "distinct_id": "0190-a",
        "properties": {"$process_person_profile": False, "path": "/"},
    }
    assert product.tells("/i/v0/e/", said, key=None).json == {"status": 1}
    assert product.kept("0190-a", "anonymous")[0][1] == "page.viewed"
    identify = {
        "event": "$identify",
        "distinct_id": "vera",
        "properties": {"$anon_distinct_id": "0190-a", "$set": {"email": "vera@solo.test"}},
    }
    assert product.tells("/capture/", identify | {"api_key": product.key}, key=None).status == 200
    assert product.id("anonymous", "0190-a") == product.id("external", "vera")
    assert product.person("vera").email == "vera@solo.test"


def test_posthogs_events_that_cannot_be_read_are_named(product: Product):
    good, bad = {"event": "report.opened", "distinct_id": "will"}, {"event": "report.opened"}
    answer = product.tells("/batch/", {"api_key": product.key, "batch": [bad, good]}, key=None)
    assert (answer.status, [one["index"] for one in answer.json["rejected"]]) == (200, [0])
    alone = product.tells("/capture/", bad | {"api_key": product.key}, key=None)
    assert (alone.status, alone.json["detail"]) == (400, "distinct_id is missing")


def test_a_company_of_which_nobody_is_known_is_refused_in_words(product: Product):
    told = {"event": "$groupidentify", "distinct_id": "$company_x", "properties": {"$group_type": "company", "$group_key": "x-corp"}}
    answer = product.tells("/batch/", {"api_key": product.key, "batch": [told]}, key=None)
    assert (answer.status, answer.json["code"]) == (400, "nobody")


# Mixpanel


@pytest.mark.parametrize("packed", [False, True])
def test_mixpanels_events_come_as_a_form_and_in_base64(product: Product, packed: bool):
    xena = f"xena-{packed}"
    data = json.dumps([{"event": "report.opened", "properties": {"token": product.key, "distinct_id": xena, "$insert_id": "1"}}] * 2)
    form = urlencode({"data": base64.b64encode(data.encode()).decode() if packed else data})
    answer = product.tells("/track", form, key=None, Content_Type=FORM)
    assert (answer.status, answer.text) == (200, "1")
    assert product.did(xena) == ["report.opened"]


@pytest.mark.parametrize(
    ("query", "field"), [("?verbose=1", ""), ("", "&verbose=1"), ("?verbose=1", "&verbose=0"), ("", "&verbose=1&" + "a=b&" * 90)]
)
def test_mixpanels_client_that_asks_for_words_gets_them_however_long_its_form_is(product: Product, query: str, field: str):
    answer = product.tells(f"/track{query}", f"data=e30%3D{field}", key=None, Content_Type=FORM)
    assert answer.json["status"] == 0


def test_mixpanels_devices_become_people_when_they_are_identified(product: Product):
    token = {"token": product.key}
    product.tells("/import", [{"event": "report.created", "properties": token | {"distinct_id": "$device:d-9"}}], key=None)
    product.tells("/engage", {"$token": product.key, "$distinct_id": "yara", "$set": {"$email": "yara@solo.test"}}, key=None)
    merge = {"event": "$identify", "properties": token | {"$identified_id": "yara", "$anon_id": "$device:d-9"}}
    assert product.tells("/import", [merge], key=None).json["status"] == 1
    assert product.id("anonymous", "d-9") == product.id("external", "yara")
    assert product.tally("yara", "report.created").n == 1


@pytest.mark.parametrize("when", [1772443800, 1772443800000, "1772443800", "2026-03-02T09:30:00Z"])
def test_times_are_seconds_or_milliseconds_or_instants(product: Product, when: Any):
    zoe = f"zoe-{when}"
    said = {"event": "report.opened", "properties": {"token": product.key, "distinct_id": zoe, "time": when}}
    assert product.tells("/track", said, key=None).json["num_records_imported"] == 1


# Amplitude


def test_amplitudes_identify_takes_a_form(product: Product):
    told = json.dumps([{"user_id": "abel", "user_properties": {"$set": {"email": "abel@solo.test"}, "role": "admin"}}])
    answer = product.tells("/identify", urlencode({"api_key": product.key, "identification": told}), key=None, Content_Type=FORM)
    assert (answer.status, answer.json["events_ingested"]) == (200, 1)
    assert (product.person("abel").email, product.person("abel").traits["role"]) == ("abel@solo.test", "admin")


def test_amplitudes_client_reads_which_events_to_give_up_and_that_its_key_is_wrong(product: Product):
    bad = {"api_key": product.key, "events": [{"event_type": "x"}]}
    answer = product.tells("/2/httpapi", bad, key=None)
    assert (answer.status, answer.json["events_with_invalid_fields"]) == (400, {"event": [0]})
    wrong = product.tells("/2/httpapi", bad | {"api_key": "wrong"}, key=None)
    assert (wrong.status, wrong.json["error"].startswith("Invalid API key:")) == (401, True)
