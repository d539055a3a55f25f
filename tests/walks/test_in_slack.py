"""What people type and press in Slack, through the whole app."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

import pytest


def test_done_with_thanks_is_done(town: Any) -> None:
    town.uses("source.connected")
    town.says("done, thanks!")  # the next step asks for her goal, so that is what she is asked
    assert town.why()[-1]["kind"] == "StepDone"


@pytest.mark.parametrize("text", ["not done yet", "I haven't finished", "it isn't done"])
def test_not_done_is_never_done(town: Any, text: str) -> None:
    town.says(text)
    assert not any(r["rule"].startswith("step.") for w in town.why() for r in w["reasons"])


def test_a_time_is_echoed_as_understood_and_kept(town: Any) -> None:
    assert "tomorrow" in town.says("remind me tomorrow at 9")[-1].lower()
    town.days(1.2)
    assert any(w["kind"] == "Tick" and any(m["message"] == "next_step" for m in w["messages"]) for w in town.why())


def test_what_is_no_time_is_refused_with_choices(town: Any) -> None:
    town.says("remind me soonish")
    assert len(town.labels()) >= 2
    assert town.why()[-1]["kind"] == "Asked"


def test_stop_stops_and_undo_resumes(town: Any) -> None:
    assert "No more onboarding messages" in town.says("stop")[-1]
    town.days(4)
    assert not any(m["message"] in ("day1", "day3") for w in town.why() for m in w["messages"])
    town.presses("Undo")
    assert town.house.reports.find_person("ana@acme.test").opted_out == ()


def test_a_question_about_stopping_stops_nothing(town: Any) -> None:
    town.says("how do I stop the sync?")
    assert town.house.reports.find_person("ana@acme.test").opted_out == ()
    assert town.labels()[-1] == "Talk to a human"


def test_a_human_is_a_case(town: Any) -> None:
    town.says("can I talk to a real person please")
    assert len(town.house.reports.cases_open()) == 1


def test_her_goal_in_her_words_finishes_the_step_and_is_kept(town: Any) -> None:
    town.uses("source.connected")
    town.presses("Say what you want")
    modal = town.demo.workspace.modal("U_ANA")
    assert modal is not None
    town.acts.submit("U_ANA", modal["id"], {"words": {"words": {"type": "plain_text_input", "value": "weekly revenue for my boss"}}})
    town.settle()
    assert "weekly revenue for my boss" in town.last().text
    assert town.house.reports.find_person("ana@acme.test").journey.steps["pick_goal"].how == "word"


def test_her_goal_typed_after_we_asked_counts_too(town: Any) -> None:
    town.uses("source.connected")
    town.says("done")
    town.says("weekly revenue for my boss")
    assert town.house.reports.find_person("ana@acme.test").traits["goal"] == "weekly revenue for my boss"


def test_show_me_how_brings_the_article(town: Any) -> None:
    town.presses("Show me how")
    assert "the address of the database" in town.last().text


def test_mentioned_in_a_channel_it_answers_there_briefly_and_goes_on_alone(town: Any) -> None:
    town.acts.mention("U_ANA", "C_ACME", "what's next?")
    town.settle()
    there = [m for m in town.demo.workspace.history("C_ACME") if m.user == "U_HANDRAIL"]
    assert len(there) == 1
    assert there[0].thread_ts
    assert "This is the next one" in town.last().text


def test_a_stranger_is_told_kindly(town: Any) -> None:
    town.acts.say("U_TOM", "hello?")
    town.settle()
    assert "don't know you yet" in town.last("U_TOM").text


def test_two_press_claim_and_one_is_told_who_has_it(town: Any) -> None:
    town.says("I'm stuck")
    card = town.channel()[-1]
    block = next(b for b in card.blocks if b["type"] == "actions")
    press = lambda who: town.acts.click_message(who, (card.channel, card.ts), (block["block_id"], "claim"))  # noqa: E731
    both = [threading.Thread(target=press, args=(who,)) for who in ("U_MAYA", "U_TOM")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    town.settle()
    case = town.house.reports.cases_open()[0]
    loser = {"U_MAYA": "U_TOM", "U_TOM": "U_MAYA"}[case.claimed_by]
    whispers = [m for m in town.demo.workspace.history(card.channel) if m.for_user == loser]
    assert case.claimed_name in whispers[-1].text


def test_a_colleagues_words_stay_until_they_press_send(town: Any) -> None:
    town.says("I'm stuck, it says invalid host")
    town.team_presses("Claim")
    before = len(town.dm())
    town.team_writes("I had that once: the port was wrong", user="U_TOM")
    assert len(town.dm()) == before
    offer = [m for m in town.demo.workspace.history(town.channel()[-1].channel) if m.for_user == "U_TOM"][-1]
    block = next(b for b in offer.blocks if b["type"] == "actions")
    town.acts.click_message("U_TOM", (offer.channel, offer.ts), (block["block_id"], block["elements"][0]["action_id"]))
    town.until(town.demo.now() + timedelta(seconds=10))
    assert "the port was wrong" in town.last().text


def test_the_same_delivery_twice_changes_nothing(town: Any) -> None:
    town.demo.workspace.faults.next("events", "server_error")
    town.says("what's next?")
    asked = [w for w in town.why() if w["kind"] == "Asked"]
    assert len(asked) == 1


def test_a_forged_request_is_refused(town: Any) -> None:
    request = urllib.request.Request(
        town.demo.app_url + "/slack/events",
        data=b'{"type":"event_callback"}',
        headers={"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "1"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 401
    refused.value.close()


def test_every_button_of_the_welcome_does_something(town: Any) -> None:
    for label in ("Show me how", "Later", "I'm stuck", "Done"):
        before = len(town.why())
        town.presses(label)
        assert len(town.why()) > before, label
