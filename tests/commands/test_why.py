"""`handrail why`: somebody's story with its reasons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from stories import MONDAY

from bot.handle import handle
from flows.events import CaseAssigned, CaseSnoozed, CsmTookBack, Joined, ProductEvent, SaysStuck, Tick, Traits
from flows.library import SHIPPED
from flows.reading import read_playbooks
from storage.store import open_store


@pytest.fixture
def ana(tmp_path: Path) -> str:
    """Ana joined on Monday, connected a source, and got stuck on Tuesday."""
    playbooks, _ = read_playbooks([SHIPPED])
    store = open_store(f"sqlite:///{tmp_path}/handrail.db")
    who = store.identify([("external", "", "u1"), ("email", "", "ana@acme.test")])
    common = {"source": "product", "who": who}
    known = {"external_id": "u1", "name": "Ana Ruiz", "email": "ana@acme.test", "timezone": "Europe/Berlin"}
    tuesday = MONDAY + timedelta(days=1)
    acme = store.account_for("external", "Acme")
    moments = [
        (MONDAY, Traits(**common, key="1", at=MONDAY, person=known, account={"plan": "team", "employees": 12}, account_id=acme)),
        (MONDAY, Joined(**common, key="2", at=MONDAY)),
        (tuesday, Tick(source="clock", key="3", who=who, at=tuesday)),
        (tuesday, ProductEvent(**common, key="4", at=MONDAY + timedelta(hours=2), name="source.connected")),
        (tuesday, SaysStuck(source="slack", key="5", who=who, at=tuesday, text="it says [invalid] host")),
        (tuesday, Tick(source="clock", key="6", who=who, at=tuesday)),
    ]
    for now, event in moments:
        handle(store, playbooks, [event], now)
    store.close()
    return who


def test_every_event_decision_and_message_is_told_in_order(handrail: Callable[..., Any], ana: str) -> None:
    said = handrail("why", "ANA@acme.test")
    assert said.code == 0
    told = [
        "Ana Ruiz · ana@acme.test · u1 · Europe/Berlin",
        "On their way through smb",
        "a case is open",
        "● Mon 2 Mar 2026",
        "11:00 joined",
        "enrol entered: smb: account.employees < 100",
        "sequence.welcome said",
        "✉ welcome → email pending",
        "● Tue 3 Mar 2026",
        "sequence.day1 said",
        "source.connected product, happened Mon 2 Mar 13:00",
        "step.connect_source done",
        "is stuck: it says [invalid] host slack",
        "case.asked opened",
        "✉ case_card → case by",
    ]
    places = [said.words.index(line) for line in told]
    assert places == sorted(places)
    assert ana not in said.out


@pytest.mark.usefixtures("ana")
def test_wakes_at_which_nothing_changed_are_counted_and_not_told(handrail: Callable[..., Any]) -> None:
    assert handrail("why", "u1").out.rstrip().endswith("1 wake at which nothing changed is left out.")


def test_a_program_gets_every_event_as_json(handrail: Callable[..., Any], ana: str) -> None:
    told = handrail("why", ana, "--json").json
    assert [event["kind"] for event in told] == ["Traits", "Joined", "Tick", "ProductEvent", "SaysStuck", "Tick"]
    assert told[1]["messages"][0]["message"] == "welcome"


@pytest.mark.usefixtures("ana")
def test_a_stranger_is_one_line(handrail: Callable[..., Any]) -> None:
    said = handrail("why", "bo@acme.test")
    assert said.err == "Nobody is known as 'bo@acme.test'; an e-mail address or an external id is needed.\n"


def test_asking_before_anybody_came_makes_no_database(handrail: Callable[..., Any], tmp_path: Path) -> None:
    assert handrail("why", "u1").code == 1
    assert not (tmp_path / "handrail.db").exists()


def test_what_colleagues_do_is_told_in_words(handrail: Callable[..., Any], ana: str, tmp_path: Path) -> None:
    playbooks, _ = read_playbooks([SHIPPED])
    store = open_store(f"sqlite:///{tmp_path}/handrail.db")
    at, maya = MONDAY + timedelta(days=1, hours=1), {"by": "U_MAYA", "name": "Maya Chen"}
    common: dict[str, Any] = {"source": "slack", "who": ana, "at": at, "case": f"{ana}.1", **maya}
    handle(store, playbooks, [CaseAssigned(key="7", to="U_TOM", to_name="Tom Okafor", **common)], at)
    handle(store, playbooks, [CaseSnoozed(key="8", until=at + timedelta(days=1), **common)], at)
    handle(store, playbooks, [CsmTookBack(key="9", reply="none", **common)], at)
    store.close()
    said = handrail("why", "u1")
    for line in ("case given to: Tom Okafor, by Maya Chen", "case put aside until: 2026-03-04T11:00", "CSM takes back what they wrote"):
        assert line in said.words
