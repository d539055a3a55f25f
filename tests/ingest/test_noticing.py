"""What comes in is counted: names, sources, types of properties. What people's properties say is nobody's business here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from houses import little_books
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as sqlalchemy_event
from stories import MONDAY
from town import a_town

from bot.ingest.calls import Identify, Track
from bot.ingest.noticing import Noticing
from bot.knowing import Ids
from storage import catalogue
from storage.catalogue import MOST_NAMES, MOST_PROPERTIES, Seen, seen
from storage.database import Database
from storage.migrate import open_database
from storage.store import open_store
from storage.volumes import Volume, volumes
from tests.ingest.conftest import Product

AHEAD = timedelta(minutes=1)
ANA = Ids(external="ana")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return open_database(f"sqlite:///{tmp_path / 'handrail.db'}")


def a_noticing(database: Database) -> Noticing:
    """It knows the events of the little playbook: report.created, source.connected, page.viewed and others."""
    playbooks = little_books().playbooks
    return Noticing(database, lambda: playbooks)


def did(name: str, source: str = "product", at: datetime = MONDAY, ahead: timedelta | None = None, **properties: Any) -> Track:
    return Track(ids=ANA, at=at, key="k", source=source, ahead=ahead, name=name, properties=properties)


def the_hour(database: Database, source: str = "product") -> Volume:
    [hour] = volumes(database, MONDAY - timedelta(days=1))[source]
    return hour


def test_the_product_tells_of_anas_report_and_what_it_is_made_of_is_known_but_not_what_it_says(product: Product):
    secret = "ana@private.test"
    product.batch(
        {"type": "track", "userId": "ana", "event": "report.made", "properties": {"rows": 40, "to": secret, "tags": [secret], "of": {}}},
        {"type": "track", "userId": "ana", "event": "report.made", "properties": {"rows": None, "draft": True, "to": secret}},
    )
    product.town.house.noticing.flush()
    database = product.town.house.store.database
    [made] = [one for one in seen(database, "product") if one.name == "report.made"]
    assert made.n == 2
    assert made.properties == {
        "rows": {"number": 1, "null": 1},
        "to": {"string": 2},
        "tags": {"array": 1},
        "of": {"object": 1},
        "draft": {"boolean": 1},
    }
    with database.read() as connection:
        assert secret not in str(connection.exec_driver_sql("select * from event_catalogue").all())


def test_who_stops_the_house_loses_no_count(tmp_path: Path):
    with a_town(tmp_path) as town:
        town.post("/v1/track", {"userId": "ana", "event": "last.one"})
        url = town.house.settings.database_url
    store = open_store(url)
    assert "last.one" in {one.name for one in seen(store.database)}
    store.close()


def test_every_source_is_counted_for_itself_and_its_key_tells_which_it_is(product: Product):
    key = product.given("website")
    said = {"type": "track", "userId": "bea", "event": "price.seen"}
    product.until_answered(200, "/v1/track", {**said, "messageId": "1"}, key)
    product.batch(said, said)
    product.town.house.noticing.flush()
    counts = {one.source: one.n for one in seen(product.town.house.store.database) if one.name == "price.seen"}
    assert counts == {"product": 2, "product:website": 1}


def test_what_cannot_be_taken_is_counted_whole_requests_and_items_of_batches(product: Product):
    key = product.given("clumsy")
    product.until_answered(200, "/v1/track", {"userId": "cem", "event": "x"}, key)
    product.tells("/v1/batch", {"batch": [{"type": "dance"}, {"type": "track", "userId": "cem", "event": "x"}, 7]}, key=key)
    product.tells("/v1/batch", "no JSON", key=key)
    product.tells("/engage", [{"$token": key, "$distinct_id": "cem", "$set": {"name": "Cem"}}], key=None)
    product.town.house.noticing.flush()
    [hour] = volumes(product.town.house.store.database, product.now() - timedelta(hours=1))["product:clumsy"]
    assert (hour.n, hour.refused) == (3, 3)


def test_a_clock_that_is_wrong_is_seen_by_what_it_says_when_it_sends(product: Product):
    key = product.given("crooked")
    said = {"userId": "dora", "event": "x"}
    product.until_answered(200, "/v1/track", said, key)
    for minutes in (-20, -10, 0):
        product.tells("/v1/track", {**said, "sentAt": product.ago(minutes=minutes)}, key=key)
    product.tells(
        "/2/httpapi", {"api_key": key, "client_upload_time": product.ago(minutes=6), "events": [{"user_id": "dora", "event_type": "x"}]}
    )
    product.tells("/batch", {"api_key": key, "sent_at": product.ago(minutes=6), "batch": [{"distinct_id": "dora", "event": "x"}]}, key=None)
    product.town.house.noticing.flush()
    [hour] = volumes(product.town.house.store.database, product.now() - timedelta(hours=1))["product:crooked"]
    assert (hour.skew_n, hour.skewed) == (5, 4)
    assert hour.skew_ms / 60_000 == pytest.approx(20 + 10 - 6 - 6, abs=1)


def test_late_early_and_unknown_events_are_told_apart(database: Database):
    noticing = a_noticing(database)
    calls = [
        did("report.created"),
        did("report.made"),
        did("report.created", at=MONDAY - timedelta(days=31)),
        did("report.created", at=MONDAY - timedelta(days=29)),
        did("report.created", at=MONDAY + timedelta(hours=1)),
        did("screen.viewed"),
        Identify(ids=ANA, at=MONDAY, key="k"),
    ]
    noticing.came(calls, {0}, MONDAY, ahead=AHEAD)
    noticing.flush()
    hour = the_hour(database)
    assert (hour.n, hour.refused, hour.unknown, hour.late, hour.future) == (6, 1, 1, 1, 1)


def test_nothing_is_written_before_the_flush_and_then_it_costs_a_handful_of_statements(database: Database):
    noticing = a_noticing(database)
    statements: list[str] = []
    sqlalchemy_event.listen(database.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    for n in range(200):
        noticing.came([did(f"event.{n % 40}", rows=n)], (), MONDAY, ahead=AHEAD)
    assert statements == []
    assert noticing.flush() == 40
    assert len(statements) < 10
    statements.clear()
    assert noticing.flush() == 0
    assert statements == []


def test_a_database_that_is_gone_for_a_moment_loses_no_count(database: Database, monkeypatch: pytest.MonkeyPatch):
    noticing = a_noticing(database)
    noticing.came([did("a.b", rows=1)], (), MONDAY, ahead=AHEAD)
    with monkeypatch.context() as gone:
        gone.setattr(catalogue, "learn", _fails)
        with pytest.raises(OSError, match="gone"):
            noticing.flush()
    noticing.came([did("a.b", rows="2"), did("a.c")], (), MONDAY + timedelta(minutes=1), ahead=AHEAD)
    noticing.flush()
    first, second = seen(database)
    assert (first.n, first.first, first.last, first.properties) == (
        2,
        MONDAY,
        MONDAY + timedelta(minutes=1),
        {"rows": {"number": 1, "string": 1}},
    )
    assert second.n == 1
    assert the_hour(database).n == 3


def _fails(*_: object) -> None:
    raise OSError("the disk is gone")


def test_a_source_that_makes_up_names_fills_nothing(database: Database):
    noticing = a_noticing(database)
    noticing.came([did(f"button-{n}", source="wild") for n in range(MOST_NAMES + 50)], (), MONDAY, ahead=AHEAD)
    noticing.came([did("calm")], (), MONDAY, ahead=AHEAD)
    noticing.flush()
    noticing.came([did("late-name", source="wild"), did("button-1", source="wild")], (), MONDAY, ahead=AHEAD)
    noticing.flush()
    wild = seen(database, "wild")
    assert len(wild) == MOST_NAMES
    assert sum(one.n for one in wild) == MOST_NAMES + 1
    assert len(seen(database, "product")) == 1
    assert the_hour(database, "wild").n == MOST_NAMES + 52


def test_of_properties_without_end_the_first_are_kept(database: Database):
    noticing = a_noticing(database)
    for start in (0, 60, 120):
        noticing.came([did("form.sent", **{f"field_{n}": n for n in range(start, start + 60)})], (), MONDAY, ahead=AHEAD)
        noticing.flush()
    [sent] = seen(database)
    assert len(sent.properties) == MOST_PROPERTIES
    assert "field_0" in sent.properties
    assert "field_119" not in sent.properties


def test_names_that_no_database_stores_are_kept_in_another_way(database: Database):
    noticing = a_noticing(database)
    for _ in range(2):
        noticing.came([did("nul\x00half\ud800", **{"pro\x00perty": 1})], (), MONDAY, ahead=AHEAD)
        noticing.flush()
    [odd] = seen(database)
    assert (odd.n, sum(odd.properties["pro\ufffdperty"].values())) == (2, 2)


VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.lists(st.integers(), max_size=2), st.just({})
)
EVENTS = st.builds(
    lambda name, source, minutes, properties: (did(name, source, **properties), minutes),
    st.sampled_from(["a", "b", "report.created"]),
    st.sampled_from(["product", "hook:stripe"]),
    st.integers(0, 300),
    st.dictionaries(st.sampled_from(["x", "y", "z"]), VALUES, max_size=3),
)
TYPES = {type(None): "null", bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(EVENTS, max_size=30), data=st.data())
def test_the_catalogue_is_what_was_sent_in_any_order_and_in_any_batches(database: Database, sent: Sequence[tuple[Track, int]], data: Any):
    with database.write() as connection:
        connection.exec_driver_sql("delete from event_catalogue")
        connection.exec_driver_sql("delete from event_volumes")
    processes = [a_noticing(database), a_noticing(database)]
    for call, minutes in data.draw(st.permutations(sent)):
        process = data.draw(st.sampled_from(processes))
        process.came([call], (), MONDAY + timedelta(minutes=minutes), ahead=AHEAD)
        if data.draw(st.booleans()):
            process.flush()
    for process in processes:
        process.flush()
    found = {(one.source, one.name): one for one in seen(database)}
    assert found == {(call.source, call.name): _expected(call, sent) for call, _ in sent}
    hours = Counter((call.source, MONDAY + timedelta(hours=minutes // 60)) for call, minutes in sent)
    assert {(one.source, one.hour): one.n for of in volumes(database, MONDAY).values() for one in of} == hours


def _expected(like: Track, sent: Sequence[tuple[Track, int]]) -> Seen:
    same = [(call, minutes) for call, minutes in sent if (call.source, call.name) == (like.source, like.name)]
    types: dict[str, Counter[str]] = {}
    for call, _ in same:
        for name, value in call.properties.items():
            types.setdefault(name, Counter())[TYPES[type(value)]] += 1
    moments = [MONDAY + timedelta(minutes=minutes) for _, minutes in same]
    return Seen(source=like.source, name=like.name, first=min(moments), last=max(moments), n=len(same), properties=types)


def test_a_batch_of_fifty_with_eleven_malformed_items_lets_the_others_in_and_names_each(product: Product):
    good = [{"type": "track", "userId": "eva", "event": "page.opened", "properties": {"n": n}} for n in range(50)]
    bad: list[Any] = [None, [], "x", {}, {"type": "dance"}, {"type": "track", "userId": "eva"}, {"type": "track", "event": "x"}]
    bad += [
        {**good[0], "timestamp": "yesterday"},
        {**good[0], "properties": 3},
        {**good[0], "userId": "u" * 300},
        {"type": "group", "userId": "eva"},
    ]
    places = {4 * n + 1: item for n, item in enumerate(bad)}
    answer = product.batch(*(places.get(n, item) for n, item in enumerate(good)))
    assert [one["index"] for one in answer["rejected"]] == sorted(places)
    assert all(one["code"] == "invalid_request" and one["message"] for one in answer["rejected"])
    assert [kept[2]["n"] for kept in product.kept("eva")] == [n for n in range(50) if n not in places]
    assert json.dumps(answer).count("eva") == 0
