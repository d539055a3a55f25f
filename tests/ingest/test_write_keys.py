"""Keys: one for each source, named, kept as hashes, taken back within seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.keys import STALE_AFTER, Keys, issue
from storage.keys import KeyStore
from storage.store import Store, open_store
from tests.commands.conftest import Handrail, handrail  # noqa: F401 - a fixture
from tests.ingest.conftest import Product

TRACK = {"userId": "ana", "event": "report.opened"}
WRONG = {"success": False, "code": "invalid_write_key", "message": "the write key is missing or wrong"}


class Clocks:
    """A monotonic clock and a machine clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def tick(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=self.seconds)


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    found = open_store(f"sqlite:///{tmp_path_factory.mktemp('keys')}/handrail.db")
    yield found
    found.close()


# Showing a key


def test_the_key_may_stand_in_the_header_in_the_body_or_in_every_item(product: Product):
    item = {"type": "track", **TRACK}
    for path, body in (
        ("/v1/track", TRACK | {"writeKey": product.key}),
        ("/v1/batch", {"batch": [item], "writeKey": product.key}),
        ("/v1/batch", {"batch": [item | {"writeKey": product.key}] * 2}),
    ):
        answer = product.tells(path, body, key=None)
        assert (answer.status, answer.json) == (200, {"success": True})


def test_a_wrong_key_is_refused_wherever_it_stands(product: Product):
    item = {"type": "track", **TRACK}
    for path, body, key in (
        ("/v1/track", TRACK, None),
        ("/v1/track", "nonsense", None),
        ("/v1/track", TRACK | {"writeKey": "wrong"}, None),
        ("/v1/track", TRACK | {"writeKey": ["x"]}, None),
        ("/v1/track", TRACK | {"writeKey": product.key}, "wrong"),
        ("/v1/batch", {"batch": [item | {"writeKey": product.key}, item | {"writeKey": "other"}]}, None),
        ("/v1/batch", {"batch": [], "writeKey": {}}, None),
        ("/v1/batch", {"batch": []}, None),
    ):
        answer = product.tells(path, body, key=key)
        assert (answer.status, answer.json) == (401, WRONG)


def test_what_came_with_a_key_of_its_own_says_so_until_it_is_revoked(product: Product):
    website = product.given("website")
    said = {"userId": "wanda", "event": "report.opened"}
    product.until_answered(200, "/v1/track", said, website)
    assert product.kept("wanda")[-1][0] == "product:website"
    product.revoked("website")
    product.until_answered(401, "/v1/track", said, website)


def test_the_same_message_id_from_two_sources_is_two_messages(store: Store):
    kept = KeyStore(store.database)
    names = ("website", "backend")
    texts = []
    for name in names:
        new = issue(name, "write")
        assert kept.add(new.key)
        texts.append(new.text)
    keys = Keys(kept, "own")
    assert [keys.source(text) for text in texts] == ["product:website", "product:backend"]


# Taking it back


def test_a_key_that_is_revoked_opens_nothing_within_seconds(store: Store):
    clocks, kept, new = Clocks(), KeyStore(store.database), issue("website", "write")
    assert kept.add(new.key)
    keys = Keys(kept, "own", tick=clocks.tick, clock=clocks.now)
    assert keys.source(new.text) == "product:website"
    assert kept.revoke("website", clocks.now())
    clocks.seconds += STALE_AFTER
    assert keys.source(new.text) is None
    again = issue("website", "write")
    assert kept.add(again.key)
    clocks.seconds += STALE_AFTER
    assert keys.source(again.text) == "product:website"


def test_a_key_to_read_with_sends_nothing_and_the_other_way_round(store: Store):
    kept = KeyStore(store.database)
    reads, writes = issue("app", "read"), issue("backend", "write")
    assert kept.add(reads.key)
    assert kept.add(writes.key)
    keys = Keys(kept, "own")
    assert (keys.source(reads.text), keys.source(reads.text, "read")) == (None, "product:app")
    assert (keys.source(writes.text, "read"), keys.source("own", "read"), keys.source("")) == (None, None, None)


def test_when_a_key_was_last_used_is_known_to_the_hour(store: Store):
    clocks, kept, new = Clocks(), KeyStore(store.database), issue("website", "write")
    assert kept.add(new.key)
    keys = Keys(kept, "own", tick=clocks.tick, clock=clocks.now)
    seen = []
    for seconds in (0, 600, 3_000, 600):
        clocks.seconds += seconds
        keys.source(new.text)
        [key] = kept.all()
        assert key.last_used_at is not None
        seen.append((key.last_used_at - Clocks().now()).total_seconds())
    assert seen == [0, 0, 3_600, 3_600]


def test_nobody_reads_a_key_from_the_database(store: Store):
    new = issue("website", "write")
    assert KeyStore(store.database).add(new.key)
    with store.database.read() as connection:
        rows = connection.exec_driver_sql("select * from write_keys").all()
    assert new.text not in str(rows)
    assert new.text not in repr(new.key)


# By hand


def test_maya_makes_a_key_sees_it_once_and_takes_it_back(handrail: Handrail):  # noqa: F811
    made = json.loads(handrail("keys", "add", "website", "--json").out)
    assert (made["name"], made["scope"], made["key"][:4]) == ("website", "write", "hrw_")
    assert handrail("keys", "add", "reader", "--read").out.startswith("hrr_")
    listed = handrail("keys", "list")
    assert made["key"] not in listed.out
    assert "website" in listed.out
    assert [one["name"] for one in json.loads(handrail("keys", "list", "--json").out)] == ["reader", "website"]
    assert "opens nothing" in handrail("keys", "revoke", "website").out
    assert "revoked" in handrail("keys", "list").out
    assert handrail("keys", "add", "website").code == 0


def test_a_name_is_given_once_and_is_a_plain_word(handrail: Handrail):  # noqa: F811
    assert handrail("keys", "add", "website").code == 0
    twice = handrail("keys", "add", "website")
    assert (twice.code, "already" in twice.err) == (1, True)
    for name in ("Website", "a b", "x" * 41, "-a", "a:b", ""):
        assert handrail("keys", "add", "--", name).code == 1
    gone = handrail("keys", "revoke", "nobody")
    assert (gone.code, gone.err.strip()) == (1, "No key called nobody is in use.")
