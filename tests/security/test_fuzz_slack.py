"""Whatever comes with Slack's signature is heard and acknowledged; whatever comes without it changes nothing."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import strategies as st

from bot.playground.post import signature
from tests.security.signed import from_slack
from tests.security.strangers import FORM, JSON, NOT_QUITE_JSON, TEXTS, City, all_is_well, as_json, shaped, short_and_long, tried

TEAMS = st.sampled_from(["T_PLAYGROUND", "T_ACME", "T_NOBODY", ""]) | TEXTS
USERS = st.sampled_from(["U_MAYA", "U_TOM", "U_BEN", "U_NOBODY", "USLACKBOT"]) | TEXTS
CHANNELS = st.sampled_from(["C_SMB", "D_U_BEN", "DU_BEN", "C1"]) | TEXTS
STAMPS = st.sampled_from(["1772442000.000100", "0", "1e9", "x"]) | TEXTS
BLOCKS = st.lists(shaped(type=st.just("section"), block_id=TEXTS, text=shaped(type=st.just("mrkdwn"), text=TEXTS)), max_size=2)
FILES = st.lists(shaped(id=TEXTS, name=TEXTS, mimetype=TEXTS, size=JSON, url_private=TEXTS, mode=TEXTS), max_size=2)
OURS = (
    "done", "skip", "snooze", "stuck", "human", "helped", "solved", "failed", "answer", "stop", "undo", "claim", "resolve", "reply", "give",
    "release", "task_done", "task_assign", "goal", "preferences", "home", "article", "csm:claim", "case.claim", "words",
)  # fmt: skip
ACTION_IDS = st.sampled_from(OURS) | TEXTS
VALUES = st.sampled_from(["{}", "[]", "null", '{"s": "invite"}', "who=U_BEN", "\x00", '{"s": ' + "[" * 500 + "]" * 500 + "}"]) | TEXTS
EVENT = shaped(
    type=st.sampled_from(
        [
            "message",
            "app_mention",
            "app_home_opened",
            "team_join",
            "app_uninstalled",
            "tokens_revoked",
            "member_joined_channel",
            "user_change",
        ]
    ),
    subtype=st.sampled_from(["file_share", "message_changed", "message_deleted", "bot_message", "thread_broadcast"]),
    user=USERS,
    text=TEXTS,
    ts=STAMPS,
    thread_ts=STAMPS,
    channel=CHANNELS,
    channel_type=st.sampled_from(["im", "channel", "group"]),
    files=FILES,
    message=shaped(text=TEXTS, user=USERS, ts=STAMPS),
    previous_message=shaped(text=TEXTS, user=USERS, ts=STAMPS),
    deleted_ts=STAMPS,
    tab=st.sampled_from(["home", "messages"]),
    view=shaped(id=TEXTS, hash=TEXTS, state=shaped(values=JSON)),
    tokens=shaped(bot=st.lists(USERS, max_size=1)),
)
DELIVERED = shaped(
    type=st.sampled_from(["event_callback", "url_verification", "app_rate_limited"]),
    team_id=TEAMS,
    enterprise_id=TEAMS,
    api_app_id=TEXTS,
    event=EVENT,
    event_id=TEXTS,
    event_time=JSON,
    challenge=TEXTS,
    authorizations=st.lists(shaped(team_id=TEAMS, user_id=USERS, is_bot=st.booleans()), max_size=2),
)
VIEW = shaped(
    id=TEXTS,
    type=st.sampled_from(["modal", "home"]),
    callback_id=ACTION_IDS,
    private_metadata=VALUES,
    hash=TEXTS,
    blocks=BLOCKS,
    state=shaped(values=st.dictionaries(ACTION_IDS, st.dictionaries(ACTION_IDS, shaped(type=TEXTS, value=TEXTS, selected_option=JSON)))),
)
ACTION = shaped(
    type=st.sampled_from(["button", "static_select", "overflow", "datepicker"]),
    action_id=ACTION_IDS,
    block_id=ACTION_IDS,
    value=VALUES,
    selected_option=shaped(value=VALUES),
    action_ts=STAMPS,
)
PRESSED = shaped(
    type=st.sampled_from(
        [
            "block_actions",
            "view_submission",
            "view_closed",
            "shortcut",
            "message_action",
            "block_suggestion",
            "interactive_message",
            "dialog_submission",
        ]
    ),
    team=shaped(id=TEAMS),
    user=shaped(id=USERS, team_id=TEAMS),
    api_app_id=TEXTS,
    trigger_id=TEXTS,
    callback_id=ACTION_IDS,
    actions=st.lists(ACTION, max_size=2),
    view=VIEW,
    container=shaped(type=TEXTS, message_ts=STAMPS, channel_id=CHANNELS),
    channel=shaped(id=CHANNELS),
    message=shaped(ts=STAMPS, text=TEXTS, blocks=BLOCKS, metadata=JSON),
    response_url=st.just("http://127.0.0.1:9/nobody"),
    action_id=ACTION_IDS,
    block_id=ACTION_IDS,
    value=VALUES,
)
COMMAND = st.fixed_dictionaries(
    {},
    optional={
        "command": st.sampled_from(["/handrail", "/csm", "/unknown"]) | TEXTS,
        "text": TEXTS,
        "team_id": TEAMS,
        "user_id": USERS,
        "channel_id": CHANNELS,
        "trigger_id": TEXTS,
        "response_url": st.just("http://127.0.0.1:9/nobody"),
        "ssl_check": st.just("1"),
    },
)


def as_form(fields: Any) -> bytes:
    return urlencode(fields, errors="replace").encode()


REQUESTS = (
    st.tuples(DELIVERED.map(as_json), st.just("application/json"))
    | st.tuples(PRESSED.map(lambda payload: as_form({"payload": json.dumps(payload)})), st.just(FORM))
    | st.tuples(COMMAND.map(as_form), st.just(FORM))
    | st.tuples(
        st.binary(max_size=60) | NOT_QUITE_JSON | JSON.map(as_json) | JSON.map(lambda body: as_form({"payload": json.dumps(body)})),
        st.sampled_from(["application/json", FORM, "text/plain", ""]),
    )
)


@short_and_long(120, 1500)
def test_whatever_slack_signs_is_acknowledged(city: City, many: int):
    def check(request: tuple[bytes, str]) -> None:
        raw, kind = request
        answer = from_slack(city, raw, kind)
        assert answer.status in (200, 400), (answer.status, answer.text)
        all_is_well(answer, may_change=True)

    tried(many, check, request=REQUESTS)


@pytest.mark.parametrize(
    "lacking",
    [
        {"type": "block_actions", "actions": []},
        {"type": "block_actions", "actions": [{"block_id": "b"}]},
        {"type": "block_actions", "actions": [{"action_id": "done"}], "team": {"id": "T\ud800"}},
        {"type": "interactive_message", "callback_id": "done", "actions": []},
        {"type": "interactive_message", "callback_id": "done"},
        {"type": "view_submission", "view": {"callback_id": "reply"}},
        {"type": "view_submission", "view": {"callback_id": "reply", "type": "workflow_step"}},
        {"type": "workflow_step_edit", "callback_id": "done"},
    ],
    ids=json.dumps,
)
def test_a_press_that_lacks_what_its_type_promises_is_answered_and_changes_nothing(city: City, lacking: dict[str, Any]):
    answer = from_slack(city, as_form({"payload": json.dumps({"team": {"id": "T_PLAYGROUND"}, "user": {"id": "U_BEN"}, **lacking})}), FORM)
    assert (answer.status, answer.changed) == (400, False)


@short_and_long(60, 1000)
def test_whatever_slack_did_not_sign_changes_nothing(city: City, many: int):
    def check(request: tuple[bytes, str], at: str, signed: str, retry: str) -> None:
        raw, kind = request
        made = {"x-slack-request-timestamp": at, "x-slack-signature": signed, "x-slack-retry-num": retry}
        answer = city.posts("/slack/events", raw, kind, **made)
        all_is_well(answer)
        assert answer.status == 401, answer.text
        assert not answer.changed

    tried(
        many,
        check,
        request=REQUESTS,
        at=st.sampled_from(["", "0", "1772442000", "9" * 30, "-1", "x", "1e9", "\u0664\u0665"]),
        signed=st.sampled_from(["", "v0=", "v0=" + "0" * 64, "v1=x", "\u00fc"]) | st.text(max_size=10),
        retry=st.sampled_from(["", "1", "x"]),
    )


@pytest.mark.parametrize("ago", [301, 86400, -301])
def test_what_slack_signed_long_ago_is_not_heard_again(city: City, ago: int):
    raw = as_json({"type": "event_callback", "team_id": "T_PLAYGROUND", "event": {"type": "app_uninstalled"}})
    answer = from_slack(city, raw, "application/json", ago=ago)
    assert (answer.status, answer.changed) == (401, False)
    assert from_slack(city, as_json({"type": "url_verification", "challenge": "c"}), "application/json").status == 200


def test_a_signature_of_another_secret_opens_nothing(city: City):
    raw, at = as_json({"type": "event_callback", "event": {"type": "app_uninstalled"}}), "1772442000"
    made = signature("another secret", at, raw)
    answer = city.posts("/slack/events", raw, **{"x-slack-request-timestamp": at, "x-slack-signature": made})
    assert (answer.status, answer.changed) == (401, False)


ODD_QUERY = st.dictionaries(st.sampled_from(["code", "state", "error", "team", "for", "error_description", "x"]), TEXTS, max_size=5).map(
    lambda fields: urlencode(fields, errors="replace")
)
ODD_COOKIES = st.sampled_from(
    ["", "slack-app-oauth-state=x", "slack-app-oauth-state=" + "y" * 3000, "=;=;", 'slack-app-oauth-state="\\', "a=b; " * 200]
)


@short_and_long(60, 1000)
def test_no_way_back_from_slack_that_nobody_began_changes_anything(city: City, many: int):
    def check(query: str, cookie: str) -> None:
        answer = city.asks("GET", "/slack/oauth_redirect", headers={"cookie": cookie}, query=query)
        all_is_well(answer)
        assert not answer.changed

    tried(many, check, query=ODD_QUERY, cookie=ODD_COOKIES)


@short_and_long(30, 500)
def test_whoever_asks_for_the_way_in_is_sent_to_slack_and_nowhere_else(city: City, many: int):
    theirs = city.town.demo.app_url + "/slack/oauth/v2/authorize?"

    def check(query: str, host: str) -> None:
        answer = city.asks("GET", "/slack/install", headers={"host": host, "x-forwarded-host": host}, query=query)
        all_is_well(answer)
        assert answer.status == 302
        assert answer.headers["location"].startswith(theirs)
        assert "evil" not in answer.headers["location"].partition("?")[0]

    tried(many, check, query=ODD_QUERY, host=st.sampled_from(["evil.example", "evil.example:80", "a/b", "", "\u00fc"]))
