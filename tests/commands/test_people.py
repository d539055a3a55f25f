"""`handrail people`: who is who, two who are one, and one who is two."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from stories import MONDAY

from bot.handle import handle
from flows.events import AnyEvent, Joined, ProductEvent, Traits
from flows.library import SHIPPED
from flows.reading import read_playbooks
from storage.store import Store, open_store
from tests.commands.conftest import Handrail


@contextmanager
def opened(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/handrail.db")
    yield store
    store.close()


def told(store: Store, *events: AnyEvent) -> None:
    playbooks, _ = read_playbooks([SHIPPED])
    handle(store, playbooks, events, MONDAY)


@pytest.fixture
def both(tmp_path: Path) -> tuple[str, str]:
    """Ana, and a visitor who is her too."""
    with opened(tmp_path) as store:
        ana = store.identify([("external", "", "u1"), ("email", "", "ana@acme.test")])
        known = {"name": "Ana Ruiz", "email": "ana@acme.test"}
        told(store, Traits(source="t", key="1", who=ana, at=MONDAY, person=known), Joined(source="t", key="2", who=ana, at=MONDAY))
        visitor = store.identify([("anonymous", "", "a-1")])
        told(store, ProductEvent(source="t", key="3", who=visitor, at=MONDAY, name="source.connected"))
        return ana, visitor


def who_is(tmp_path: Path, anonymous: str) -> str | None:
    with opened(tmp_path) as store:
        return store.resolve("anonymous", "", anonymous)


@pytest.mark.usefixtures("both")
def test_without_yes_it_is_only_said_what_would_happen(handrail: Handrail, tmp_path: Path, both: tuple[str, str]) -> None:
    said = handrail("people", "merge", "a-1", "ana@acme.test")
    assert "becomes part of Ana Ruiz · ana@acme.test · u1. 1 id and all that was done under it go along." in said.words
    assert said.out.endswith("Nothing was changed. Say --yes to do it.\n")
    assert who_is(tmp_path, "a-1") == both[1]


def test_a_colleague_merges_two_and_splits_them_again(handrail: Handrail, tmp_path: Path, both: tuple[str, str]) -> None:
    ana, visitor = both
    assert handrail("people", "merge", "a-1", "ana@acme.test", "--yes").out.endswith("Done.\n")
    assert who_is(tmp_path, "a-1") == ana
    told_of = handrail("people", "ids", "u1").words
    assert "anonymous a-1 came with a merge" in told_of
    assert "merged with" in told_of
    assert "Both are again who they would be without that. 1 id goes back." in handrail("people", "split", "ana@acme.test").words
    assert who_is(tmp_path, "a-1") == ana
    assert handrail("people", "split", "ana@acme.test", "--yes").out.endswith("Done.\n")
    assert who_is(tmp_path, "a-1") == visitor
    assert "undone" in handrail("people", "ids", "u1").words


def test_a_program_reads_who_is_who(handrail: Handrail, both: tuple[str, str]) -> None:
    ana, visitor = both
    assert handrail("people", "merge", ana, visitor, "--yes", "--json").json == {"done": True, "kept": ana, "gone": visitor}
    found = handrail("people", "ids", visitor, "--json").json
    assert found["id"] == ana
    assert {(one["kind"], one["value"]) for one in found["ids"]} == {("external", "u1"), ("email", "ana@acme.test"), ("anonymous", "a-1")}
    assert [one["gone"] for one in found["merges"]] == [visitor]


@pytest.mark.usefixtures("both")
def test_two_with_external_ids_and_nobody_are_refused_in_one_line(handrail: Handrail, tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.identify([("external", "", "u2")])
    assert handrail("people", "merge", "u1", "u2", "--yes").err == "They can't be merged: they have different external ids.\n"
    assert "Nobody is known as 'zoe'" in handrail("people", "ids", "zoe").err
    assert handrail("people", "split", "u1").err == "Ana Ruiz is not made of two: no merge of theirs holds.\n"


def test_why_tells_of_the_merge_and_of_both_histories(handrail: Handrail, both: tuple[str, str]) -> None:
    handrail("people", "merge", *both, "--yes")
    said = handrail("why", "ana@acme.test").words
    assert "source.connected" in said
    assert "is said to be somebody we know by another name too" in said
    assert "turned out to be somebody else we know" in said
