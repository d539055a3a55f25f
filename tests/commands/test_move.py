"""`handrail move`: a colleague chooses the playbook, and says what followed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from stories import LITTLE, MONDAY, a_text

from bot.handle import handle
from flows.events import Joined, Traits
from flows.reading import read_playbooks
from storage.reports import Reports
from storage.store import open_store
from tests.commands.conftest import Handrail

BIG = a_text(LITTLE.replace("playbook: little", "playbook: big"), enroll_when="account.employees >= 100", ends="3600 days")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "little.yaml").write_text(a_text(ends="3600 days"), encoding="utf-8")
    (tmp_path / "playbooks" / "big.yaml").write_text(BIG, encoding="utf-8")
    store = open_store(f"sqlite:///{tmp_path}/handrail.db")
    who = store.identify([("external", "", "u1"), ("email", "", "ana@acme.test")])
    playbooks, _ = read_playbooks([tmp_path / "playbooks"])
    known = Traits(source="t", key="1", who=who, at=MONDAY, person={"name": "Ana Ruiz", "email": "ana@acme.test"}, account_id=None)
    handle(store, playbooks, [known, Joined(source="t", key="2", who=who, at=MONDAY)], MONDAY)
    store.close()
    return tmp_path


def on(project: Path) -> str:
    store = open_store(f"sqlite:///{project}/handrail.db")
    person = Reports(store.database).find_person("ana@acme.test")
    store.close()
    assert person is not None
    assert person.journey is not None
    return person.journey.playbook


def test_ana_is_moved_and_comes_back_when_the_choice_is_lifted(project: Path, handrail: Handrail) -> None:
    said = handrail("move", "ana@acme.test", "big")
    assert said.out.strip() == "Ana Ruiz is on big now, and was on little."
    assert on(project) == "big"
    told = json.loads(handrail("move", "ana@acme.test", "--back", "--json").out)
    assert (told["was"], told["playbook"], told["moved"]) == ("big", "little", True)


def test_what_cannot_be_chosen_is_refused_in_a_line(project: Path, handrail: Handrail) -> None:
    assert "did you mean big?" in handrail("move", "ana@acme.test", "bigg").err
    assert "smb takes nobody" in handrail("move", "ana@acme.test", "smb").err
    assert "Nobody is known as 'zoe'" in handrail("move", "zoe", "big").err
    assert "belongs to no account" in handrail("move", "ana@acme.test", "big", "--account").err
    assert on(project) == "little"
