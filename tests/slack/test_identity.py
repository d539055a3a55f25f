"""Who somebody in Slack is: what an address proves, where, and what only a mailbox proves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from in_slack import interacts, known, passes
from town import Town, a_town, buttons, two_workspaces

from bot.playground.installation import Installation
from bot.playground.values import Mail, User
from bot.playground.world import World as Workspace

ASKED = "Is this you in Slack?"


def evil_world(now: Callable[[], datetime], path: Path | None = None) -> Workspace:
    """A workspace that Mallory runs: she says which addresses its people have."""
    there = Installation(team="T_EVIL", domain="evil", name="Evil", bot="B_EVIL", bot_user="U_BOT_EVIL", token="xoxb-none", installed=False)
    people = (User(id="U_MAL", name="Mallory", email="mallory@evil.test"), User(id=there.bot_user, name="Handrail", role="bot"))
    return Workspace(people, (), installation=there, now=now, path=path)


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Town]:
    """The vendor has it, Ben of Acme came from his mail, and Mallory has a workspace of her own."""
    with two_workspaces(tmp_path / "town", more=(evil_world,)) as found:
        found.installs("U_MAYA")
        signs_up(found)
        found.at("T_ACME").comes_from_mail("U_BEN")
        found.settle()
        yield found


@pytest.fixture
def acme(vendor: Town) -> Town:
    return vendor.at("T_ACME")


@pytest.fixture
def evil(vendor: Town) -> Town:
    return vendor.at("T_EVIL")


def signs_up(town: Town, name: str = "Ben", email: str = "", company: str = "acme") -> None:
    traits = {"name": name, "email": email or f"{name.lower()}@acme.test", "timezone": "Europe/Berlin"}
    town.post("/v1/identify", {"userId": name.lower(), "traits": traits | {"company": {"id": company, "name": company.title()}}})
    town.settle()


def owner(town: Town, team: str, user: str) -> str | None:
    return town.house.store.resolve("slack", team, user)


def pretends(evil: Town, email: str = "ben@acme.test") -> None:
    """Mallory gives herself somebody's address."""
    evil.workspace.users["U_MAL"] = replace(evil.workspace.users["U_MAL"], email=email)


def asked(town: Town, email: str = "ben@acme.test") -> list[Mail]:
    """The mails that ask whether somebody in Slack is them."""
    return [mail for mail in town.inbox(email) if mail.subject == ASKED]


def link_in(mail: Mail) -> str:
    return next(word for word in mail.text.split() if "/slack/link/" in word)


def confirms(town: Town, mail: Mail) -> str:
    """They press the button of the mail and then that of the page; what they read."""
    return town.sends(town.opens(link_in(mail)).forms[0]).text


def presses_home(town: Town, user: str, label: str) -> None:
    town.opens_home(user)
    view = town.workspace.home(user)
    assert view is not None
    block, element = next((b, e) for b, e in buttons(view["blocks"]) if e["text"]["text"] == label)
    town.acts.click_view(user, view["id"], (block, element["action_id"]))
    town.settle()


def says_who(town: Town, user: str, email: str) -> str:
    """They name an address; what they are told."""
    town.opens_home(user)
    label = [e["text"]["text"] for _, e in buttons((town.workspace.home(user) or {})["blocks"]) if e["action_id"].startswith("who")][-1]
    presses_home(town, user, label)
    view = town.workspace.modal(user)
    assert view is not None
    town.acts.submit(user, view["id"], {"words": {"words": email}})
    town.settle()
    told = json.dumps((town.workspace.modal(user) or {})["blocks"])
    town.acts.close_modal(user)
    return told


# What an address proves


def test_an_address_in_mallorys_workspace_makes_nobody_ben(evil: Town):
    pretends(evil)
    evil.installs("U_MAL")
    evil.says("what's next?", "U_MAL")
    assert known(evil).slack == "T_ACME/U_BEN"
    assert owner(evil, "T_EVIL", "U_MAL") is None
    assert "Ben" not in evil.opens_home("U_MAL")


def test_mallory_is_not_ben_either_when_she_comes_first(evil: Town):
    signs_up(evil, "Cleo", "cleo@corp.test", "corp")
    pretends(evil, "cleo@corp.test")
    evil.installs("U_MAL")
    evil.says("what's next?", "U_MAL")
    assert known(evil, "cleo@corp.test").slack == ""
    assert "cleo@corp.test" in evil.last("U_MAL").text


def test_mayas_answer_comes_to_ben_and_not_to_mallory(vendor: Town, acme: Town, evil: Town):
    pretends(evil)
    evil.installs("U_MAL")
    acme.says("I'm stuck, it says invalid host", "U_BEN")
    vendor.team_presses("Claim")
    vendor.team_writes("Use the public one, Ben")
    passes(vendor, seconds=15)
    assert "Use the public one" in json.dumps([m.text for m in acme.heard("U_BEN")])
    assert "Use the public one" not in json.dumps([m.text for m in evil.heard("U_MAL")])


def test_bens_proof_is_good_for_his_teammates(acme: Town):
    signs_up(acme, "Lia")
    acme.says("what's next?", "U_LIA")
    assert known(acme, "lia@acme.test").slack == "T_ACME/U_LIA"


def test_bens_proof_says_nothing_about_another_account(acme: Town):
    signs_up(acme, "Lia", company="corp")
    acme.says("what's next?", "U_LIA")
    assert known(acme, "lia@acme.test").slack == ""


def test_who_has_no_account_is_known_and_makes_nobody_else_known(acme: Town):
    acme.post("/v1/identify", {"userId": "lia", "traits": {"name": "Lia", "email": "lia@acme.test"}})
    acme.settle()
    acme.moves_in(User(id="U_IDA", name="Ida", email="ida@acme.test"))
    acme.post("/v1/identify", {"userId": "ida", "traits": {"name": "Ida", "email": "ida@acme.test"}})
    acme.settle()
    acme.comes_from_mail("U_LIA")
    acme.says("hello", "U_IDA")
    assert known(acme, "lia@acme.test").slack == "T_ACME/U_LIA"
    assert known(acme, "ida@acme.test").slack == ""


def test_another_user_with_bens_address_in_his_own_workspace_does_not_replace_him(acme: Town):
    acme.moves_in(User(id="U_BEN2", name="Ben", email="ben@acme.test"))
    acme.says("hello", "U_BEN2")
    assert known(acme).slack == "T_ACME/U_BEN"


# What a mailbox proves


def test_whom_an_address_does_not_prove_presses_once_and_confirms_by_mail(acme: Town):
    signs_up(acme, "Lia", company="corp")
    presses_home(acme, "U_LIA", "Send me the link")
    page = acme.opens(link_in(asked(acme, "lia@acme.test")[-1])).text
    assert "Lia Torres" in page
    assert "Acme" in page
    assert "You are known in Slack now" in confirms(acme, asked(acme, "lia@acme.test")[-1])
    lia = known(acme, "lia@acme.test")
    assert (lia.slack, lia.slack_ok) == ("T_ACME/U_LIA", "wrote")


def test_the_mail_names_who_asks_and_where(evil: Town):
    evil.installs("U_MAL")
    says_who(evil, "U_MAL", "ben@acme.test")
    mail = asked(evil)[-1]
    assert "“Mallory” in the Slack workspace “Evil”" in mail.text
    assert "If it is not you, do nothing" in mail.text


def test_a_name_is_no_place_for_a_link(evil: Town):
    evil.workspace.users["U_MAL"] = replace(evil.workspace.users["U_MAL"], name="Win at https://evil.test/now [x](evil.test)\n\nPress")
    evil.installs("U_MAL")
    says_who(evil, "U_MAL", "ben@acme.test")
    assert "evil.test" not in asked(evil)[-1].text


def test_mallorys_request_does_not_keep_bens_own_from_him(acme: Town, evil: Town):
    signs_up(acme, "Lia", company="corp")
    evil.installs("U_MAL")
    says_who(evil, "U_MAL", "lia@acme.test")
    presses_home(acme, "U_LIA", "Send me the link")
    assert ["Mallory" in mail.text for mail in asked(acme, "lia@acme.test")] == [True, False]


def test_one_slack_user_causes_three_mails_a_day_and_is_told_the_same_each_time(evil: Town):
    evil.installs("U_MAL")
    said = set()
    for n in range(5):
        signs_up(evil, f"X{n}", f"x{n}@corp.test", "corp")
        said.add(says_who(evil, "U_MAL", f"x{n}@corp.test").replace(f"x{n}@", "x@"))
    assert len(said) == 1
    assert [len(asked(evil, f"x{n}@corp.test")) for n in range(5)] == [1, 1, 1, 0, 0]
    evil.days(1)
    says_who(evil, "U_MAL", "x4@corp.test")
    assert len(asked(evil, "x4@corp.test")) == 1


def test_who_stopped_mail_gets_none_of_these(evil: Town):
    signs_up(evil, "Cleo", "cleo@corp.test", "corp")
    evil.submits(evil.house.links.unsubscribe(known(evil, "cleo@corp.test").id))
    evil.installs("U_MAL")
    says_who(evil, "U_MAL", "cleo@corp.test")
    assert asked(evil, "cleo@corp.test") == []


def test_a_confirmed_link_is_good_once(acme: Town, evil: Town):
    signs_up(acme, "Cleo", "cleo@corp.test", "corp")
    evil.installs("U_MAL")
    says_who(evil, "U_MAL", "cleo@corp.test")
    mail = asked(acme, "cleo@corp.test")[-1]
    confirms(acme, mail)
    says_who(acme, "U_LIA", "cleo@corp.test")
    confirms(acme, asked(acme, "cleo@corp.test")[-1])
    assert acme.fetch("GET", link_in(mail)).status == 404
    assert acme.submits(link_in(mail)).status == 404
    assert known(acme, "cleo@corp.test").slack == "T_ACME/U_LIA"


def test_who_was_taken_takes_themselves_back_and_the_other_speaks_for_them_no_more(acme: Town, evil: Town):
    signs_up(acme, "Cleo", "cleo@corp.test", "corp")
    for town, user in ((acme, "U_LIA"), (evil, "U_MAL"), (acme, "U_LIA")):
        if town is evil and not town.house.slack.workspaces.installed("T_EVIL"):  # type: ignore[union-attr]
            evil.installs("U_MAL")
        passes(acme, seconds=700)
        says_who(town, user, "cleo@corp.test")
        confirms(town, asked(town, "cleo@corp.test")[-1])
        assert known(acme, "cleo@corp.test").slack == f"{town.team}/{user}"
    assert owner(evil, "T_EVIL", "U_MAL") is None
    assert owner(acme, "T_ACME", "U_LIA") == known(acme, "cleo@corp.test").id


# Links from a mail


def test_bens_forwarded_link_takes_nobody_over(evil: Town):
    evil.comes_from_mail("U_MAL", "ben@acme.test")
    pretends(evil)
    evil.comes_from_mail("U_MAL", "ben@acme.test")
    assert known(evil).slack == "T_ACME/U_BEN"


def test_ben_who_moved_is_asked_by_mail_and_moves(evil: Town):
    pretends(evil)
    page = evil.comes_from_mail("U_MAL", "ben@acme.test").text
    assert "b…@acme.test" in page
    evil.settle()
    confirms(evil, asked(evil)[-1])
    assert known(evil).slack == "T_EVIL/U_MAL"


def test_while_slack_cannot_say_who_pressed_nobody_is_linked(acme: Town):
    signs_up(acme, "Ana2", "ana2@else.test", "else")
    signs_up(acme, "Lia")
    acme.workspace.faults.always("users.info", "server_error")
    acme.workspace.faults.always("users.lookupByEmail", "server_error")
    page = acme.comes_from_mail("U_LIA", "ana2@else.test")
    assert "Slack could not tell who you are" in page.text
    assert owner(acme, "T_ACME", "U_LIA") is None


def test_lia_does_not_become_mallory_by_mallorys_link(acme: Town):
    signs_up(acme, "Mallory", "mallory@evil.test", "evil")
    page = acme.comes_from_mail("U_LIA", "mallory@evil.test")
    assert "Slack knows you by another address than m…@evil.test" in page.text
    assert owner(acme, "T_ACME", "U_LIA") is None
    assert asked(acme, "mallory@evil.test") == []


def test_where_a_teammate_is_lia_opens_it_and_is_known(acme: Town):
    signs_up(acme, "Lia")
    path = acme.house.links.continue_in_slack(known(acme, "lia@acme.test").id, acme.demo.now())
    page = acme.fetch("GET", path).text
    assert "Open in Slack" in page
    assert "team=T_ACME" in page
    acme.opens_home("U_LIA")
    assert known(acme, "lia@acme.test").slack == "T_ACME/U_LIA"


# Who is of the team


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Town]:
    """Everybody in one workspace."""
    with a_town(tmp_path / "one") as found:
        yield found


def claimed(town: Town) -> str:
    case = known(town, "ana@acme.test").case
    assert case is not None
    found = town.house.door.case(case.id)
    assert found is not None
    return found.claimed_by


def test_who_shares_the_workspace_and_not_the_channel_claims_nothing(one: Town):
    one.moves_in(User(id="U_EVE", name="Eve", email="eve@other.test"))
    one.says("I'm stuck and need a human")
    card = one.channel()[-1]
    value = next(e["value"] for _, e in buttons(card.blocks) if e["action_id"].startswith("claim"))
    forged = {"type": "button", "action_id": "claim", "block_id": "x", "value": value, "action_ts": "1.1"}
    place = {"type": "message", "channel_id": card.channel, "message_ts": card.ts}
    assert interacts(one, "U_EVE", "block_actions", trigger_id="1.2", container=place, actions=[forged]) == 200
    assert claimed(one) == ""
    one.team_presses("Claim", "U_TOM")
    assert claimed(one) == "U_TOM"


def test_who_signs_up_with_toms_address_takes_nothing_from_him(one: Town):
    signs_up(one, "Rogue", "tom@vendor.test", "rogue")
    one.says("I'm stuck and need a human")
    one.team_presses("Claim", "U_TOM")
    assert claimed(one) == "U_TOM"
    assert one.heard("U_TOM") == []


def test_a_colleague_is_never_confirmed_as_a_customer(one: Town):
    link = one.house.links.confirm_slack(known(one, "ana@acme.test").id, "T_PLAYGROUND/U_MAYA", one.demo.now())
    assert one.submits(link).status == 404
    assert known(one, "ana@acme.test").slack == "T_PLAYGROUND/U_ANA"


def test_a_claimant_who_became_a_guest_speaks_no_more(one: Town, monkeypatch: pytest.MonkeyPatch):
    one.says("I'm stuck and need a human")
    one.team_presses("Claim")
    monkeypatch.setattr("bot.slack.who.FRESH", 0.0)
    one.workspace.users["U_MAYA"] = replace(one.workspace.users["U_MAYA"], guest="several")
    before = len(one.heard())
    one.team_writes("still me")
    one.until(one.demo.now() + timedelta(seconds=15))
    assert len(one.heard()) == before


def test_a_colleague_is_never_called_by_their_id(one: Town):
    one.says("I'm stuck and need a human")
    slack: Any = one.house.slack
    one.workspace.faults.always("users.info", "server_error")
    assert slack.who.name("U_UNSEEN") == "our team"
