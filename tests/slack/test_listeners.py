"""What people type and press in Slack, through the whole app and over HTTP as Slack sends it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from readers import SAID, TEAM, shipped
from town import BOT, Town, a_town, buttons

from bot.playground import events as slack_events
from bot.playground.post import signature
from bot.playground.values import Message, User
from flows.decision import Say, To
from flows.people import Person

NAMES = (f"Ina{n}" for n in count())
DID_YOU_MEAN = "I'm not sure what you'd like"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for all, on a Monday at ten: each test has a newcomer of its own."""
    with a_town(tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.fixture
def ina(town: Town) -> str:
    """She signed up a moment ago; her Slack user."""
    return newcomer(town)


def newcomer(town: Town, **known: Any) -> str:
    name = next(NAMES)
    town.newcomer(name, in_slack=True, **{"company": {"id": name, "name": f"{name} Ltd", "employees": 20}, **known})
    return f"U_{name.upper()}"


def person(town: Town, user: str) -> Person:
    who = town.house.store.resolve("slack", "T_PLAYGROUND", user)
    subject = town.house.door.view(who or "")
    assert subject is not None
    return subject.person


def kinds(town: Town, user: str) -> list[str]:
    """What kinds of things happened to somebody, apart from the clock."""
    return [event["kind"] for event in town.why(person(town, user).id) if event["kind"] != "Tick"]


def done(town: Town, user: str) -> set[str]:
    journey = person(town, user).journey
    assert journey is not None
    return {step for step, state in journey.steps.items() if state.at}


def uses(town: Town, user: str, *names: str) -> None:
    for name in names:
        town.uses(name, user=user.removeprefix("U_").lower())


def delivers(town: Town, event: dict[str, Any], **headers: str) -> int:
    """Slack delivers something; the status the app answers with."""
    return sends(town, json.dumps(slack_events.envelope(town.demo.workspace, event)), **headers)


def interacts(town: Town, user: str, kind: str, **more: Any) -> int:
    payload = slack_events.interaction(town.demo.workspace, kind, town.demo.workspace.users[user])
    return sends(town, f"payload={json.dumps(payload | more)}", kind="application/x-www-form-urlencoded")


def sends(town: Town, body: str, *, kind: str = "application/json", secret: str = "", stamp: int = 0, **headers: str) -> int:
    at = str(stamp or int(time.time()))
    signed = signature(secret or town.demo.signing_secret, at, body.encode())
    told = {"Content-Type": kind, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": signed, **headers}
    return town.fetch("POST", "/slack/events", body, told).status


def wrote(town: Town, user: str, text: str, **more: Any) -> dict[str, Any]:
    """The event of something that somebody wrote to the bot just now."""
    workspace = town.demo.workspace
    channel = workspace.find_channel(user)
    assert channel is not None
    return slack_events.message_event(workspace, workspace.post(Message(channel=channel.id, ts="", user=user, text=text)), channel) | more


def all_is_well(town: Town, user: str) -> None:
    """Nothing of theirs is undecided, and nothing failed to be sent."""
    story = town.why(person(town, user).id)
    assert not [event["error"] for event in story if event["undecided"]]
    assert {message["state"] for event in story for message in event["messages"]} <= {"sent", "withdrawn"}


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
    assert town.labels(ina) == ["In 3 hours", "Tomorrow at 9", "Monday at 9"]
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
    assert DID_YOU_MEAN in town.last(ina).text
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


def fills_in(town: Town, user: str, words: str) -> None:
    modal = town.demo.workspace.modal(user)
    assert modal is not None
    town.acts.submit(user, modal["id"], {"words": {"words": words}})
    town.settle()


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
    assert town.says("hello?", "U_STRANGER") == [
        "I don't know you yet. Sign in to Tally once with the same e-mail address, then come back."
    ]
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


# The team


def test_two_press_claim_at_once_one_wins_and_the_other_is_told_who(town: Town, ina: str):
    town.says("I'm stuck", ina)
    card = town.channel()[-1]
    block = next(block for block, element in buttons(card.blocks) if element["action_id"] == "claim")
    ready = threading.Barrier(2)

    def press(who: str) -> None:
        ready.wait()
        town.acts.click_message(who, (card.channel, card.ts), (block, "claim"))

    both = [threading.Thread(target=press, args=(who,)) for who in ("U_MAYA", "U_TOM")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    town.settle()
    case = person(town, ina).case
    assert case is not None
    loser = {"U_MAYA": "U_TOM", "U_TOM": "U_MAYA"}[case.claimed_by]
    assert town.whispers(loser)[-1].text == f"{case.claimed_name} was faster and has this one."
    assert [m.text for m in town.heard(ina)].count(
        f"{case.claimed_name} has your question and what you wrote. I'll stay quiet until you two are done."
    ) == 1
    assert f"*Owner* {case.claimed_name}" in str(town.channel()[-1].blocks)
    assert "Claim" not in [e["text"]["text"] for _, e in buttons(town.channel()[-1].blocks)]


def test_the_claimants_words_reach_her_with_a_tick_and_her_answer_comes_back(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    town.team_writes("Use the *read-only* user & port 5432 <!here>")
    assert "read-only" in town.last(ina).text
    assert "<!here>" not in json.dumps(town.last(ina).blocks)
    assert town.thread()[-1].reactions == {"white_check_mark": [BOT]}
    town.says("that did it", ina)
    assert "that did it" in town.thread()[-1].text
    assert town.thread()[-1].user == BOT


def test_a_colleagues_words_stay_in_the_thread_until_they_press_send(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    before = len(town.heard(ina))
    town.team_writes("the port was wrong when I had it", user="U_TOM")
    assert len(town.heard(ina)) == before
    assert not town.thread()[-1].reactions
    offer = town.whispers("U_TOM")[-1]
    [(block, send)] = buttons(offer.blocks)
    for _ in range(2):  # pressed twice, sent once
        town.acts.click_message("U_TOM", (offer.channel, offer.ts), (block, send["action_id"]))
        town.settle()
    assert [m.text for m in town.heard(ina)[before:]] == ["*Tom Okafor* writes:\n> the port was wrong when I had it"]
    assert town.thread()[-1].reactions == {"white_check_mark": [BOT]}


def test_nobody_can_send_a_colleagues_words(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    town.team_writes("between us: they never read the manual", user="U_TOM")
    before = len(town.heard(ina))
    said, case = town.thread()[-1], person(town, ina).case
    assert case is not None
    action = {"type": "button", "action_id": "send", "block_id": "b", "action_ts": "1.1", "value": json.dumps({"c": case.id, "v": said.ts})}
    assert interacts(town, "U_MAYA", "block_actions", trigger_id=f"t-send-{ina}", actions=[action]) == 200
    town.settle()
    assert len(town.heard(ina)) == before


def test_words_in_the_thread_of_a_closed_case_stay_there(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    town.team_presses("Resolve")
    town.presses("Yes", ina)
    before = len(town.heard(ina))
    town.team_writes("glad to hear it")
    assert len(town.heard(ina)) == before
    assert not town.thread()[-1].reactions


def test_a_claim_of_a_case_that_is_closed_is_told_so(town: Town, ina: str):
    town.says("I'm stuck", ina)
    card = town.channel()[-1]
    town.team_presses("Claim")
    town.team_presses("Resolve")
    town.presses("Yes", ina)
    claim = next(e for _, e in buttons(card.blocks) if e["action_id"] == "claim")
    action = {"type": "button", "action_id": "claim", "block_id": "case.actions", "action_ts": "1.1", "value": claim["value"]}
    place = {"container": {"type": "message", "message_ts": card.ts, "channel_id": card.channel}, "channel": {"id": card.channel}}
    assert interacts(town, "U_TOM", "block_actions", trigger_id=f"t-claim-{ina}", actions=[action], **place) == 200
    assert town.whispers("U_TOM")[-1].text == "This case is closed already."


# What Slack does on the way


def test_the_same_event_delivered_again_changes_nothing(town: Town, ina: str):
    body = json.dumps(slack_events.envelope(town.demo.workspace, wrote(town, ina, "I'm stuck, it says invalid host")))
    assert sends(town, body) == 200
    town.settle()
    story, cards = kinds(town, ina), len(town.channel())
    for number in ("1", "2", "3"):
        assert sends(town, body, **{"X-Slack-Retry-Num": number, "X-Slack-Retry-Reason": "http_timeout"}) == 200
    town.settle()
    assert (kinds(town, ina), len(town.channel())) == (story, cards)


def test_a_retry_of_what_never_arrived_is_heard(town: Town, ina: str):
    body = json.dumps(slack_events.envelope(town.demo.workspace, wrote(town, ina, "what's next?")))
    assert sends(town, body, **{"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_error"}) == 200
    town.settle()
    assert "This is the next one" in town.last(ina).text


UNKNOWN_EVENTS: list[dict[str, Any]] = [
    {"type": "reaction_added", "user": "U_ANA", "reaction": "eyes", "item": {"type": "message", "channel": "C_ACME", "ts": "1.1"}},
    {"type": "team_join", "user": {"id": "U_NEW"}},
    {"type": "tokens_revoked", "tokens": {"bot": ["U_HANDRAIL"]}},
    {"type": "app_uninstalled"},
    {"type": "message", "subtype": "message_changed", "channel": "DANA", "channel_type": "im", "message": {"text": "stop"}},
    {"type": "message", "subtype": "channel_join", "user": "U_ANA", "channel": "C_ACME", "channel_type": "channel"},
    {"type": "app_home_opened", "user": "U_ANA", "channel": "D_ANA", "tab": "messages"},
    {"type": "something_slack_thinks_of_next_year"},
]


@pytest.mark.parametrize("event", UNKNOWN_EVENTS, ids=lambda event: f"{event['type']}-{event.get('subtype', '')}")
def test_events_we_do_not_know_are_acknowledged(town: Town, event: dict[str, Any]):
    before = kinds(town, "U_ANA")
    assert delivers(town, event) == 200
    assert kinds(town, "U_ANA") == before


UNKNOWN_INTERACTIONS: list[tuple[str, dict[str, Any]]] = [
    ("block_actions", {"actions": [{"type": "button", "action_id": "dance", "block_id": "b", "value": "{}"}]}),
    ("block_actions", {"actions": [{"type": "button", "action_id": "done:7", "block_id": "b", "value": "no json"}]}),
    ("block_actions", {"actions": [{"type": "button", "action_id": "answer", "block_id": "b", "value": '{"q": "nobody", "v": [1]}'}]}),
    ("block_actions", {"actions": [{"type": "button", "action_id": "claim", "block_id": "b", "value": '{"c": "no case"}'}]}),
    ("block_actions", {"actions": [{"type": "button", "action_id": "resolve", "block_id": "b", "value": "[]"}]}),
    ("block_actions", {"actions": [{"type": "button", "action_id": "send", "block_id": "b", "value": "{}"}]}),
    ("view_submission", {"view": {"id": "V1", "type": "modal", "callback_id": "dance", "state": {"values": {}}}}),
    ("view_closed", {"view": {"id": "V1", "type": "modal", "callback_id": "goal", "state": {"values": {}}}}),
    ("shortcut", {"callback_id": "dance"}),
    ("message_action", {"callback_id": "dance", "message": {"text": "x"}, "channel": {"id": "C_ACME"}}),
]


@pytest.mark.parametrize(("kind", "more"), UNKNOWN_INTERACTIONS, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(UNKNOWN_INTERACTIONS)])
def test_presses_we_do_not_know_are_acknowledged(town: Town, kind: str, more: dict[str, Any]):
    assert interacts(town, "U_ANA", kind, trigger_id=f"t-{kind}-{hash(str(more))}", **more) == 200


def test_a_command_we_do_not_know_is_acknowledged(town: Town):
    fields = "command=%2Fdance&text=now&user_id=U_ANA&team_id=T_PLAYGROUND&channel_id=C_ACME&trigger_id=t1"
    assert sends(town, fields, kind="application/x-www-form-urlencoded") == 200


def test_what_slack_did_not_sign_is_refused(town: Town, ina: str):
    body = json.dumps(slack_events.envelope(town.demo.workspace, wrote(town, ina, "stop")))
    old = int((datetime.now(UTC) - timedelta(minutes=6)).timestamp())
    assert sends(town, body, secret="somebody else's") == 401
    assert sends(town, body, stamp=old) == 401
    assert town.fetch("POST", "/slack/events", body, {"Content-Type": "application/json"}).status == 401
    assert town.fetch("POST", "/slack/events", b"\xff\xfe", {"X-Slack-Signature": "v0=é".encode().decode("latin-1")}).status == 401
    assert person(town, ina).opted_out == ()


@pytest.mark.parametrize(
    "body",
    ["", "{}", "[]", "null", "no json", "payload=", "payload={", '{"type": "event_callback"}', '{"type": "event_callback", "event": {}}'],
)
def test_what_slack_signed_and_nobody_understands_breaks_nothing(town: Town, body: str):
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        assert sends(town, body, kind=kind) < 500


def test_slacks_question_whether_we_are_there_is_answered(town: Town):
    body = json.dumps({"type": "url_verification", "challenge": "are you there", "token": "x"})
    stamp = str(int(time.time()))
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(town.demo.signing_secret, stamp, body.encode())}
    answer = town.fetch("POST", "/slack/events", body, headers | {"Content-Type": "application/json"})
    assert (answer.status, "are you there" in answer.text) == (200, True)
