"""`handrail events`: CS operations read what the product really sends, and find the event that nobody names or nobody sends."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from houses import write_little
from stories import MONDAY

from bot.ingest.calls import Track
from bot.ingest.guarding import Guards
from bot.ingest.noticing import Noticing
from bot.knowing import Ids
from bot.shelf import read_books
from bot.world import World
from storage.outbox import Outbox
from storage.store import open_store
from tests.commands.conftest import Handrail


class Told:
    """What the product told, and the command line in the project of whoever asks."""

    def __init__(self, folder: Path, handrail: Handrail) -> None:
        self.handrail = handrail
        write_little(folder)
        books, problems = read_books(folder)
        assert not problems
        self.books, self.url = books, f"sqlite:///{folder.parent}/handrail.db"

    def sends(self, name: str, source: str = "product", *, at: datetime = MONDAY, **properties: Any) -> None:
        store = open_store(self.url)
        noticing = Noticing(store.database, lambda: self.books.playbooks)
        call = Track(ids=Ids(external="ana"), at=at, key="k", source=source, name=name, properties=properties)
        noticing.came([call], (), at, ahead=timedelta(minutes=1))
        noticing.flush()
        store.close()

    def events(self, *arguments: str) -> dict[str, Any]:
        found = self.handrail("events", "--json", *arguments)
        assert found.code == 0, found.err
        return {row["event"]: row for row in found.json}


@pytest.fixture
def told(handrail: Handrail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setenv("HANDRAIL_PROJECT", str(tmp_path / "project"))
    return Told(tmp_path / "project", handrail)


def test_each_event_is_told_with_its_source_its_days_its_playbooks_and_its_properties(told: Told):
    told.sends("report.created", rows=40, title="March")
    told.sends("report.created", at=MONDAY + timedelta(days=2), rows="forty")
    row = told.events()["report.created"]
    assert (row["source"], row["n"], row["known"], row["playbooks"]) == ("product", 2, True, ["little"])
    assert (row["first_seen"][:10], row["last_seen"][:10]) == ("2026-03-02", "2026-03-04")
    assert row["properties"] == {"title": {"string": 1}, "rows": {"number": 1, "string": 1}}
    words = told.handrail("events").words
    assert "report.created product 2 2026-03-02 2026-03-04 little" in words
    assert "rows number or string" in words
    assert "March" not in words


@pytest.mark.parametrize("name", ["report.create", "Report Created", "reportCreated", "report_created"])
def test_a_name_that_is_nearly_right_is_told_with_the_one_that_was_meant(told: Told, name: str):
    told.sends(name)
    row = told.events()[name]
    assert (row["known"], row["meant"]) == (False, "report.created")
    assert f"{name}: did you mean report.created?" in told.handrail("events").out


def test_what_a_playbook_names_and_nobody_ever_sent_is_told(told: Told):
    told.sends("report.created")
    rows = told.events()
    assert rows["member.invited"]["n"] == 0
    assert rows["member.invited"]["source"] is None
    assert "member.invited: never seen; little names it" in told.handrail("events").out


def test_only_what_no_playbook_names_can_be_asked_for(told: Told):
    told.sends("report.created")
    assert "Every event that came in is named by a playbook." in told.handrail("events", "--unknown").out
    told.sends("theme.changed")
    told.sends("screen.viewed")
    assert {*told.events("--unknown")} == {"theme.changed"}
    assert told.events("--unknown")["theme.changed"]["meant"] == ""


def test_one_source_can_be_asked_for_and_a_wrong_one_is_told_in_a_line(told: Told):
    told.sends("report.created")
    told.sends("price.seen", "product:website")
    assert {*told.events("--source", "product:website")} == {"price.seen"}
    wrong = told.handrail("events", "--source", "product:web")
    assert (wrong.code, wrong.err) == (1, "Nothing came from product:web, did you mean product:website?\n")


def test_before_anything_came_it_is_told_how_to_send(told: Told):
    assert told.handrail("events").err.startswith("There is no database")
    open_store(told.url).close()
    said = told.handrail("events")
    assert said.code == 0
    assert "No event came in yet." in said.out
    assert told.handrail("events", "--json").json[0]["n"] == 0


def test_the_doctor_has_a_line_for_a_source_that_looks_wrong(told: Told):
    told.sends("report.created")
    lines = {one["check"]: one for one in told.handrail("doctor", "--json").json}
    assert lines["events in"]["result"] == "ok"
    store = open_store(told.url)
    noticing = Noticing(store.database, lambda: told.books.playbooks)
    noticing.refused("product", 30, MONDAY)
    noticing.flush()
    guards = Guards(store.database, Outbox(store.database), World(), lambda: told.books.playbooks, lambda: told.books.words)
    guards.look(MONDAY)
    store.close()
    lines = {one["check"]: one for one in told.handrail("doctor", "--json").json}
    assert lines["from product"]["result"] == "wrong"
    assert lines["from product"]["seen"] == "much of it is refused since 2026-03-02 10:00 UTC"
    assert "events in" not in lines
