"""Two workspaces: the card, its thread and the desk are with the vendor; what passes between crosses over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from in_slack import passes, resolves
from town import BOT, Town, two_workspaces


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The vendor's workspace, and Acme's beside it; both have installed the app, and Ben has signed up."""
    with two_workspaces(tmp_path_factory.mktemp("two")) as found:
        found.workspace.users["U_MAYA"] = replace(found.workspace.users["U_MAYA"], image="https://faces.example.com/maya.png")
        found.installs("U_MAYA")
        acme = found.at("T_ACME")
        traits = {"name": "Ben Sato", "email": "ben@acme.test", "timezone": "Europe/Berlin", "company": {"id": "acme", "name": "Acme GmbH"}}
        found.post("/v1/identify", {"userId": "ben", "traits": traits})
        acme.comes_from_mail("U_BEN")
        found.settle()
        yield found


@pytest.fixture
def acme(vendor: Town) -> Town:
    return vendor.at("T_ACME")


def open_case(vendor: Town, acme: Town) -> None:
    """Ben is stuck, unless he is already, and Maya has his case."""
    acme.says("I'm stuck, the host is unknown", "U_BEN")
    if any(e.get("text", {}).get("text") == "Claim" for b in vendor.channel()[-1].blocks if b["type"] == "actions" for e in b["elements"]):
        vendor.team_presses("Claim")


def test_bens_words_come_to_the_vendors_thread_and_mayas_to_him_under_her_name_and_face(vendor: Town, acme: Town):
    open_case(vendor, acme)
    acme.says("it worked yesterday", "U_BEN")
    assert "it worked yesterday" in vendor.thread()[-1].text
    vendor.team_writes("Which port do you use?")
    passes(vendor, seconds=11)
    heard = acme.last("U_BEN")
    assert (heard.username, heard.icon, heard.text) == ("Maya Chen", "https://faces.example.com/maya.png", "Which port do you use?")
    assert vendor.thread()[-1].reactions == {"white_check_mark": [BOT]}


def test_where_acme_did_not_allow_names_hers_stands_in_the_text(vendor: Town, acme: Town):
    open_case(vendor, acme)
    scopes = acme.workspace.scopes
    acme.workspace.grants.narrow(*(scope for scope in scopes if scope != "chat:write.customize"))
    vendor.team_writes("Try 5432.")
    passes(vendor, seconds=11)
    acme.workspace.grants.narrow(*scopes)
    heard = acme.last("U_BEN")
    assert (heard.username, heard.text) == (None, "*Maya Chen* writes:\n> Try 5432.")


def test_files_cross_both_ways_with_the_token_of_each_side(vendor: Town, acme: Town):
    open_case(vendor, acme)
    card = vendor.channel()[-1]
    vendor.acts.share_file("U_MAYA", card.channel, "steps.pdf", b"%PDF for Ben", "page 2", thread_ts=card.ts)
    passes(vendor, seconds=11)
    [there] = acme.heard("U_BEN")[-1].files
    passed = acme.workspace.file(there)
    assert passed is not None
    assert (passed.name, passed.data) == ("steps.pdf", b"%PDF for Ben")
    acme.acts.share_file("U_BEN", "U_BEN", "log.txt", b"connection refused", "my log")
    vendor.settle()
    back = [vendor.workspace.file(one) for message in vendor.thread() for one in message.files if message.user == BOT]
    assert [(one.name, one.data) for one in back if one] == [("log.txt", b"connection refused")]


def test_without_the_scope_for_files_both_sides_hear_of_it(vendor: Town, acme: Town):
    open_case(vendor, acme)
    scopes = acme.workspace.scopes
    acme.workspace.grants.narrow(*(scope for scope in scopes if not scope.startswith("files:")))
    acme.acts.share_file("U_BEN", "U_BEN", "log2.txt", b"connection refused", "my other log")
    vendor.settle()
    acme.workspace.grants.narrow(*scopes)
    assert any("my other log" in m.text for m in vendor.thread())
    assert any("log2.txt was not passed on" in m.text for m in vendor.thread())
    assert acme.last("U_BEN").text.startswith("I couldn't pass on log2.txt.")


def test_somebody_of_acme_who_presses_changes_nothing_in_the_vendors_cases(vendor: Town, acme: Town):
    open_case(vendor, acme)
    acme.acts.command("U_LIA", "/onboarding case ben@acme.test")
    assert acme.whispers("U_LIA")[-1].text == "This is for the people of our team. Nothing was changed."


def test_the_desk_is_drawn_in_the_vendors_workspace(vendor: Town, acme: Town):
    open_case(vendor, acme)
    vendor.opens_home("U_MAYA")
    assert "Ben Sato" in json.dumps(vendor.workspace.home("U_MAYA"))
    resolves(vendor)
    assert "we asked whether it is solved" in json.dumps(vendor.workspace.home("U_MAYA"))
    acme.presses("Yes", "U_BEN")
