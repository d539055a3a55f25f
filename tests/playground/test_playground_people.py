"""What people do in the playground reaches a real Bolt app, signed; what the app answers is seen."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from bot.playground.acts import Acts
from bot.playground.post import Post, Refused, signature

CARD = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Connect a source"}},
    {
        "type": "actions",
        "block_id": "step",
        "elements": [
            {"type": "button", "action_id": "done", "text": {"type": "plain_text", "text": "Done"}, "value": '{"p": "p1"}'},
            {"type": "button", "action_id": "ask", "text": {"type": "plain_text", "text": "My goal"}},
            {
                "type": "static_select",
                "action_id": "choose",
                "options": [
                    {"text": {"type": "plain_text", "text": "Tomorrow"}, "value": "tomorrow"},
                    {"text": {"type": "plain_text", "text": "Next week"}, "value": "next_week"},
                ],
            },
        ],
    },
]
HOME = {"type": "home", "blocks": CARD}


def card_in_the_dm(stage: Any) -> tuple[str, str]:
    return "D_ANA", stage.slack.chat_postMessage(channel="D_ANA", text="Step", blocks=CARD)["ts"]


def heard(stage: Any, kind: str) -> Any:
    return [what for name, what in stage.heard if name == kind]


def first(stage: Any, kind: str) -> Any:
    stage.eventually(lambda: heard(stage, kind))
    return heard(stage, kind)[0]


def test_what_ana_writes_is_in_her_dm_and_reaches_the_app(stage):
    stage.acts.say("U_ANA", "I'm stuck")
    event = first(stage, "message")
    assert (event["user"], event["text"], event["channel"], event["channel_type"]) == ("U_ANA", "I'm stuck", "D_ANA", "im")
    assert [(m.ts, m.text) for m in stage.world.dm("U_ANA")] == [(event["ts"], "I'm stuck")]


def test_an_acknowledgement_that_gets_lost_is_followed_by_a_retry_with_the_same_event(stage):
    stage.world.faults.next("events", "lost_answer")
    stage.acts.say("U_ANA", "done")
    stage.eventually(lambda: len(heard(stage, "message")) == 2)
    said = sorted(heard(stage, "message"), key=lambda event: event["retry"] or [])
    assert [event["retry"] for event in said] == [None, ["1"]]
    assert said[0]["id"] == said[1]["id"]
    assert len(stage.world.dm("U_ANA")) == 1


def test_when_all_retries_fail_the_page_hears_of_it_in_words(stage):
    stage.world.faults.next("events", "server_error", times=2)
    with pytest.raises(Refused, match="acknowledgement got lost"):
        stage.acts.say("U_ANA", "done")


def test_ana_names_the_app_in_a_channel_and_it_hears_both_kinds_of_event(stage):
    stage.acts.mention("U_ANA", "#acme-rollout", "what next?")
    assert first(stage, "app_mention")["text"] == "<@U_HANDRAIL> what next?"
    assert first(stage, "message")["channel_type"] == "channel"


def test_mayas_word_in_the_thread_of_a_card_says_whose_thread_it_is(stage):
    ts = stage.slack.chat_postMessage(channel="C_CSM_SMB", text="Ana is stuck")["ts"]
    stage.acts.reply("U_MAYA", "C_CSM_SMB", ts, "Use the read replica.")
    event = first(stage, "message")
    assert (event["user"], event["thread_ts"], event["parent_user_id"]) == ("U_MAYA", ts, "U_HANDRAIL")
    assert [message.text for message in stage.world.channel("#csm-smb")] == ["Ana is stuck", "Use the read replica."]


def test_nobody_speaks_where_they_are_not(stage):
    with pytest.raises(Refused, match="Ana Ruiz is not in #csm-smb"):
        stage.acts.mention("U_ANA", "#csm-smb", "hello?")
    with pytest.raises(Refused, match="nobody called U_BOB"):
        stage.acts.say("U_BOB", "hello?")
    with pytest.raises(Refused, match="thread is gone"):
        stage.acts.reply("U_MAYA", "C_CSM_SMB", "1.000001", "hello?")


def test_a_click_carries_what_the_button_holds_and_the_answer_replaces_the_message(stage):
    place = card_in_the_dm(stage)
    stage.acts.click_message("U_ANA", place, ("step", "done"))
    body = first(stage, "done")
    assert (body["actions"][0]["value"], body["actions"][0]["block_id"], body["user"]["id"]) == ('{"p": "p1"}', "step", "U_ANA")
    assert body["container"] == {"type": "message", "message_ts": place[1], "channel_id": "D_ANA", "is_ephemeral": False}
    assert [(m.text, m.blocks) for m in stage.world.dm("U_ANA")] == [("Well done.", [])]


def test_a_choice_from_a_menu_is_one_of_its_options(stage):
    stage.acts.click_message("U_ANA", card_in_the_dm(stage), ("step", "choose"), "next_week")
    assert first(stage, "choose")["actions"][0]["selected_option"]["value"] == "next_week"


def test_a_button_that_is_gone_cannot_be_pressed(stage):
    channel, ts = card_in_the_dm(stage)
    with pytest.raises(Refused, match="button is gone"):
        stage.acts.click_message("U_ANA", (channel, ts), ("step", "other"))
    stage.slack.chat_delete(channel=channel, ts=ts)
    with pytest.raises(Refused, match="message is gone"):
        stage.acts.click_message("U_ANA", (channel, ts), ("step", "done"))


def test_a_button_nobody_listens_to_says_so(stage):
    blocks = [{"type": "actions", "block_id": "b", "elements": [CARD[1]["elements"][0] | {"action_id": "unheard"}]}]
    ts = stage.slack.chat_postMessage(channel="D_ANA", text="Step", blocks=blocks)["ts"]
    with pytest.raises(Refused, match="nobody listening"):
        stage.acts.click_message("U_ANA", ("D_ANA", ts), ("b", "unheard"))


def test_a_click_on_the_home_tab_carries_the_view(stage):
    view = stage.slack.views_publish(user_id="U_ANA", view=HOME)["view"]
    stage.acts.click_view("U_ANA", view["id"], ("step", "ask"))
    assert first(stage, "ask")["view"]["id"] == view["id"]
    with pytest.raises(Refused, match="view is gone"):
        stage.acts.click_view("U_MAYA", view["id"], ("step", "ask"))


def test_opening_home_tells_the_app_which_tab_and_what_is_on_it(stage):
    stage.slack.views_publish(user_id="U_ANA", view=HOME)
    stage.acts.open_home("U_ANA")
    event = first(stage, "app_home_opened")
    assert (event["tab"], event["user"], event["channel"], event["view"]["type"]) == ("home", "U_ANA", "D_ANA", "home")


def with_dialog_open(stage: Any) -> str:
    stage.acts.click_message("U_ANA", card_in_the_dm(stage), ("step", "ask"))
    stage.eventually(lambda: stage.world.modal("U_ANA"))
    return str(stage.world.modal("U_ANA")["id"])


def test_a_dialog_opens_is_filled_in_and_closes(stage):
    view_id = with_dialog_open(stage)
    stage.acts.submit("U_ANA", view_id, {"goal": {"text": "weekly revenue"}})
    state = first(stage, "goal")["view"]["state"]["values"]
    assert state == {"goal": {"text": {"type": "plain_text_input", "value": "weekly revenue"}}}
    assert stage.world.modal("U_ANA") is None


def test_a_dialog_stays_open_while_something_is_wrong(stage):
    view_id = with_dialog_open(stage)
    with pytest.raises(Refused) as missing:
        stage.acts.submit("U_ANA", view_id, {})
    with pytest.raises(Refused) as short:
        stage.acts.submit("U_ANA", view_id, {"goal": {"text": {"type": "plain_text_input", "value": "x"}}})
    assert missing.value.errors == {"goal": "Please complete this required field."}
    assert short.value.errors == {"goal": "Say a bit more."}
    assert stage.world.modal("U_ANA")["id"] == view_id


def test_an_open_dialog_can_be_changed_under_anas_eyes(stage):
    view_id = with_dialog_open(stage)
    new = {"type": "modal", "title": {"type": "plain_text", "text": "Other"}, "blocks": []}
    stage.slack.views_update(view_id=view_id, view=new)
    assert stage.world.modal("U_ANA")["title"]["text"] == "Other"


def test_closing_a_dialog_tells_the_app_that_asked_for_it(stage):
    with_dialog_open(stage)
    stage.acts.close_modal("U_ANA")
    assert first(stage, "closed")["type"] == "view_closed"
    assert stage.world.modal("U_ANA") is None
    stage.acts.close_modal("U_ANA")  # nothing there any more: nothing happens


def test_a_slash_command_is_answered_for_its_sender_alone(stage):
    stage.acts.say("U_ANA", "/handrail help")
    assert first(stage, "command")["text"] == "help"
    assert [(m.text, m.for_user) for m in stage.world.dm("U_ANA")] == [("You said help.", "U_ANA")]
    with pytest.raises(Refused, match="/nonsense is not a command"):
        stage.acts.say("U_ANA", "/nonsense")


def test_the_product_reports_over_http_with_the_write_key(stage):
    stage.acts.track("U_ANA", "source_connected", {"kind": "postgres"})
    [(key, body)] = stage.tracked
    assert key == "Basic " + b64encode(b"wk:").decode()
    assert (body["userId"], body["event"], body["properties"]) == ("ana-1", "source_connected", {"kind": "postgres"})
    assert body["timestamp"] == stage.desk.time.isoformat()
    assert stage.world.counted("U_ANA", "source_connected") == 1
    with pytest.raises(Refused, match="Maya Chen has no account"):
        stage.acts.track("U_MAYA", "source_connected")


def test_the_app_believes_only_what_is_signed_with_the_shared_secret(stage):
    body = json.dumps({"type": "event_callback"}).encode()
    forged = {"X-Slack-Request-Timestamp": "1700000000", "X-Slack-Signature": signature("guessed", "1700000000", body)}
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(f"{stage.url}/slack/events", data=body, headers=forged), timeout=5)
    refused.value.close()
    assert refused.value.code == 401


def test_a_response_url_can_add_for_one_or_for_all_and_delete(stage):
    _, ts = card_in_the_dm(stage)
    ticket = stage.world.tickets.response("D_ANA", "U_ANA", ts)
    where = f"/slack/response/{ticket}"
    assert stage.http(where, {"text": "For you"}) == (200, "ok")
    assert stage.http(where, {"text": "For all", "response_type": "in_channel"}) == (200, "ok")
    assert stage.http(where, {"delete_original": True}) == (200, "ok")
    assert stage.http(where, {}) == (400, '{"ok":false,"error":"no_text"}')
    assert [(m.text, m.for_user) for m in stage.world.dm("U_ANA")] == [("For you", "U_ANA"), ("For all", None)]
    assert stage.http("/slack/response/made-up", {"text": "x"})[0] == 404


def test_an_app_that_is_away_or_too_slow_is_told_apart(stage):
    def asked_of(url: str, patience: float) -> str:
        desk = replace(stage.desk, app_url=url)
        post = Post(desk, stage.world.faults, patience=patience, retries_after=())
        with pytest.raises(Refused) as refused:
            Acts(stage.world, desk, post).say("U_ANA", "hello")
        return str(refused.value)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert asked_of(url, 0.05) == "The app did not answer within 0.05 seconds."
    assert asked_of(url, 1.0) == "The app could not be reached."


def test_two_clicks_in_one_instant_of_world_time_have_different_stamps(stage):
    place = card_in_the_dm(stage)
    for _ in range(2):
        stage.acts.click_message("U_ANA", place, ("step", "choose"), "tomorrow")
    stage.eventually(lambda: len(heard(stage, "choose")) == 2)
    assert len({body["actions"][0]["action_ts"] for body in heard(stage, "choose")}) == 2
    assert len({body["trigger_id"] for body in heard(stage, "choose")}) == 2
