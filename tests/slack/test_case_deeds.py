"""What a colleague does with a case: gives it away, puts it aside, resolves it, ticks a step, pauses the bot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from in_slack import chooses, dialog, done, interacts, newcomer, passes, person, picks, resolves
from town import Town, a_town, buttons

from bot.playground.values import User

ROSTER = """
assign: round_robin
csms:
  - {csm: U_MAYA, name: Maya Chen, email: maya@vendor.test, zone: Europe/Berlin, max_open_cases: 100}
  - {csm: U_TOM, name: Tom Okafor, email: tom@vendor.test, zone: Europe/London, max_open_cases: 2}
"""


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town whose project says who takes cases."""
    project = tmp_path_factory.mktemp("project")
    (project / "csms.yaml").write_text(ROSTER)
    with a_town(tmp_path_factory.mktemp("staffed"), project) as found:
        yield found


def case_of(town: Town, user: str) -> Any:
    ref = person(town, user).case
    assert ref is not None
    subject = town.house.door.view_case(ref.id)
    assert subject is not None
    assert subject.case is not None
    return subject.case


def labels(town: Town) -> list[str]:
    """What can be done on the latest card, in order."""
    row = next(b for b in town.channel()[-1].blocks if b["type"] == "actions")
    return [(e.get("text") or e.get("placeholder") or {"text": "More"})["text"] for e in row["elements"]]


def test_the_card_offers_what_its_state_allows(town: Town, ina: str):
    town.says("I'm stuck", ina)
    assert labels(town) == ["Claim", "Assign", "Snooze", "Resolve", "Suggest a reply", "Open page", "More"]
    town.team_presses("Claim")
    assert labels(town) == ["Assign", "Snooze", "Resolve", "Suggest a reply", "Open page", "More"]
    resolves(town)
    assert labels(town) == ["Open page", "More"]
    town.presses("Yes", ina)
    assert labels(town) == ["Open page"]


def test_a_case_is_given_to_a_colleague_whose_load_stands_beside_their_name(staffed: Town):
    ina = newcomer(staffed)
    staffed.says("I'm stuck", ina)
    card = staffed.channel()[-1]
    menu = next(e for b in card.blocks if b["type"] == "actions" for e in b["elements"] if e["action_id"] == "case_assign")
    assert sorted(o["text"]["text"] for o in menu["options"]) in (
        ["Maya Chen · 1 of 100", "Tom Okafor · 0 of 2"],
        ["Maya Chen · 0 of 100", "Tom Okafor · 1 of 2"],
    )
    assert f"For <@{case_of(staffed, ina).owner}>" in json.dumps(card.blocks), "Slack tells whom it was given to"
    staffed.team_presses("Claim")
    assert "For <@" not in json.dumps(staffed.channel()[-1].blocks)
    chooses(staffed, "case_assign", "Tom Okafor")
    case = case_of(staffed, ina)
    assert (case.owner, case.claimed_by) == ("U_TOM", "U_TOM")
    assert staffed.thread()[-1].text.startswith("<@U_TOM> ")
    staffed.team_writes("I take over.", user="U_TOM")
    passes(staffed, seconds=10)
    assert staffed.last(ina).username == "Tom Okafor"


def test_without_a_roster_anybody_of_the_team_can_have_it_and_nobody_else(town: Town, ina: str):
    town.says("I'm stuck", ina)
    chooses(town, "case_assign", "U_ANA")
    assert case_of(town, ina).owner == ""
    assert town.whispers("U_MAYA")[-1].text == "A case can only go to somebody of our team."
    chooses(town, "case_assign", "U_TOM")
    assert case_of(town, ina).owner == "U_TOM"


def test_a_case_is_put_aside_until_tomorrow_at_nine_where_the_team_is(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    chooses(town, "case_snooze", "Tomorrow at 9")
    until = case_of(town, ina).snoozed_until
    assert until is not None
    assert (until.hour, until > town.demo.now()) == (8, True)
    assert "aside" in json.dumps(town.channel()[-1].blocks)


def test_resolving_asks_why_and_the_card_keeps_it(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    town.team_presses("Resolve")
    assert [o["text"]["text"] for o in dialog(town)["blocks"][0]["element"]["options"]][1] == "Something was set up wrong"
    town.acts.close_modal("U_MAYA")
    assert case_of(town, ina).state == "claimed"
    resolves(town, note="the port was closed")
    case = case_of(town, ina)
    assert (case.state, case.reason, case.note) == ("asked", "Something was set up wrong", "the port was closed")
    assert "Is it?" in town.last(ina).text
    assert "the port was closed" not in json.dumps([m.blocks for m in town.heard(ina)])


def test_a_dialog_about_a_case_that_was_closed_meanwhile_says_who_closed_it(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    town.team_presses("Resolve", user="U_TOM")
    view = dialog(town, "U_TOM")
    resolves(town)
    town.presses("Yes", ina)
    reason = picks(view, "reason", "set up wrong")
    town.acts.submit("U_TOM", view["id"], {"reason": {"reason": reason}, "note": {"note": ""}})
    assert "Maya Chen closed this case already." in json.dumps(dialog(town, "U_TOM"))
    town.acts.close_modal("U_TOM")


def test_a_dialog_that_slack_did_not_wait_for_says_so_kindly(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.workspace.tickets.expire_next()
    town.team_presses("Resolve")
    assert town.workspace.modal("U_MAYA") is None
    assert town.whispers("U_MAYA")[-1].text.startswith("Slack did not wait long enough")
    assert case_of(town, ina).state == "open"


def test_nobody_but_a_colleague_can_act_on_a_case(town: Town, ina: str):
    town.says("I'm stuck", ina)
    card = town.channel()[-1]
    guest = User(id="U_GUS", name="Gus Guest", email="gus@agency.test", guest="single")
    town.workspace.users[guest.id] = guest
    town.workspace.join(town.workspace.channels[card.channel], guest.id)
    place = {"container": {"type": "message", "message_ts": card.ts, "channel_id": card.channel}, "channel": {"id": card.channel}}
    for name in ("claim", "resolve"):
        element = next(e for _, e in buttons(card.blocks) if e["action_id"] == name)
        for n, who in enumerate((ina, "U_GUS")):
            action = element | {"block_id": "b", "action_ts": "1.1"}
            assert interacts(town, who, "block_actions", trigger_id=f"t-{name}-{n}-{ina}", actions=[action], **place) == 200
    town.settle()
    assert case_of(town, ina).state == "open"
    assert town.whispers("U_GUS")[-1].text == "This is for the people of our team. Nothing was changed."


def test_a_press_on_a_case_that_never_was_changes_nothing(town: Town, ina: str):
    town.says("I'm stuck", ina)
    card = town.channel()[-1]
    place = {"container": {"type": "message", "message_ts": card.ts, "channel_id": card.channel}, "channel": {"id": card.channel}}
    action = {"type": "button", "action_id": "claim", "block_id": "b", "action_ts": "1.1", "value": '{"c": "nobody.7"}'}
    assert interacts(town, "U_MAYA", "block_actions", trigger_id=f"t-none-{ina}", actions=[action], **place) == 200
    assert town.whispers("U_MAYA")[-1].text == "This case is no longer here. Nothing was changed."


def test_a_colleague_ticks_a_step_for_her_and_the_thread_hears_who_did(town: Town, ina: str):
    town.says("I'm stuck", ina)
    chooses(town, "case_more", "Tick a step")
    view = dialog(town)
    town.acts.submit("U_MAYA", view["id"], {"step": {"step": picks(view, "step", "Connect your first data source")}})
    town.settle()
    assert "connect_source" in done(town, ina)
    assert "Maya Chen" in town.thread()[-1].text


def test_a_colleague_pauses_the_bot_until_a_day_where_she_lives(town: Town, ina: str):
    town.says("I'm stuck", ina)
    chooses(town, "case_more", "Pause the bot")
    view = dialog(town)
    with pytest.raises(Exception, match="look at what you entered"):
        town.acts.submit("U_MAYA", view["id"], {"day": {"day": "2020-01-01"}})
    town.acts.submit("U_MAYA", view["id"], {"day": {"day": "2026-03-20"}})
    town.settle()
    until = person(town, ina).snoozed_until
    assert until is not None
    assert until.isoformat() == "2026-03-20T08:00:00+00:00"


def test_a_written_reply_is_chosen_changed_and_sent_under_the_colleagues_name(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    town.team_presses("Suggest a reply")
    view = dialog(town)
    town.acts.submit("U_MAYA", view["id"], {"chosen": {"chosen": view["blocks"][0]["element"]["options"][0]["value"]}})
    written = dialog(town)
    text = next(b for b in written["blocks"] if b.get("block_id") == "text")["element"]["initial_value"]
    assert text.strip()
    town.acts.submit("U_MAYA", written["id"], {"text": {"text": f"{text}\nCall me."}})
    passes(town, seconds=10)
    heard = town.last(ina)
    assert heard.username == "Maya Chen"
    assert heard.text.endswith("Call me.")
    assert town.thread()[-1].text.startswith("Sent by Maya Chen: ")
