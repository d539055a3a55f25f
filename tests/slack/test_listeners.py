"""What people type and press in Slack, through the whole app and over HTTP as Slack sends it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from in_slack import all_is_well, delivers, done, fills_in, interacts, kinds, newcomer, person, uses, wrote
from readers import SAID, TEAM, shipped
from town import BOT, Town, buttons

from bot.playground import events as slack_events
from bot.playground.values import Message, User
from flows.decision import Say, To

DID_YOU_MEAN = "I'm not sure what you'd like"


# What they type


def test_done_with_thanks_ticks_a_step_that_is_theirs_to_tick(town: Town, ina: str):
    uses(town, ina, "source.connected", "report.created")
    town.presses("Say what you want", ina)
    fills_in(town, ina, "weekly revenue for my boss")
    assert town.says("done, thanks!", ina)
    assert "share_report" in done(town, ina)


def test_done_is_not_believed_of_a_step_that_the_product_reports(town: Town, ina: str):
    assert "I don't see “Connect your first data source” yet" in town.says("done, thanks!", ina)[0]
    assert done(town, ina) == set()


@pytest.mark.parametrize("text", ["not done yet", "I haven't finished", "done?", "is it done", "not done, thanks"])
def test_not_done_is_never_done(town: Town, ina: str, text: str):
    assert town.says(text, ina)
    assert "StepDone" not in kinds(town, ina)


def test_a_time_is_echoed_as_it_was_understood_and_kept(town: Town, ina: str):
    assert town.says("remind me tomorrow at 9", ina) == ["I'll come back tomorrow at 09:00, your time. Your place is kept."]
    assert person(town, ina).snoozed_until == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


def test_what_is_no_time_is_refused_with_choices_and_never_guessed(town: Town, ina: str):
    assert "I can't read “remind me soonish” as a time" in town.says("remind me soonish", ina)[0]
    assert town.labels(ina) == ["In 3 hours", "Tomorrow at 9", "Monday at 9", "Pick a time"]
    assert person(town, ina).snoozed_until is None
    town.presses("Monday at 9", ina)
    assert person(town, ina).snoozed_until == datetime(2026, 3, 9, 8, 0, tzinfo=UTC)


def test_stop_stops_all_and_undo_brings_it_back(town: Town, ina: str):
    assert "No more onboarding messages, in Slack or e-mail" in town.says("stop", ina)[0]
    assert person(town, ina).opted_out == ("all",)
    town.presses("Undo", ina)
    assert person(town, ina).opted_out == ()


@pytest.mark.parametrize("text", ["how do I stop the sync?", "stop the import please, it is wrong", "can it stop?"])
def test_words_about_stopping_stop_nothing_and_a_human_is_the_last_choice(town: Town, ina: str, text: str):
    town.says(text, ina)
    assert person(town, ina).opted_out == ()
    assert re.search(rf"{DID_YOU_MEAN}|These may help", town.last(ina).text)
    assert town.labels(ina)[-1] == "Talk to a human"


@pytest.mark.parametrize("text", ["talk to a human", "can I speak to a real person please?", "I'm stuck, it says invalid host"])
def test_who_asks_for_a_human_gets_a_case_with_their_words(town: Town, ina: str, text: str):
    assert "answers by 14:00 your time" in town.says(text, ina)[0]  # four working hours from ten
    assert text in json.dumps(town.channel()[-1].blocks, ensure_ascii=False)


@pytest.mark.parametrize("text", ["", " ", "🎉", "?", "<@U_HANDRAIL>", "x" * 12_000, "\u202e\x00", "*_~`<!channel>`~_*", "done " * 2_000])
def test_anything_at_all_gets_an_answer(town: Town, ina: str, text: str):
    before = len(town.heard(ina))
    assert delivers(town, wrote(town, ina, text)) == 200
    town.settle()
    assert len(town.heard(ina)) == before + 1
    assert "<!channel>" not in json.dumps(town.last(ina).blocks)
    all_is_well(town, ina)


def test_a_picture_of_an_error_is_heard_by_its_words_else_by_its_name(town: Town, ina: str):
    files = [{"id": "F1", "name": "red-test.png"}]
    delivers(town, wrote(town, ina, "I'm stuck, see here", subtype="file_share", files=files))
    delivers(town, wrote(town, ina, "", subtype="file_share", files=files))
    town.settle()
    assert "see here" in str(town.channel()[-1].blocks)
    assert "red-test.png" in town.thread()[-1].text


# What they press


@pytest.mark.parametrize("name", sorted(set(shipped()[1].variants()) - set(TEAM)))
def test_every_button_of_every_message_can_be_pressed(town: Town, name: str):
    user = newcomer(town)
    who, said = person(town, user).id, SAID.get(name, {})
    if name in ("resolved", "claimed", "csm_reply", "reopened"):
        town.says("I'm stuck", user)
    say = Say(key=f"try:{who}:{name}", to=To("person", who, ("slack",)), message=name, person=who, facts=said, essential=True)
    town.house.outbox.enqueue(say, town.demo.now())
    town.settle()
    message = town.last(user)
    for block, element in buttons(message.blocks):
        standing = town.demo.workspace.message(message.channel, message.ts)
        assert standing is not None
        if (block, element["action_id"]) in [(b, e["action_id"]) for b, e in buttons(standing.blocks)]:
            town.acts.click_message(user, (message.channel, message.ts), (block, element["action_id"]))
            town.settle()
    all_is_well(town, user)


def test_every_button_of_home_can_be_pressed(town: Town, ina: str):
    town.opens_home(ina)
    view = town.demo.workspace.home(ina)
    assert view is not None
    labels = [element["text"]["text"] for _, element in buttons(view["blocks"])]
    assert {"Open", "Done", "Show me how", "Later", "I'm stuck", "Say what you want", "Talk to a human", "Stop messages"} <= set(labels)
    for label in labels:
        view = town.demo.workspace.home(ina)
        assert view is not None
        for block, element in buttons(view["blocks"]):
            if element["text"]["text"] == label:
                town.acts.click_view(ina, view["id"], (block, element["action_id"]))
                town.settle()
                break
    all_is_well(town, ina)
    assert "You get no onboarding messages" in json.dumps(town.demo.workspace.home(ina), ensure_ascii=False)


def test_a_press_is_of_whoever_pressed_whatever_the_button_says(town: Town, ina: str):
    other = newcomer(town)
    value = json.dumps({"p": person(town, other).id, "s": "connect_source"})
    action = {"type": "button", "action_id": "elsewhere", "block_id": "b", "value": value, "action_ts": "1.1"}
    assert interacts(town, ina, "block_actions", trigger_id="t-press", actions=[action]) == 200
    assert (done(town, ina), done(town, other)) == ({"connect_source"}, set())


def test_the_same_press_twice_counts_once(town: Town, ina: str):
    action = {"type": "button", "action_id": "how", "block_id": "b", "value": '{"s": "connect_source"}', "action_ts": "1.1"}
    for _ in range(2):
        assert interacts(town, ina, "block_actions", trigger_id=f"t-{ina}", actions=[action]) == 200
    assert kinds(town, ina).count("Asked") == 1


# Their goal


def test_her_goal_is_asked_in_a_dialog_and_quoted_from_then_on(town: Town, ina: str):
    uses(town, ina, "source.connected")
    town.presses("Say what you want", ina)
    fills_in(town, ina, "weekly *revenue* for my boss")
    assert "Kept in your words" in town.last(ina).text
    assert done(town, ina) == {"connect_source", "pick_goal"}
    assert "weekly" in town.opens_home(ina)
    town.presses("Change it", ina)
    modal = town.demo.workspace.modal(ina)
    assert modal is not None
    assert modal["blocks"][0]["element"]["initial_value"] == "weekly *revenue* for my boss"
    town.acts.close_modal(ina)
    town.says("I'm stuck", ina)
    assert "*Wants* “weekly" in str(town.channel()[-1].blocks)


def test_her_goal_is_asked_again_after_a_month_in_her_words(towns: Any):
    town = towns()
    town.uses("source.connected")
    town.presses("Say what you want")
    fills_in(town, "U_ANA", "weekly revenue for my boss")
    town.days(32)
    asked = next(m for m in town.heard() if "A month ago you wanted" in m.text)
    assert "weekly revenue for my boss" in asked.text
    assert [e["text"]["text"] for _, e in buttons(asked.blocks)] == ["Yes", "Partly", "No"]


# In a channel


def test_mentioned_in_a_channel_it_answers_there_briefly_and_goes_on_between_them(town: Town):
    before = len(town.heard())
    town.acts.mention("U_ANA", "C_ACME", "what's next?")
    town.settle()
    asked, answer = town.demo.workspace.history("C_ACME")[-2:]
    assert (answer.user, answer.thread_ts) == (BOT, asked.ts)
    assert "I've written to you directly" in answer.text
    assert len(answer.text) < 200
    assert "This is the next one" in town.heard()[before:][-1].text


def test_a_channel_where_nobody_named_us_is_none_of_our_business(town: Town):
    workspace = town.demo.workspace
    channel, before = workspace.channels["C_ACME"], len(workspace.history("C_ACME"))
    said = workspace.post(Message(channel="C_ACME", ts="", user="U_ANA", text="I'm stuck"))
    assert delivers(town, slack_events.message_event(workspace, said, channel)) == 200
    town.settle()
    assert len(workspace.history("C_ACME")) == before + 1


# Who is nobody we know


def test_a_stranger_is_told_kindly_what_to_do(town: Town):
    town.moves_in(User(id="U_STRANGER", name="Sam", email="sam@elsewhere.test"))
    asked = "I don't know you yet. Tell me the e-mail address you use at Tally, and I send a link there to make sure it is yours."
    assert town.says("hello?", "U_STRANGER") == [asked]
    assert town.labels("U_STRANGER") == ["Say who you are"]
    assert "don't know you yet" in town.opens_home("U_STRANGER")


def test_who_wrote_before_signing_up_is_known_once_they_did(town: Town):
    town.moves_in(User(id="U_LATE", name="Late", email="late@solo.test"))
    town.says("hello?", "U_LATE")
    town.newcomer("Late")
    assert "This is the next one" in town.says("what's next?", "U_LATE")[0]


def test_a_person_known_by_mail_is_known_in_slack_from_their_first_word(town: Town):
    late = town.newcomer("Mel")
    town.moves_in(User(id="U_MEL", name="Mel", email="mel@solo.test", tz="America/Lima", locale="de-DE"))
    town.says("hi", "U_MEL")
    mel = town.house.reports.find_person(late)
    assert mel is not None
    assert (mel.slack, mel.zone, mel.locale) == ("T_PLAYGROUND/U_MEL", "America/Lima", "de")


def test_the_bot_does_not_answer_itself(town: Town, ina: str):
    before = len(town.dm(ina))
    event = wrote(town, ina, "stop") | {"user": BOT, "bot_id": town.demo.workspace.installation.bot}
    assert delivers(town, event) == 200
    town.settle()
    assert person(town, ina).opted_out == ()
    assert len(town.dm(ina)) == before + 1
