"""Who did it and where we heard of it, in everything that Slack delivers."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.callers import Caller, caller_of, key_of, message_key

ACME = {"team_id": "T_ACME", "enterprise_id": None, "is_enterprise_install": False}
BIG = {"team_id": "T_ONE", "enterprise_id": "E_BIG", "is_enterprise_install": True}


def heard(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": "T_ACME", "authorizations": [ACME], "event_id": "Ev1", "event": event} | more


BEN = Caller(team="T_ACME", user="U_BEN", namespace="T_ACME")
BODIES: list[tuple[str, dict[str, Any], Caller]] = [
    ("words", heard({"type": "message", "user": "U_BEN", "team": "T_ACME"}), BEN),
    ("an opened Home, without a team", heard({"type": "app_home_opened", "user": "U_BEN"}), BEN),
    ("an edit", heard({"type": "message", "subtype": "message_changed", "message": {"user": "U_BEN"}}), BEN),
    ("somebody who joined", heard({"type": "team_join", "user": {"id": "U_BEN"}}), BEN),
    ("a press", {"type": "block_actions", "user": {"id": "U_BEN", "team_id": "T_ACME"}, "team": {"id": "T_ACME"}}, BEN),
    ("a command", {"command": "/onboarding", "user_id": "U_BEN", "team_id": "T_ACME"}, BEN),
    ("a removal", heard({"type": "app_uninstalled"}), Caller(team="T_ACME", user="", namespace="T_ACME")),
    (
        "words of a guest from elsewhere",
        heard({"type": "message", "user": "U_EVE", "user_team": "T_EVE", "team": "T_EVE"}, is_ext_shared_channel=True),
        Caller(team="T_ACME", user="U_EVE", namespace="T_EVE"),
    ),
    (
        "a guest's press",
        {"type": "block_actions", "user": {"id": "U_EVE", "team_id": "T_EVE"}, "team": {"id": "T_ACME"}},
        Caller(team="T_ACME", user="U_EVE", namespace="T_EVE"),
    ),
    (
        "a shared channel, heard by the workspace that let us in",
        heard({"type": "message", "user": "U_BEN", "user_team": "T_ACME", "team": "T_ACME"}, team_id="T_HOST", is_ext_shared_channel=True),
        BEN,
    ),
    (
        "an organisation",
        heard({"type": "message", "user": "W_BEN", "team": "T_TWO"}, team_id="T_TWO", authorizations=[BIG]),
        Caller(team="E_BIG", user="W_BEN", namespace="E_BIG"),
    ),
    (
        "a press in an organisation, where no team is told",
        {
            "type": "block_actions", "user": {"id": "W_BEN", "team_id": "T_TWO"}, "team": None, "enterprise": {"id": "E_BIG"},
            "is_enterprise_install": True,
        },
        Caller(team="E_BIG", user="W_BEN", namespace="E_BIG"),
    ),
    (
        "a command in an organisation",
        {"command": "/x", "user_id": "W_BEN", "team_id": "T_TWO", "enterprise_id": "E_BIG", "is_enterprise_install": "true"},
        Caller(team="E_BIG", user="W_BEN", namespace="E_BIG"),
    ),
    (
        "a guest in an organisation's shared channel",
        heard({"type": "message", "user": "U_EVE", "user_team": "T_EVE"}, authorizations=[BIG], is_ext_shared_channel=True),
        Caller(team="E_BIG", user="U_EVE", namespace="T_EVE"),
    ),
    (
        "a workspace of an organisation that installed it alone",
        heard({"type": "message", "user": "W_BEN"}, authorizations=[ACME | {"enterprise_id": "E_BIG"}]),
        Caller(team="T_ACME", user="W_BEN", namespace="T_ACME"),
    ),
    ("nothing", {}, Caller(team="", user="", namespace="")),
    ("nonsense", {"event": "x", "user": 3, "authorizations": "x", "team": 7, "view": 1}, Caller(team="7", user="3", namespace="7")),
]  # fmt: skip


@pytest.mark.parametrize(("body", "caller"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
def test_whose_it_is_and_where_we_heard_of_it(body: dict[str, Any], caller: Caller):
    assert caller_of(body) == caller


def test_who_comes_from_elsewhere_is_away():
    assert not BEN.away
    assert Caller(team="T_ACME", user="U_EVE", namespace="T_EVE").away


def test_a_repeat_has_the_same_key_and_the_same_words_twice_have_two():
    words = {"type": "message", "channel": "D1", "ts": "1.1", "client_msg_id": "a-1"}
    assert key_of(heard(words)) == key_of(heard(words | {"ts": "1.2"}, event_id="Ev2")) == "said:D1/a-1"  # their client sent it twice
    assert key_of(heard(words | {"client_msg_id": "a-2", "ts": "1.2"})) == "said:D1/a-2"
    plain = {"type": "message", "channel": "D1", "ts": "1.1"}
    assert key_of(heard(plain)) == key_of(heard(plain, event_id="Ev2")) == "D1/1.1"
    assert key_of(heard({"type": "app_mention", "channel": "C1", "ts": "1.1"})) == "mention:C1/1.1"


def test_an_edit_names_the_words_it_changes_and_has_a_key_of_its_own():
    before = {"type": "message", "channel": "C1", "ts": "1.1", "client_msg_id": "a-1"}
    edit = heard({"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "1.5", "message": before})
    assert message_key("C1", edit["event"]["message"]) == key_of(heard(before))
    assert key_of(edit) == "Ev1"


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"type": "block_actions", "trigger_id": "1.2.a"}, "1.2.a"),
        (heard({"type": "app_home_opened", "user": "U_BEN"}), "Ev1"),
        ({"type": "view_closed", "view": {"id": "V1"}}, "V1"),
        ({}, ""),
    ],
)
def test_everything_else_goes_by_what_slack_calls_it(body: dict[str, Any], key: str):
    assert key_of(body) == key
