"""Segment's HTTP API: what is in order goes in, what is not is named, and nothing that is sent can hurt."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from tests.ingest.conftest import Product

KINDS = ("identify", "track", "page", "screen", "group", "alias")
OPENED = {"type": "track", "userId": "ana", "event": "report.opened"}


def filled(body: dict[str, Any], size: int) -> dict[str, Any]:
    """The body with a property that makes it `size` bytes of JSON."""
    frame = len(json.dumps(body | {"properties": {"a": ""}}, separators=(",", ":")))
    return body | {"properties": {"a": "b" * (size - frame)}}


# Calls


@pytest.mark.parametrize("slash", ["", "/"])
def test_every_call_is_taken_with_and_without_a_slash_at_the_end(product: Product, slash: str):
    said = {"userId": "bea", "event": "x.done", "groupId": "beas", "previousId": "bea-before"}
    for kind in KINDS:
        answer = product.tells(f"/v1/{kind}{slash}", said)
        assert (answer.status, answer.json) == (200, {"success": True}), kind


def test_pages_and_screens_are_events_with_their_names(product: Product):
    product.batch(
        {"type": "page", "userId": "carl", "name": "Pricing", "category": "Docs", "properties": {"url": "https://a.test"}},
        {"type": "screen", "anonymousId": "carls-phone", "name": "Start"},
    )
    assert product.kept("carl") == [("product", "page.viewed", {"url": "https://a.test", "name": "Pricing", "category": "Docs"})]
    assert product.kept("carls-phone", "anonymous") == [("product", "screen.viewed", {"name": "Start"})]


def test_a_group_call_says_where_somebody_works_and_what_that_is(product: Product):
    product.batch({"type": "group", "userId": "dina", "groupId": 77, "traits": {"name": "North", "plan": "team"}})
    account = product.subject("dina").account
    assert account is not None
    assert (account.external_id, account.name, account.traits["plan"]) == ("77", "North", "team")


def test_a_visitor_who_signs_up_keeps_what_they_did_before(product: Product):
    product.batch({"type": "track", "anonymousId": "v-1", "event": "report.created"})
    assert product.person("v-1", "anonymous").joined_at is None
    product.batch({"type": "identify", "userId": "emma", "anonymousId": "v-1", "traits": {"name": "Emma"}})
    assert product.person("emma").joined_at is not None
    assert product.tally("emma", "report.created").n == 1


def test_two_ids_are_one_person_after_an_alias_in_the_same_batch(product: Product):
    product.batch(
        {"type": "track", "anonymousId": "v-2", "event": "report.created"},
        {"type": "identify", "userId": "finn", "traits": {"name": "Finn"}},
        {"type": "alias", "previousId": "v-2", "userId": "finn"},
        {"type": "track", "userId": "finn", "event": "report.created"},
    )
    assert product.tally("finn", "report.created").n == 2


def test_an_alias_between_two_known_people_changes_nothing_and_breaks_nothing(product: Product):
    product.batch(*({"type": "identify", "userId": who, "traits": {"name": who}} for who in ("gina", "gerd")))
    assert product.batch({"type": "alias", "previousId": "gerd", "userId": "gina"}) == {"success": True}
    assert product.id("external", "gina") != product.id("external", "gerd")


def test_traits_may_stand_in_the_context(product: Product):
    product.batch({"type": "identify", "userId": "hana", "context": {"traits": {"email": "hana@solo.test", "role": "admin"}}})
    assert (product.person("hana").email, product.person("hana").traits["role"]) == ("hana@solo.test", "admin")


# Batches


def test_what_cannot_be_read_is_named_and_the_others_go_in(product: Product):
    answer = product.batch(
        {"type": "track", "userId": "ida", "event": "report.opened"},
        {"type": "track", "event": "report.opened"},
        {"type": "dance", "userId": "ida"},
        "nonsense",
        {"type": "track", "userId": "ida", "event": "report.opened", "timestamp": "yesterday"},
        filled({"type": "track", "userId": "ida", "event": "report.opened"}, 32 * 1024 + 1),
        {"type": "track", "userId": "ida", "event": "report.shared"},
    )
    assert answer == {
        "success": True,
        "rejected": [
            {"index": 1, "code": "invalid_request", "message": "userId and anonymousId are missing: one of them is needed"},
            {"index": 2, "code": "invalid_request", "message": "type is none of identify, track, page, screen, group, alias"},
            {"index": 3, "code": "invalid_request", "message": "it is not a JSON object"},
            {"index": 4, "code": "invalid_request", "message": "timestamp is no ISO 8601 instant such as 2026-03-02T09:30:00Z"},
            {"index": 5, "code": "too_large", "message": "one call may have at most 32 KB"},
        ],
    }
    assert product.did("ida") == ["report.opened", "report.shared"]


def test_the_context_of_a_batch_is_that_of_every_call_that_says_nothing_else(product: Product):
    product.batch(
        {"type": "identify", "userId": "jan", "traits": {}},
        {"type": "identify", "userId": "jana", "traits": {}, "context": {"timezone": "America/Lima"}},
        context={"timezone": "Europe/Berlin", "locale": "de", "groupId": "jans"},
    )
    jan, jana = product.subject("jan"), product.subject("jana")
    assert (jan.person.zone, jana.person.zone, jana.person.locale) == ("Europe/Berlin", "America/Lima", "de")
    assert jan.account is not None
    assert jana.account == jan.account


@pytest.mark.parametrize("body", [{}, {"batch": {}}, {"batch": "x"}, {"batch": [], "context": 5}, {"batch": [], "sentAt": "soon"}, []])
def test_a_batch_that_is_none_is_refused_as_a_whole(product: Product, body: Any):
    answer = product.tells("/v1/batch", body)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")


def test_an_empty_batch_is_in_order(product: Product):
    assert product.batch() == {"success": True}


def test_a_batch_of_fifty_costs_as_many_statements_as_one_of_two(product: Product):
    def statements(calls: int) -> int:
        seen: list[str] = []

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            seen.append(statement)

        engine = product.town.house.store.database.engine
        sqlalchemy_event.listen(engine, "before_cursor_execute", note)
        try:
            product.batch(*({"type": "track", "userId": "kim", "event": "menu.opened"} for _ in range(calls)))
        finally:
            sqlalchemy_event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    product.batch({"type": "identify", "userId": "kim", "traits": {"name": "Kim"}})
    statements(1)
    assert statements(50) == statements(2)
    assert product.did("kim") == ["menu.opened"] * 53


# Once


def test_the_same_message_counts_once_in_one_batch_in_the_next_and_by_itself(product: Product):
    said = {"type": "track", "userId": "lea", "event": "report.opened", "messageId": "m-1"}
    product.batch(said, said)
    product.batch(said)
    product.tells("/v1/track", said)
    assert product.tally("lea", "report.opened").n == 1


def test_a_batch_without_message_ids_that_is_sent_again_later_counts_once(product: Product):
    said = {"type": "track", "userId": "leo", "event": "report.opened", "timestamp": product.ago(hours=1)}
    for minutes in (3, 1):
        product.batch(said, sentAt=product.ago(minutes=minutes))
    assert product.tally("leo", "report.opened").n == 1


# Sizes


def test_a_call_may_have_32_kilobytes_and_a_batch_500(product: Product):
    call = {"userId": "max", "event": "x"}
    items = [filled(OPENED | {"userId": "max", "messageId": str(n)}, 20 * 1024) for n in range(25)]
    frame = len(json.dumps({"batch": items, "a": ""}, separators=(",", ":")))
    for path, fits, most in (
        ("/v1/track", json.dumps(filled(call, 32 * 1024), separators=(",", ":")), "one call may have at most 32 KB"),
        (
            "/v1/batch",
            json.dumps(
                {"batch": items[:24], "a": "b" * (500 * 1024 - frame + len(json.dumps(items[24], separators=(",", ":"))) + 1)},
                separators=(",", ":"),
            ),
            "one batch may have at most 500 KB",
        ),
    ):
        assert product.tells(path, fits).status == 200
        for packed in (False, True):
            answer = product.tells(path, fits + " ", packed=packed)
            assert (answer.status, answer.json["code"], answer.json["message"]) == (400, "too_large", most)


def test_gzip_is_read(product: Product):
    assert product.tells("/v1/track", {"userId": "mia", "event": "report.opened"}, packed=True).status == 200
    assert product.did("mia") == ["report.opened"]


def test_a_gzip_bomb_is_refused_and_not_unpacked(product: Product):
    bomb = gzip.compress(b" " * 100_000_000)
    assert len(bomb) < 500 * 1024
    for path, message in (("/v1/batch", "one batch may have at most 500 KB"), ("/v1/track", "one call may have at most 32 KB")):
        answer = product.tells(path, bomb, Content_Encoding="gzip")
        assert (answer.status, answer.json["message"]) == (400, message)
    empty = gzip.compress(b"") * 20_000
    assert product.tells("/v1/batch", empty, Content_Encoding="gzip").status == 400


@pytest.mark.parametrize(
    ("raw", "encoding", "why"),
    [
        (b"{}", "gzip", "the body is not gzip"),
        (gzip.compress(b'{"batch":[]}', mtime=0)[:-9], "gzip", "the gzip body is cut off"),
        (b"{}", "br", "this Content-Encoding is not read; gzip is"),
    ],
)
def test_what_is_packed_in_another_way_is_refused_in_words(product: Product, raw: bytes, encoding: str, why: str):
    answer = product.tells("/v1/batch", raw, Content_Encoding=encoding)
    assert (answer.status, answer.json["message"]) == (400, why)


def test_a_batch_of_more_calls_than_we_take_is_refused(product: Product):
    answer = product.tells("/v1/batch", {"batch": [{}] * 2_501})
    assert (answer.status, answer.json["message"]) == (400, "one batch may have at most 2500 calls")


@pytest.mark.parametrize("number", ["1e400", "NaN", "-Infinity", "9" * 4_000])
def test_numbers_of_any_size_are_kept_in_a_batch(product: Product, number: str):
    said = f'{{"batch": [{{"type": "track", "userId": "nia", "event": "n.said", "properties": {{"n": {number}}}}}]}}'
    before = len(product.did("nia")) if product.id("external", "nia") else 0
    assert product.tells("/v1/batch", said).json == {"success": True}
    assert len(product.did("nia")) == before + 1


@pytest.mark.parametrize("levels", [19, 900])
def test_one_call_that_is_nested_too_deep_does_not_stop_the_others(product: Product, levels: int):
    deep = "[" * levels + "]" * levels
    ned = f"ned-{levels}"
    bad = f'{{"type": "track", "userId": "{ned}", "event": "x", "properties": {{"a": {deep}}}}}'
    good = f'{{"type": "track", "userId": "{ned}", "event": "report.opened"}}'
    answer = product.tells("/v1/batch", f'{{"batch": [{bad}, {good}]}}')
    assert [one["index"] for one in answer.json["rejected"]] == [0]
    assert product.did(ned) == ["report.opened"]


# When


@pytest.mark.parametrize("off", [timedelta(hours=-7), timedelta(days=400), timedelta()])
def test_a_clock_that_is_off_is_set_right_by_when_it_says_it_sent(product: Product, off: timedelta):
    happened, sent = product.now() - timedelta(hours=2), product.now()
    who = f"olga{off.total_seconds():.0f}"
    said = {"type": "track", "userId": who, "event": "report.opened", "timestamp": (happened + off).isoformat()}
    product.batch(said, sentAt=(sent + off).isoformat())
    first = product.tally(who, "report.opened").first_at
    assert first is not None
    assert abs(first - happened) < timedelta(seconds=30)


def test_what_is_still_in_the_future_counts_as_now_with_a_reason(product: Product):
    product.batch({"type": "track", "userId": "pam", "event": "source.connected", "timestamp": "2031-01-01T00:00:00Z"})
    last = product.tally("pam", "source.connected").last_at
    assert last is not None
    assert last <= product.now()
    result, because = product.person("pam").reasons["event.source.connected"]
    assert (result, "2031-01-01 00:00" in because) == ("capped", True)


def test_what_comes_more_than_30_days_late_is_kept_and_not_counted(product: Product):
    product.batch(
        {"type": "track", "userId": "quin", "event": "source.connected", "timestamp": product.ago(days=31)},
        {"type": "track", "userId": "quin", "event": "report.created", "timestamp": product.ago(days=29)},
    )
    activity = product.subject("quin").activity
    assert "source.connected" not in activity or activity["source.connected"].n == 0
    assert activity["report.created"].n == 1
    assert product.did("quin") == ["source.connected", "report.created"]
    assert product.person("quin").reasons["event.source.connected"][0] == "too_late"


def test_what_comes_late_ticks_a_step_and_congratulates_nobody(product: Product):
    ray = product.town.newcomer("Ray")
    product.batch(
        *(
            {"type": "track", "userId": ray, "event": event, "timestamp": product.ago(days=days)}
            for days, event in ((3, "source.connected"), (2.5, "report.created"), (2, "report.shared"))
        )
    )
    product.town.settle()
    assert product.town.messages("ray@solo.test") == ["welcome"]
    journey = product.person(ray).journey
    assert journey is not None
    assert {step for step, state in journey.steps.items() if state.at} == {"connect_source", "first_report", "share_report"}


def test_a_batch_of_a_thousand_small_calls_goes_in_whole(product: Product):
    said = {"batch": [{"type": "track", "userId": f"sam-{n % 7}", "event": "menu.opened"} for n in range(1_000)]}
    assert product.tells("/v1/batch", said, packed=True).json == {"success": True}
    assert sum(len(product.did(f"sam-{n}")) for n in range(7)) == 1_000


def test_who_signed_up_at_so_many_seconds_since_1970_is_known_all_the_same(product: Product):
    at = int(product.now().timestamp()) - 3600
    traits = {"email": "epoch@solo.test", "createdAt": at}
    assert product.batch({"type": "identify", "userId": "epoch", "traits": traits}).get("rejected") is None
    assert product.person("epoch").joined_at == datetime.fromtimestamp(at, UTC)
