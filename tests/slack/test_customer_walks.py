"""What a customer does in Slack beyond the first answer: dialogs, articles, one live card, a stranger who says who they are."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from in_slack import all_is_well, done, kinds, newcomer, person, uses
from town import BOT, Town, buttons

from bot.playground.post import Refused
from bot.playground.values import User

FRIDAY = datetime(2026, 3, 6, 13, 30, tzinfo=UTC)


def modal(town: Town, user: str) -> dict[str, Any]:
    view = town.workspace.modal(user)
    assert view is not None
    return dict(view)


def soon(true: Callable[[], object], within: float = 5.0) -> None:
    """Wait until it is so."""
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not come about"
        threading.Event().wait(0.02)


def submits(town: Town, user: str, **answers: Any) -> None:
    """They fill in the dialog in front of them: block "intake__role" stands for intake.role."""
    values = {name.replace("__", "."): {name.rpartition("__")[2]: answer} for name, answer in answers.items()}
    town.acts.submit(user, modal(town, user)["id"], values)
    town.settle()


def option(value: str) -> dict[str, Any]:
    return {"type": "static_select", "selected_option": {"text": {"type": "plain_text", "text": value}, "value": value}}


def picked(at: datetime) -> dict[str, Any]:
    return {"type": "datetimepicker", "selected_date_time": int(at.timestamp())}


def clock(at: str) -> dict[str, Any]:
    return {"type": "timepicker", "selected_time": at}


def ticked(*values: str) -> dict[str, Any]:
    return {"type": "checkboxes", "selected_options": [option(value)["selected_option"] for value in values]}


def in_home(town: Town, user: str, label: str) -> None:
    """They press a button in their Home."""
    town.opens_home(user)
    view = town.workspace.home(user)
    assert view is not None
    block, element = next((b, e) for b, e in buttons(view["blocks"]) if e["text"]["text"] == label)
    town.acts.click_view(user, view["id"], (block, element["action_id"]))
    town.settle()


# Her goal


def test_the_welcome_asks_what_she_wants_and_the_answers_become_traits(town: Town, ina: str):
    town.presses("What do you want to achieve?", ina)
    assert [b["block_id"] for b in modal(town, ina)["blocks"]] == ["words", "intake.use_case"]
    submits(town, ina, words="weekly revenue for my boss", intake__use_case=option("boss"))
    told = person(town, ina).traits
    assert (told["goal"], told["use_case"]) == ("weekly revenue for my boss", "boss")
    assert "Kept in your words" in town.last(ina).text
    town.presses("Change it", ina)
    assert modal(town, ina)["blocks"][1]["element"]["initial_option"]["value"] == "boss"
    town.acts.close_modal(ina)


def test_a_goal_of_blanks_is_refused_at_its_field_and_nothing_is_kept(town: Town, ina: str):
    town.presses("What do you want to achieve?", ina)
    with pytest.raises(Refused) as refused:
        submits(town, ina, words="   ")
    assert refused.value.errors == {"words": "A few words are enough."}
    assert "goal" not in person(town, ina).traits
    town.acts.close_modal(ina)


def test_a_dialog_that_comes_too_late_is_offered_again_kindly(town: Town, ina: str):
    town.workspace.tickets.expire_next()
    town.presses("What do you want to achieve?", ina)
    assert "Nothing is lost" in town.last(ina).text
    assert town.labels(ina) == ["What do you want to achieve?"]
    town.presses("What do you want to achieve?", ina)
    assert modal(town, ina)["callback_id"] == "goal"
    town.acts.close_modal(ina)


# When it suits her


def test_she_picks_a_time_of_her_own_and_a_past_one_is_refused_at_its_field(town: Town, ina: str):
    town.says("later", ina)
    town.presses("Pick a time", ina)
    with pytest.raises(Refused) as refused:
        submits(town, ina, moment=picked(town.demo.now() - timedelta(hours=1)))
    assert refused.value.errors == {"moment": "That has passed. Pick a time ahead of us."}
    submits(town, ina, moment=picked(FRIDAY))
    assert person(town, ina).snoozed_until == FRIDAY
    assert "Friday at 14:30" in town.last(ina).text


def test_she_chooses_what_she_gets_and_goes_back_to_usual(town: Town, ina: str):
    in_home(town, ina, "Choose what you get")
    kinds = ticked("steps", "summaries", "invitations", "questions")
    filled = {"pause": picked(FRIDAY), "since": clock("10:00"), "until": clock("12:30"), "by": option("email"), "locale": option("usual")}
    submits(town, ina, kinds=kinds, tailored=ticked("untailored"), **filled)
    ina_now = person(town, ina)
    wanted = {"since": "10:00", "until": "12:30", "by": "email", "without": "tips", "tailored": "no"}
    assert (dict(ina_now.chosen), ina_now.snoozed_until) == (wanted, FRIDAY)
    said = "You chose: none until Friday at 14:30, between 10:00 and 12:30, by e-mail, no “Tips and features”, the same as everybody."
    assert said in town.opens_home(ina)
    in_home(town, ina, "Choose what you get")
    begun = {b["block_id"]: b["element"].get("initial_options", []) for b in modal(town, ina)["blocks"]}
    assert [one["value"] for one in begun["kinds"]] == ["steps", "summaries", "invitations", "questions"]
    assert [one["value"] for one in begun["tailored"]] == ["untailored"]
    town.acts.close_modal(ina)
    in_home(town, ina, "Back to usual")
    assert (dict(person(town, ina).chosen), person(town, ina).snoozed_until) == ({}, None)
    assert "You chose" not in town.opens_home(ina)
    all_is_well(town, ina)


def test_hours_that_make_no_window_are_refused_where_they_are_wrong(town: Town, ina: str):
    in_home(town, ina, "Choose what you get")
    for hours, at in (({"since": clock("12:00"), "until": clock("09:00")}, "until"), ({"since": clock("12:00")}, "until")):
        with pytest.raises(Refused) as refused:
            submits(town, ina, by=option("usual"), locale=option("usual"), **hours)
        assert list(refused.value.errors) == [at]
    assert dict(person(town, ina).chosen) == {}
    town.acts.close_modal(ina)


def test_no_messages_at_all_is_an_opt_out_that_the_same_form_undoes(town: Town, ina: str):
    in_home(town, ina, "Choose what you get")
    submits(town, ina, by=option("nothing"), locale=option("usual"))
    assert person(town, ina).opted_out == ("all",)
    in_home(town, ina, "Choose what you get")
    submits(town, ina, by=option("usual"), locale=option("usual"))
    assert person(town, ina).opted_out == ()


# One live card


def cards(town: Town, user: str) -> list[list[str]]:
    """The buttons of each message that has a card, oldest first."""
    shown = [m.blocks for m in town.heard(user) if any(str(b.get("block_id", "")).startswith("card.next_step") for b in m.blocks)]
    return [[e["action_id"] for _, e in buttons(blocks)] for blocks in shown]


def test_only_the_newest_card_of_a_conversation_can_be_pressed(town: Town, ina: str):
    for _ in range(3):
        town.says("what's next?", ina)
    assert len(cards(town, ina)) == 1
    assert "The newest card is below." in json.dumps(town.heard(ina)[0].blocks)
    uses(town, ina, "source.connected")
    town.says("what's next?", ina)
    assert len(cards(town, ina)) == 1
    assert "✓ Done: Connect your first data source" in json.dumps(town.heard(ina)[-2].blocks, ensure_ascii=False)


def test_a_question_shows_its_answer_instead_of_its_buttons(town: Town, ina: str):
    uses(town, ina, "source.connected", "report.created")
    town.house.outbox.enqueue(_survey(town, ina), town.demo.now())
    town.settle()
    asked = len(town.heard(ina)) - 1
    town.presses("4", ina)
    blocks = town.heard(ina)[asked].blocks
    assert ("✓ 4" in json.dumps(blocks, ensure_ascii=False), buttons(blocks)) == (True, [])


def _survey(town: Town, user: str) -> Any:
    from flows.decision import Say, To

    who = person(town, user).id
    facts = {"survey": "ease", "answers": [1, 2, 3, 4, 5]}
    return Say(key=f"try:{who}:ease", to=To("person", who, ("slack",)), message="ask_ease", person=who, facts=facts, essential=True)


# Questions and articles


def test_a_question_is_answered_with_articles_and_a_human_never_one_guess(town: Town, ina: str):
    assert town.says("my postgres connection times out", ina)[0].startswith("These may help")
    labels = town.labels(ina)
    assert 2 <= len(labels) <= 4
    assert labels[-1] == "Talk to a human"
    town.presses(labels[0], ina)
    assert town.labels(ina) == ["That helped", "Not yet"]
    assert "/help/" in json.dumps(town.last(ina).blocks)
    town.presses("Not yet", ina)
    assert town.labels(ina) == ["Talk to a human"]
    assert kinds(town, ina).count("ArticleRead") == 2


def test_show_me_how_has_the_text_a_link_and_asks_whether_it_helped(town: Town, ina: str):
    town.presses("Show me how", ina)
    assert {"That helped", "Not yet"} <= set(town.labels(ina))
    link = next(e for b in town.last(ina).blocks for e in [json.dumps(b)] if "/help/connect-a-source" in e)
    address = link.partition("<")[2].partition("|")[0].replace("&amp;", "&")
    assert "Connect" in town.opens(address).text
    soon(lambda: kinds(town, ina).count("ArticleRead") == 1)  # told after the page has gone out
    town.presses("That helped", ina)
    assert "Good to know" in town.last(ina).text


def test_what_nobody_wrote_about_is_answered_with_choices(town: Town, ina: str):
    assert "I'm not sure what you'd like" in town.says("zebras are striped", ina)[0]


def test_a_bare_stuck_is_asked_what_she_sees(town: Town, ina: str):
    assert "what you wrote" not in town.says("I'm stuck", ina)[0]


# Prompts and the command


def test_suggestions_are_understood_when_they_are_pressed(town: Town, ina: str):
    town.acts.open_messages_tab(ina)
    shown = town.workspace.assistant(f"D_{ina.removeprefix('U_')}")["prompts"]
    assert 1 <= len(shown) <= 4
    for prompt in shown:
        town.says(prompt["message"], ina)
    assert "Replied" not in kinds(town, ina)


def answer_to(town: Town, user: str, text: str) -> str:
    """What /onboarding answered, to them alone."""
    before = len(town.whispers(user))
    town.acts.command(user, f"/onboarding {text}".strip())
    town.settle()
    return json.dumps([m.blocks for m in town.whispers(user)[before:]], ensure_ascii=False)


def test_onboarding_answers_whoever_typed_it_alone(town: Town, ina: str):
    before = len(town.heard(ina))
    assert "0 of 4 done" in answer_to(town, ina, "")
    assert "0 of 4 done" in answer_to(town, ina, "status")
    assert "Connect your first data source" in answer_to(town, ina, "next")
    assert "Pick a time" in answer_to(town, ina, "pause")
    assert "keeps your place" in answer_to(town, ina, "help")
    assert "keeps your place" in answer_to(town, ina, "dance")
    assert len([m for m in town.heard(ina) if not m.for_user]) == before
    assert "Quiet until tomorrow at 09:00" in answer_to(town, ina, "pause tomorrow at 9")
    assert person(town, ina).snoozed_until == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


# A teammate


def test_what_a_teammate_connected_is_theirs_too_with_the_name(town: Town):
    company = {"id": "pair", "name": "Pair Ltd", "employees": 20}
    ada, bea = newcomer(town, company=company), newcomer(town, company=company)
    uses(town, ada, "source.connected")
    home = town.opens_home(bea)
    assert f"{person(town, ada).name} finished “Connect your first data source” for all of you." in home
    assert f"done by {person(town, ada).name}" in home
    assert done(town, bea) == set()


# Who is nobody we know


def test_a_stranger_says_who_they_are_and_is_known_once_they_confirmed_it(town: Town):
    town.newcomer("Kim")
    town.moves_in(User(id="U_KIMMY", name="Kimmy", email="kimmy@home.test"))
    town.says("hello", "U_KIMMY")
    town.presses("Say who you are", "U_KIMMY")
    submits(town, "U_KIMMY", words="kim@solo.test")
    mail = town.inbox("kim@solo.test")[-1]
    assert mail.subject == "Is this you in Slack?"
    link = next(word for word in mail.text.split() if "/slack/link/" in word)
    page = town.opens(link)
    assert "kim@solo.test" in page.text
    assert "don't know you yet" in town.opens_home("U_KIMMY")
    assert "You are known in Slack now" in town.sends(page.forms[0]).text
    assert "This is the next one" in town.says("what's next?", "U_KIMMY")[0]
    kim = person(town, "U_KIMMY")
    assert (kim.email, kim.slack, kim.slack_ok) == ("kim@solo.test", "T_PLAYGROUND/U_KIMMY", "wrote")


def test_every_address_gets_the_same_answer_and_one_mail_in_ten_minutes(town: Town):
    town.newcomer("Lou")
    town.moves_in(User(id="U_NOBODY", name="Nobody", email="nobody@home.test"))
    before, said = len(town.inbox("lou@solo.test")), []
    for email in ("lou@solo.test", "unknown@solo.test", "lou@solo.test"):
        in_home(town, "U_NOBODY", "Say who you are")
        submits(town, "U_NOBODY", words=email)
        said.append(json.dumps(modal(town, "U_NOBODY")["blocks"]).replace(email, "…"))
        town.acts.close_modal("U_NOBODY")
    assert said[0] == said[1] == said[2]
    assert len(town.inbox("lou@solo.test")) == before + 1
    assert town.inbox("unknown@solo.test") == []


def test_mail_offers_to_go_on_in_slack_until_they_have_come(town: Town):
    town.newcomer("Max", in_slack=True)
    assert "/slack/continue/" in town.inbox("max@solo.test")[-1].text
    town.says("hi", "U_MAX")
    town.says("stop", "U_MAX")
    assert person(town, "U_MAX").slack_ok
    assert BOT in {m.user for m in town.dm("U_MAX")}
