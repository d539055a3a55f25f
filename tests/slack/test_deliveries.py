"""What Slack does on the way: repeats, news we do not know, and things that are none of Slack's."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from in_slack import delivers, interacts, kinds, person, sends, wrote
from town import Town

from bot.playground import events as slack_events
from bot.playground.post import signature


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


NONSENSE = [
    "",
    "{}",
    "[]",
    "null",
    "no json",
    "payload=",
    "payload={",
    "payload=[]",
    "[" * 15_000,
    '{"type": "event_callback", "event": {}}',
]


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_nonsense_is_refused_whoever_sends_it(town: Town, body: str, kind: str):
    assert town.fetch("POST", "/slack/events", body, {"Content-Type": kind}).status in (400, 401)
    assert sends(town, body, kind=kind) < 500


def test_slacks_question_whether_we_are_there_is_answered(town: Town):
    body = json.dumps({"type": "url_verification", "challenge": "are you there", "token": "x"})
    stamp = str(int(time.time()))
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(town.demo.signing_secret, stamp, body.encode())}
    answer = town.fetch("POST", "/slack/events", body, headers | {"Content-Type": "application/json"})
    assert (answer.status, "are you there" in answer.text) == (200, True)
