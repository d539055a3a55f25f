"""What the product may tell us over HTTP: what is in order is kept, what is not is refused in words, and nothing is lost on the way."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from town import Town

from bot.playground.values import User
from flows.people import Person, Subject

CALLS = ("/v1/track", "/v1/identify")
OPENED = {"userId": "ana", "event": "report.opened"}
SIGN_UP = datetime(2026, 3, 2, 8, 59, tzinfo=UTC)


def subject(town: Town, who: str = "ana") -> Subject:
    person = town.house.reports.find_person(who)
    assert person is not None
    found = town.house.door.view(person.id)
    assert found is not None
    return found


def person(town: Town, who: str = "ana") -> Person:
    return subject(town, who).person


def counted(town: Town, event: str = "report.opened", who: str = "ana") -> int:
    return subject(town, who).activity[event].n


def ago(town: Town, **span: float) -> str:
    return (town.demo.now() - timedelta(**span)).isoformat()


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


# Who may tell


def basic(name: bytes) -> str:
    return "Basic " + base64.b64encode(name).decode()


@pytest.mark.parametrize("path", CALLS)
@pytest.mark.parametrize(
    "said",
    [None, "", "Basic", "Basic ", "Basic !!!", "Bearer playground-write-key", basic(b"wrong:"), basic(b"playground-write-ke:"), basic(b":"),
     basic(b"\xff\xfe:"), basic("clé:".encode()), basic(b"x:playground-write-key")],
)  # fmt: skip
def test_without_the_write_key_every_answer_is_the_same(town: Town, path: str, said: str | None):
    headers = {} if said is None else {"Authorization": said}
    answer = town.fetch("POST", path, json.dumps(OPENED), headers)
    assert answer.status == 401
    assert answer.json == {"success": False, "code": "invalid_write_key", "message": "the write key is missing or wrong"}
    assert counted(town) == 0


# What is refused

REFUSED_ANYWHERE: list[tuple[Any, str]] = [
    ("", "the body is not JSON"),
    ("{", "the body is not JSON"),
    (b"\xff\xfe", "the body is not JSON"),
    ("[]", "the body is not a JSON object"),
    ("null", "the body is not a JSON object"),
    ({}, "userId is missing"),
    ({"userId": " "}, "userId is missing"),
    ({"userId": None}, "userId is missing"),
    ({"userId": True}, "userId is neither a text nor a number"),
    ({"userId": ["ana"]}, "userId is neither a text nor a number"),
    ({"userId": "a" * 201}, "userId is longer than 200 characters"),
    (f'{{"userId": "ana", "event": "x", "properties": {{"a": {nested(19)}}}}}', "the body is nested deeper than 20 levels"),
    (f'{{"userId": "ana", "event": "x", "properties": {nested(900)}}}', "the body is nested deeper than 20 levels"),
    (f'{{"userId": "ana", "event": "x", "properties": {nested(15_000)}}}', "the body is not JSON"),
    (f'{{"userId": {"9" * 5_000}, "event": "x"}}', "the body is not JSON"),
    *(
        ({**OPENED, "timestamp": when}, "timestamp is no ISO 8601 instant such as 2026-03-02T09:30:00Z")
        for when in ("yesterday", "", 1772443800, True, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z")
    ),
]
NO_TRACK: list[tuple[Any, str]] = [
    ({"userId": "ana"}, "event is missing: the name of what they did"),
    ({"userId": "ana", "event": " "}, "event is missing: the name of what they did"),
    ({"userId": "ana", "event": 5}, "event is missing: the name of what they did"),
    ({**OPENED, "properties": "many"}, "properties is not an object"),
    ({**OPENED, "properties": []}, "properties is not an object"),
]
NO_TRAITS: list[tuple[Any, str]] = [
    ({"traits": "x"}, "traits is not an object"),
    ({"context": 5}, "context is not an object"),
    ({"traits": {"company": "Acme"}}, "company is not an object"),
    ({"traits": {"company": {"id": {"a": 1}}}}, "id is neither a text nor a number"),
    ({"traits": {"createdAt": "soon"}}, "createdAt is no ISO 8601 instant such as 2026-03-02T09:30:00Z"),
    ({"traits": {"createdAt": 1772443800}}, "createdAt is no ISO 8601 instant such as 2026-03-02T09:30:00Z"),
    ({"traits": {"email": "nowhere"}}, "email is no e-mail address"),
    ({"traits": {"email": ["a@acme.test"]}}, "email is no e-mail address"),
    ({"traits": {"email": "a@acme.test\nBcc: z@acme.test"}}, "email is no e-mail address"),
    ({"traits": {"slack": "ana"}}, "slack is no Slack user as TEAM/USER"),
    ({"traits": {"slack": "T/U/X"}}, "slack is no Slack user as TEAM/USER"),
]


@pytest.mark.parametrize("path", CALLS)
@pytest.mark.parametrize(("body", "why"), REFUSED_ANYWHERE)
def test_what_cannot_be_read_is_refused_in_words(town: Town, path: str, body: Any, why: str):
    answer = town.tells(path, body)
    assert (answer.status, answer.json) == (400, {"success": False, "code": "invalid_request", "message": why})
    assert counted(town) == 0


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [("/v1/track", *one) for one in NO_TRACK] + [("/v1/identify", {"userId": "ben"} | body, why) for body, why in NO_TRAITS],
)
def test_a_call_with_a_part_that_makes_no_sense_changes_nobody(town: Town, path: str, body: Any, why: str):
    answer = town.tells(path, body)
    assert (answer.status, answer.json["message"]) == (400, why)
    assert counted(town) == 0
    assert town.house.reports.find_person("ben") is None


@pytest.mark.parametrize("path", CALLS)
def test_a_call_has_at_most_32_kilobytes(town: Town, path: str):
    frame = len(json.dumps({**OPENED, "properties": {"a": ""}}))
    fits, too_long = ({**OPENED, "properties": {"a": "b" * (32 * 1024 - frame + more)}} for more in (0, 1))
    assert town.tells(path, fits).status == 200
    answer = town.tells(path, too_long)
    assert (answer.status, answer.json["code"], answer.json["message"]) == (400, "too_large", "one call may have at most 32 KB")


def test_a_body_without_an_end_is_cut_off(town: Town):
    answer = town.tells("/v1/track", b"x" * (1024 * 1024 + 1))
    assert (answer.status, answer.json["code"]) == (413, "too_large")


# What counts, and when


def test_a_repeat_with_the_same_message_id_counts_once(town: Town):
    for id in ("m-1", "m-1", 7, 7, "m" * 300, "m" * 300, "m" * 299 + "n"):
        town.uses("report.opened", messageId=id)
    assert counted(town) == 4


def test_without_a_message_id_the_same_call_of_the_same_instant_counts_once_and_a_call_without_either_always(town: Town):
    for when in (ago(town, minutes=3), ago(town, minutes=2), ago(town, minutes=2)):
        town.post("/v1/track", {**OPENED, "timestamp": when} if when else OPENED)
    once = ago(town, minutes=1)
    for _ in range(3):
        town.post("/v1/track", {**OPENED, "timestamp": once})
    assert counted(town) == 4
    town.post("/v1/track", OPENED)
    town.post("/v1/track", OPENED)
    assert counted(town) == 6


def test_news_from_the_future_happens_now_and_late_news_when_it_happened(town: Town):
    now = town.demo.now()
    town.uses("report.created", timestamp="2031-01-01T00:00:00Z")
    town.uses("source.connected", timestamp="2026-02-27T23:30:00-05:00")
    seen = subject(town).activity
    assert now <= (seen["report.created"].last_at or now) <= town.demo.now()
    assert seen["source.connected"].first_at == datetime(2026, 2, 28, 4, 30, tzinfo=UTC)


def test_a_milestone_of_last_week_is_ticked_and_not_celebrated(town: Town):
    town.uses("source.connected", timestamp=ago(town, days=9))
    town.uses("report.created", timestamp=ago(town, days=8))
    town.uses("report.shared", timestamp=ago(town, days=7))
    assert "well_done" not in town.messages()
    assert person(town).journey.steps["share_report"].how == "product"


def test_what_happens_before_anybody_introduced_them_counts_when_they_join(town: Town):
    town.uses("source.connected", user="ben")
    assert person(town, "ben").journey is None
    town.post("/v1/identify", {"userId": "ben", "traits": {"email": "ben@solo.test", "createdAt": ago(town, minutes=5)}})
    town.uses("report.created", user="ben")
    town.settle()
    assert {step for step, state in person(town, "ben").journey.steps.items() if state.at} == {"connect_source", "first_report"}
    assert [mail.subject for mail in town.inbox("ben@solo.test")][:1]


@pytest.mark.parametrize("name", ["completed", "milestone", "left", "step_done", "module_opened", "segment.stage"])
def test_an_event_that_is_called_like_one_of_our_moments_is_only_an_event(town: Town, name: str):
    before = town.messages()
    town.uses(name)
    assert town.messages() == before
    assert person(town).left_at is None
    assert person(town).reasons[f"event.{name}"][0] == "unknown"


# Who they are


def test_who_somebody_is_where_they_live_and_where_they_work(town: Town):
    traits = {
        "firstName": "Zoë",
        "lastName": "O'Hara",
        "email": "Zoe@North.Test",
        "role": "developer",
        "createdAt": "2026-03-01T12:00:00+02:00",
        "address": {"city": "Lima"},
        "company": {"id": 77, "name": "North", "employees": 40, "plan": "team"},
    }
    town.post("/v1/identify", {"userId": 5, "traits": traits, "context": {"timezone": "America/Lima", "locale": "es-PE"}})
    zoë, north = person(town, "5"), subject(town, "5").account
    assert (zoë.name, zoë.email, zoë.zone, zoë.locale) == ("Zoë O'Hara", "Zoe@North.Test", "America/Lima", "es-PE")
    assert zoë.joined_at == datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    assert zoë.traits["role"] == "developer"
    assert not {"company", "address", "createdAt", "created_at"} & zoë.traits.keys()
    assert north is not None
    assert (north.external_id, north.name, north.traits["employees"], north.traits["plan"]) == ("77", "North", 40, "team")
    assert person(town, "zoe@north.test").id == zoë.id


def test_somebody_joins_once_and_at_the_latest_now(town: Town):
    joined = person(town).joined_at
    town.post("/v1/identify", {"userId": "ana", "traits": {"createdAt": "2031-01-01T00:00:00Z", "plan": "x"}})
    assert person(town).joined_at == joined == SIGN_UP
    town.post("/v1/identify", {"userId": "ben", "traits": {"createdAt": "2031-01-01T00:00:00Z"}})
    assert (person(town, "ben").joined_at or town.demo.now()) <= town.demo.now()


def test_older_news_of_a_trait_does_not_undo_newer_news(town: Town):
    town.post("/v1/identify", {"userId": "ana", "traits": {"role": "admin"}})
    town.post("/v1/identify", {"userId": "ana", "timestamp": ago(town, days=1), "traits": {"role": "analyst", "use_case": "sales"}})
    assert (person(town).traits["role"], person(town).traits["use_case"]) == ("admin", "sales")


def test_a_known_address_gets_its_slack_user_and_the_welcome_there(town: Town):
    town.moves_in(User(id="U_BEN", name="Ben Adler", email="ben@solo.test"))
    town.post("/v1/identify", {"userId": "ben", "traits": {"email": "Ben@solo.test", "name": "Ben Adler"}})
    town.settle()
    assert person(town, "ben").slack == "T_PLAYGROUND/U_BEN"
    assert "Hi Ben." in town.heard("U_BEN")[0].text
    assert [w.text for w in town.heard("U_BEN")] and town.says("what's next?", "U_BEN")


def test_two_people_of_one_company_share_its_account(town: Town):
    for name in ("ben", "cleo"):
        town.post("/v1/identify", {"userId": name, "traits": {"company": {"id": "solo", "plan": "team"}}})
    town.post("/v1/identify", {"userId": "dora", "context": {"groupId": "solo"}})
    assert len({person(town, name).account_id for name in ("ben", "cleo", "dora")}) == 1


# What is odd and in order

ODD: list[dict[str, Any]] = [
    {"name": "<!channel> <script>alert(1)</script> {{ 7 * 7 }} *bold* `code`"},
    {"name": "\u202eevil \x00 \ud800 \u0007"},
    {"name": "N" * 9_999},
    {"name": {"first": "Ana"}},
    {"name": 5, "firstName": ["x"]},
    {"timezone": "Mars/Olympus"},
    {"timezone": "../../etc/passwd"},
    {"timezone": 5},
    {"locale": "../x", "consent": "maybe"},
    {"goal": {"x": 1}, "role": ["a"], "technical": "perhaps"},
    {"goal": "*" * 20_000},
    {"employees": 10**300, "company": {"id": "big", "employees": 1e300, "acv": -(2**70)}},
    {"company": {"id": "c", "name": 5, "timezone": ["x"], "employees": "many"}},
    {"external_id": "somebody else", "": 1, "a.b": {"c": [None, True]}},
]


@pytest.mark.parametrize("traits", ODD, ids=str)
def test_whatever_a_product_says_of_somebody_they_are_kept_and_written_to(town: Town, traits: dict[str, Any]):
    town.post("/v1/identify", {"userId": "odd", "traits": {"email": "odd@solo.test", **traits}})
    town.uses("source.connected", user="odd", properties={"n": 10**300, "s": "\ud800\x00", "d": [[[{}]]]})
    assert person(town, "odd").email == "odd@solo.test"
    assert [m["state"] for event in town.why("odd@solo.test") for m in event["messages"]] == ["sent"] or traits.get("consent")
    assert not [event for event in town.why("odd@solo.test") if event["undecided"]]


@pytest.mark.parametrize("number", ["1e400", "NaN", "-Infinity", "9" * 4_000, "0." + "1" * 5_000])
def test_numbers_of_any_size_are_kept(town: Town, number: str):
    assert town.tells("/v1/track", f'{{"userId": "ana", "event": "report.opened", "properties": {{"n": {number}}}}}').status == 200
    assert counted(town) == 1
    assert town.why()[-1]["name"] == "report.opened"


def test_the_body_of_a_call_is_kept_as_it_came(town: Town):
    said = '{"userId":"ana",  "event":"report.opened","secret":"as it came"}'
    town.tells("/v1/track", said)
    with town.house.store.database.read() as connection:
        assert connection.exec_driver_sql("select raw from events order by id desc limit 1").scalar() == said
