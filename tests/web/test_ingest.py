"""What the product may tell us over HTTP: what is in order is kept, what is not is refused in words, and nothing is lost on the way."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from town import Town, a_town

from flows.people import Person, Subject

CALLS = ("/v1/track", "/v1/identify")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OPENED = {"userId": "ana", "event": "report.opened"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for all: each test has a user of its own."""
    with a_town(tmp_path_factory.mktemp("town")) as found:
        yield found


def subject(town: Town, who: str) -> Subject:
    person = town.house.reports.find_person(who)
    assert person is not None
    found = town.house.door.view(person.id)
    assert found is not None
    return found


def person(town: Town, who: str) -> Person:
    return subject(town, who).person


def counted(town: Town, who: str, event: str = "report.opened") -> int:
    return subject(town, who).activity[event].n


def kept(town: Town) -> tuple[int, int]:
    """How many people and events there are."""
    with town.house.store.database.read() as connection:
        ask = connection.exec_driver_sql
        return ask("select count(*) from people").scalar_one(), ask("select count(*) from events").scalar_one()


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
    headers, before = {} if said is None else {"Authorization": said}, kept(town)
    answer = town.fetch("POST", path, json.dumps(OPENED), headers)
    assert answer.status == 401
    assert answer.json == {"success": False, "code": "invalid_write_key", "message": "the write key is missing or wrong"}
    assert kept(town) == before


# What is refused

NOBODY = "userId and anonymousId are missing: one of them is needed"
REFUSED_ANYWHERE: list[tuple[Any, str]] = [
    ("", "the body is not JSON"),
    ("{", "the body is not JSON"),
    (b"\xff\xfe", "the body is not JSON"),
    ("[]", "the body is not a JSON object"),
    ("null", "the body is not a JSON object"),
    ({}, NOBODY),
    ({"userId": " "}, NOBODY),
    ({"userId": None}, NOBODY),
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
    ({"traits": {"createdAt": [1772443800]}}, "createdAt is no ISO 8601 instant such as 2026-03-02T09:30:00Z"),
    ({"traits": {"email": "nowhere"}}, "email is no e-mail address"),
    ({"traits": {"email": ["a@acme.test"]}}, "email is no e-mail address"),
    ({"traits": {"email": "a@acme.test\nBcc: z@acme.test"}}, "email is no e-mail address"),
    ({"traits": {"slack": "ana"}}, "slack is no Slack user as TEAM/USER"),
    ({"traits": {"slack": "T/U/X"}}, "slack is no Slack user as TEAM/USER"),
]


@pytest.mark.parametrize("path", CALLS)
@pytest.mark.parametrize(("body", "why"), REFUSED_ANYWHERE)
def test_what_cannot_be_read_is_refused_in_words(town: Town, path: str, body: Any, why: str):
    before, answer = kept(town), town.tells(path, body)
    assert (answer.status, answer.json) == (400, {"success": False, "code": "invalid_request", "message": why})
    assert kept(town) == before


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [("/v1/track", *one) for one in NO_TRACK] + [("/v1/identify", {"userId": "nobody yet"} | body, why) for body, why in NO_TRAITS],
)
def test_a_call_with_a_part_that_makes_no_sense_changes_nobody(town: Town, path: str, body: Any, why: str):
    before, answer = kept(town), town.tells(path, body)
    assert (answer.status, answer.json["message"]) == (400, why)
    assert kept(town) == before


@pytest.mark.parametrize("path", CALLS)
def test_a_call_has_at_most_32_kilobytes(town: Town, path: str):
    frame = len(json.dumps({**OPENED, "properties": {"a": ""}}))
    fits, too_long = ({**OPENED, "properties": {"a": "b" * (32 * 1024 - frame + more)}} for more in (0, 1))
    assert town.tells(path, fits).status == 200
    answer = town.tells(path, too_long)
    assert (answer.status, answer.json["code"], answer.json["message"]) == (400, "too_large", "one call may have at most 32 KB")


@pytest.mark.parametrize("path", [*CALLS, "/slack/events", "/u/anything", "/p/anything/done"])
def test_nothing_is_read_that_has_no_end(town: Town, path: str):
    answer = town.fetch("POST", path, (b"x" * 65_536 for _ in range(20)), FORM | {"Authorization": basic(b"playground-write-key:")})
    assert (answer.status, answer.json) == (413, {"code": "too_large", "message": "no request may have more than 1 MB"})


# What counts, and when


def test_a_repeat_with_the_same_message_id_counts_once(town: Town):
    ben = town.newcomer("Ben")
    for id in ("m-1", "m-1", 7, 7, "m" * 300, "m" * 300, "m" * 299 + "n"):
        town.uses("report.opened", user=ben, messageId=id)
    assert counted(town, ben) == 4


def test_without_a_message_id_equal_calls_of_one_instant_count_once(town: Town):
    cleo, once = town.newcomer("Cleo"), ago(town, minutes=2)
    for when in (once, once, ago(town, minutes=1), once):
        town.uses("report.opened", user=cleo, timestamp=when)
    assert counted(town, cleo) == 2


def test_without_a_message_id_and_an_instant_nothing_tells_a_repeat_so_each_call_counts(town: Town):
    dora = town.newcomer("Dora")
    for _ in range(2):
        town.uses("report.opened", user=dora)
    assert counted(town, dora) == 2


def test_news_from_the_future_happens_now_and_late_news_when_it_happened(town: Town):
    emil, now = town.newcomer("Emil"), town.demo.now()
    town.uses("report.created", user=emil, timestamp="2031-01-01T00:00:00Z")
    town.uses("source.connected", user=emil, timestamp="2026-02-27T23:30:00-05:00")
    seen = subject(town, emil).activity
    assert now <= (seen["report.created"].last_at or now) <= town.demo.now()
    assert seen["source.connected"].first_at == datetime(2026, 2, 28, 4, 30, tzinfo=UTC)


def test_a_milestone_of_last_week_is_ticked_and_not_celebrated(town: Town):
    fay = town.newcomer("Fay")
    for days, event in ((9, "source.connected"), (8, "report.created"), (7, "report.shared")):
        town.uses(event, user=fay, timestamp=ago(town, days=days))
    assert town.messages("fay@solo.test") == ["welcome"]
    assert steps_done(town, fay) == {"connect_source", "first_report", "share_report"}


def test_what_happens_before_anybody_introduced_them_counts_when_they_join(town: Town):
    town.uses("source.connected", user="gus")
    assert person(town, "gus").journey is None
    gus = town.newcomer("Gus", createdAt=ago(town, minutes=5))
    town.uses("report.created", user=gus)
    assert steps_done(town, gus) == {"connect_source", "first_report"}


@pytest.mark.parametrize("name", ["completed", "milestone", "left", "step_done", "module_opened", "segment.stage"])
def test_an_event_that_is_called_like_one_of_our_moments_is_only_an_event(town: Town, name: str):
    hal = town.newcomer("Hal")
    town.uses("source.connected", user=hal)
    town.uses(name, user=hal)
    assert town.messages("hal@solo.test") == ["welcome"]
    assert person(town, hal).left_at is None
    assert person(town, hal).reasons[f"event.{name}"][0] == "unknown"


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


def test_somebody_joins_once_and_not_in_the_future(town: Town):
    ida = town.newcomer("Ida", createdAt="2031-01-01T00:00:00Z")
    joined = person(town, ida).joined_at
    assert joined is not None
    assert joined <= town.demo.now()
    town.newcomer("Ida", createdAt="2026-01-01T00:00:00Z")
    assert person(town, ida).joined_at == joined
    assert town.messages("ida@solo.test") == ["welcome"]


def test_older_news_of_a_trait_does_not_undo_newer_news(town: Town):
    jo = town.newcomer("Jo", role="admin")
    town.post("/v1/identify", {"userId": jo, "timestamp": ago(town, days=1), "traits": {"role": "analyst", "use_case": "sales"}})
    assert (person(town, jo).traits["role"], person(town, jo).traits["use_case"]) == ("admin", "sales")


def test_a_known_address_gets_its_slack_user_and_the_welcome_there(town: Town):
    kim = town.newcomer("Kim", in_slack=True, email="KIM@solo.test")
    assert person(town, kim).slack == "T_PLAYGROUND/U_KIM"
    assert "Hi Kim." in town.heard("U_KIM")[0].text


def test_people_of_one_company_share_its_account(town: Town):
    for name in ("lea", "mo"):
        town.post("/v1/identify", {"userId": name, "traits": {"company": {"id": "north-west", "plan": "team"}}})
    town.post("/v1/identify", {"userId": "ned", "context": {"groupId": "north-west"}})
    assert len({person(town, name).account_id for name in ("lea", "mo", "ned")}) == 1


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
    {"locale": "../x"},
    {"goal": {"x": 1}, "role": ["a"], "technical": "perhaps"},
    {"goal": "*" * 20_000},
    {"employees": 10**300, "company": {"id": "big", "acv": 1e300, "employees": -(2**70)}},
    {"company": {"id": "c", "name": 5, "timezone": ["x"], "employees": "many"}},
    {"external_id": "somebody else", "": 1, "a.b": {"c": [None, True]}},
]


@pytest.mark.parametrize("n", range(len(ODD)))
def test_whatever_a_product_says_of_somebody_they_are_kept_and_written_to(town: Town, n: int):
    odd = town.newcomer(f"Odd-{n}", **ODD[n])
    town.uses("source.connected", user=odd, properties={"n": 10**300, "s": "\ud800\x00", "d": [[[{}]]]})
    assert steps_done(town, odd) == {"connect_source"}
    assert len(town.inbox(f"odd-{n}@solo.test")) == 1
    assert {m["state"] for event in town.why(odd) for m in event["messages"]} == {"sent"}


@pytest.mark.parametrize("number", ["1e400", "NaN", "-Infinity", "9" * 4_000, "0." + "1" * 5_000])
def test_numbers_of_any_size_are_kept(town: Town, number: str):
    said = f'{{"userId": "max", "event": "report.opened", "properties": {{"n": {number}}}}}'
    assert town.tells("/v1/track", said).status == 200
    assert town.why("max")[-1]["name"] == "report.opened"


def test_the_body_of_a_call_is_kept_as_it_came(town: Town):
    said = '{"userId":"nia",  "event":"report.opened","properties":{"as":"it came"}}'
    town.tells("/v1/track", said)
    with town.house.store.database.read() as connection:
        assert connection.exec_driver_sql("select raw from events order by id desc limit 1").scalar() == said


def steps_done(town: Town, who: str) -> set[str]:
    journey = person(town, who).journey
    assert journey is not None
    return {step for step, state in journey.steps.items() if state.at}
