"""`handrail manifest`: what Slack makes the app from."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.heard import Words
from bot.phrases import load_phrases
from bot.settings import SHIPPED
from bot.slack.scopes import SCOPES_OPTIONAL, SCOPES_TEAM
from bot.understanding import understand

HOME = "https://onboarding.example.com"

Handrail = Callable[..., Any]


def made(handrail: Handrail, *more: str, url: str = HOME) -> Any:
    said = handrail("manifest", "--url", url, "--json", *more)
    assert said.code == 0, said.err
    return said.json


def test_it_is_yaml_to_paste_and_json_for_programs(handrail: Handrail):
    said = handrail("manifest", "--url", HOME)
    assert said.code == 0
    assert said.err == ""
    assert yaml.safe_load(said.out) == made(handrail)
    assert said.out.index("display_information:") < said.out.index("features:") < said.out.index("settings:")


def test_everything_slack_sends_comes_to_one_address(handrail: Handrail):
    app = made(handrail, url=f"{HOME}/")
    events = f"{HOME}/slack/events"
    assert app["settings"]["event_subscriptions"]["request_url"] == events
    assert app["settings"]["interactivity"] == {"is_enabled": True, "request_url": events}
    assert [command["url"] for command in app["features"]["slash_commands"]] == [events]
    assert app["oauth_config"]["redirect_urls"] == [f"{HOME}/slack/oauth_redirect"]


def test_it_asks_for_the_scopes_we_give_reasons_for(handrail: Handrail):
    scopes = made(handrail)["oauth_config"]["scopes"]
    assert scopes["bot"] == list(SCOPES_TEAM)
    assert scopes["bot_optional"] == list(SCOPES_OPTIONAL)
    assert set(scopes["bot_optional"]) < set(scopes["bot"])


def test_people_talk_to_it_in_the_messages_tab_and_see_their_home(handrail: Handrail):
    features = made(handrail)["features"]
    assert features["app_home"] == {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}
    assert "assistant_view" not in features
    assert features["slash_commands"][0]["command"] == "/onboarding"
    assert [(s["type"], s["callback_id"]) for s in features["shortcuts"]] == [("message", "open_case")]


def test_what_is_suggested_to_people_is_understood_when_they_press_it(handrail: Handrail):
    prompts = made(handrail)["features"]["agent_view"]["suggested_prompts"]
    phrases, _ = load_phrases([SHIPPED / "templates"])
    assert 1 <= len(prompts) <= 4
    for prompt in prompts:
        heard = understand(prompt["message"], phrases=phrases, now=datetime.now(UTC), zone=ZoneInfo("UTC"), locale="en")
        assert not isinstance(heard, Words), prompt


def test_it_hears_when_it_is_removed(handrail: Handrail):
    assert {"app_uninstalled", "tokens_revoked"} <= set(made(handrail)["settings"]["event_subscriptions"]["bot_events"])


def test_every_text_is_as_short_and_as_long_as_slack_wants_it(handrail: Handrail):
    app = made(handrail, "--name", "N" * 35)
    told = app["display_information"]
    assert len(told["description"]) <= 140
    assert 174 <= len(told["long_description"]) <= 4_000
    assert len(app["features"]["agent_view"]["agent_description"]) <= 300
    assert len(app["features"]["slash_commands"][0]["command"]) <= 32
    assert all(len(shortcut["name"]) <= 24 for shortcut in app["features"]["shortcuts"])
    assert told["name"] == app["features"]["bot_user"]["display_name"] == "N" * 35


def test_tokens_rotate_where_others_install_it_and_not_where_one_is_pasted(handrail: Handrail):
    assert made(handrail)["settings"]["token_rotation_enabled"] is True
    single = made(handrail, "--single")
    assert single["settings"]["token_rotation_enabled"] is False
    assert "redirect_urls" not in single["oauth_config"]


def test_by_socket_mode_slack_needs_no_address(handrail: Handrail):
    said = handrail("manifest", "--url", "http://127.0.0.1:8000", "--socket", "--json")
    assert said.err == ""
    assert "127.0.0.1" not in said.out
    assert said.json["settings"]["socket_mode_enabled"] is True
    assert said.json["settings"]["token_rotation_enabled"] is False


def test_without_it_an_address_of_this_machine_is_taken_with_a_word_of_warning(handrail: Handrail):
    said = handrail("manifest", "--url", "http://localhost:8000", "--json")
    assert said.code == 0
    assert "add --socket" in said.err
    assert json.loads(said.out)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://onboarding.example.com", "Try https://onboarding.example.com"),
        ("onboarding.example.com", "https://onboarding.example.com"),
        ("https://", "is no address"),
        ("ftp://onboarding.example.com", "is no address"),
        ("https://me:secret@onboarding.example.com", "is no address"),
        ("https://onboarding.example.com:port", "is no address"),
    ],
)
def test_an_address_slack_would_not_take_is_refused_in_a_line(handrail: Handrail, url: str, words: str):
    said = handrail("manifest", "--url", url)
    assert (said.code, said.out) == (1, "")
    assert words in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_so_is_a_name_that_is_too_long(handrail: Handrail):
    said = handrail("manifest", "--url", HOME, "--name", "N" * 36)
    assert (said.code, said.out) == (1, "")
    assert "1 to 35 characters" in said.err
