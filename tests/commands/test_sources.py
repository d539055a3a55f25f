"""`handrail sources`: which systems may tell us things, and what one of their payloads would become."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Handrail
from tests.hooks.payloads import hubspot_change, hubspot_signed


@pytest.fixture
def hubspot(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (project / "sources").mkdir()
    (project / "sources" / "hubspot.yaml").write_text("source: hubspot\nkind: hubspot\nsecret: HUBSPOT_SECRET\n")
    monkeypatch.setenv("HANDRAIL_PROJECT", str(project))
    monkeypatch.setenv("HANDRAIL_BASE_URL", "https://hello.example.com")
    return project


def test_a_project_without_sources_is_told_where_to_begin(handrail: Handrail, project: Path) -> None:
    assert "sources/" in handrail("sources", "--project", str(project)).out


@pytest.mark.usefixtures("hubspot")
def test_a_source_says_its_address_and_what_it_still_needs(handrail: Handrail, monkeypatch: pytest.MonkeyPatch) -> None:
    off = handrail("sources").words
    assert "https://hello.example.com/v1/hooks/hubspot" in off
    assert "off: set HUBSPOT_SECRET" in off
    assert "never heard" in off
    monkeypatch.setenv("HUBSPOT_SECRET", "a secret")
    (row,) = handrail("sources", "--json").json
    assert (row["state"], row["kind"], row["events"], row["last_heard"]) == ("on", "hubspot", 0, None)


@pytest.mark.usefixtures("hubspot")
def test_what_a_payload_would_become_is_said_and_not_done(handrail: Handrail, tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text(json.dumps([hubspot_signed(), hubspot_change(1, "numberofemployees", "250"), {"subscriptionType": "deal.creation"}]))
    said = handrail("sources", "try", "hubspot", str(file))
    assert said.code == 0
    for line in ("1 of 3", "contract.signed", "email: ana@acme.test", "plan: team, employees: 250", "they join", "no rule holds"):
        assert line in said.words, line
    first, second, third = handrail("sources", "try", "hubspot", str(file), "--json").json
    assert first["joins"]
    assert second["company"]["traits"] == {"employees": 250}
    assert third is None


@pytest.mark.usefixtures("hubspot")
def test_a_source_that_is_not_there_and_a_file_that_is_no_json_are_one_line(handrail: Handrail, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    assert "did you mean hubspot?" in handrail("sources", "try", "hubspto", str(tmp_path / "x.json")).err
    assert "not JSON" in handrail("sources", "try", "hubspot", str(tmp_path / "x.json")).err


def test_check_names_what_is_wrong_in_a_source(handrail: Handrail, hubspot: Path) -> None:
    (hubspot / "sources" / "more.yaml").write_text("source: more\nkind: webhook\nsecret: S\ntakes:\n  - {evnt: x}\n")
    found = handrail("check", str(hubspot))
    assert found.code == 1
    assert "acme/sources/more.yaml:5: unknown key `evnt`, did you mean event?" in found.out
