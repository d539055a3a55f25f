"""Socket Mode: Slack's own client connects to the playground, and what people do reaches the app by its socket."""

from __future__ import annotations

import json
import logging
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.acts import Acts
from bot.playground.post import Post, Refused
from bot.playground.sockets import Sockets

APP_TOKEN = "xapp-1-A_HANDRAIL-playground"


@dataclass
class Wired:
    """A stage whose app is connected by Socket Mode."""

    stage: Any
    acts: Acts
    sockets: Sockets
    handler: SocketModeHandler

    def heard(self, kind: str) -> list[Any]:
        return [what for name, what in self.stage.heard if name == kind]

    def eventually(self, happens: Callable[[], object]) -> None:
        self.stage.eventually(happens, within=10)


@pytest.fixture
def wired(stage: Any) -> Iterator[Wired]:
    sockets = stage.world.sockets
    quiet = logging.getLogger("socket-mode-in-tests")
    quiet.setLevel(logging.CRITICAL)
    client = WebClient(stage.slack.token, base_url=stage.slack.base_url, retry_handlers=[])
    handler = SocketModeHandler(stage.bolt, APP_TOKEN, logger=quiet, web_client=client, ping_interval=1)
    handler.connect()
    sockets.wait(1)
    post = Post(stage.desk, stage.world.faults, patience=5.0, retries_after=(0.0, 0.0), sockets=sockets)
    yield Wired(stage, Acts(stage.world, stage.desk, post), sockets, handler)
    handler.client.auto_reconnect_enabled = handler.client.default_auto_reconnect_enabled = False
    sockets.close()
    sockets.wait(0)  # the client notices that faster than its own goodbye
    handler.client.close()


def test_only_the_app_level_token_opens_a_connection(stage):
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        stage.slack.apps_connections_open(app_token=stage.slack.token)
    with pytest.raises(SlackApiError, match="invalid_auth"):
        stage.slack.apps_connections_open(app_token="xapp-guessed")
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        WebClient(APP_TOKEN, base_url=stage.slack.base_url).auth_test()
    assert stage.slack.apps_connections_open(app_token=APP_TOKEN)["url"].startswith("ws://127.0.0.1:")


def test_what_ana_writes_comes_by_the_socket(wired):
    wired.acts.say("U_ANA", "I'm stuck")
    wired.eventually(lambda: wired.heard("message"))
    [envelope] = wired.sockets.envelopes
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("events_api", False)
    assert envelope["payload"]["event"]["text"] == "I'm stuck"
    assert wired.heard("message")[0]["text"] == "I'm stuck"


def test_a_command_is_answered_in_the_acknowledgement(wired):
    wired.acts.say("U_ANA", "/handrail help")
    assert [(m.text, m.for_user) for m in wired.stage.world.dm("U_ANA")] == [("You said help.", "U_ANA")]
    assert wired.sockets.envelopes[-1]["type"] == "slash_commands"


def test_a_dialog_opens_and_its_errors_come_back_by_the_socket(wired):
    button = {"type": "button", "action_id": "ask", "text": {"type": "plain_text", "text": "My goal"}}
    blocks = [{"type": "actions", "block_id": "step", "elements": [button]}]
    ts = wired.stage.slack.chat_postMessage(channel="D_ANA", text="Step", blocks=blocks)["ts"]
    wired.acts.click_message("U_ANA", ("D_ANA", ts), ("step", "ask"))
    wired.eventually(lambda: wired.stage.world.modal("U_ANA"))
    with pytest.raises(Refused) as short:
        wired.acts.submit("U_ANA", wired.stage.world.modal("U_ANA")["id"], {"goal": {"text": "x"}})
    assert short.value.errors == {"goal": "Say a bit more."}
    assert {envelope["type"] for envelope in wired.sockets.envelopes} == {"interactive"}


def test_an_acknowledgement_that_gets_lost_brings_the_event_again(wired):
    wired.acts.post.sockets.lose_acks()
    quick = Acts(wired.stage.world, wired.stage.desk, Post(wired.stage.desk, wired.stage.world.faults, 0.5, (0.0,), wired.sockets))
    quick.say("U_ANA", "done")
    wired.eventually(lambda: len(wired.heard("message")) == 2)
    assert len({event["id"] for event in wired.heard("message")}) == 1
    assert [envelope["retry_attempt"] for envelope in wired.sockets.envelopes] == [0, 1]


def test_asked_to_reconnect_the_app_opens_another_connection_and_loses_nothing(wired):
    wired.sockets.disconnect()
    wired.acts.say("U_ANA", "still there?")
    wired.eventually(lambda: wired.heard("message"))
    assert wired.sockets.count == 1


def test_a_connection_cut_without_a_word_is_opened_again_by_the_app(wired):
    wired.sockets.drop()
    wired.sockets.wait(0)
    wired.acts.say("U_ANA", "still there?")
    wired.eventually(lambda: wired.heard("message"))
    assert wired.sockets.count == 1


def test_without_a_connection_an_app_in_socket_mode_hears_nothing_and_the_page_says_so(stage):
    sockets = Sockets()
    sockets.on = True
    hasty = Acts(stage.world, stage.desk, Post(stage.desk, stage.world.faults, 0.05, (), sockets))
    with pytest.raises(Refused, match="no Socket Mode connection"):
        hasty.say("U_ANA", "hello?")
    assert stage.heard == []


def test_an_address_for_a_connection_is_good_once(stage):
    url = stage.slack.apps_connections_open(app_token=APP_TOKEN)["url"]
    ticket = url.rpartition("/")[2]
    assert stage.world.sockets.redeem(ticket)
    assert not stage.world.sockets.redeem(ticket)
    request = urllib.request.Request(f"{stage.url}/slack/api/apps.connections.open", headers={"Authorization": f"Bearer {APP_TOKEN}"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert json.load(answer)["ok"]


def test_a_line_that_went_silent_is_replaced_by_the_app(wired):
    wired.acts.say("U_ANA", "one")
    wired.sockets.deafen()
    wired.stage.eventually(lambda: wired.sockets.count == 2, within=20)
    wired.acts.say("U_ANA", "two")
    wired.eventually(lambda: len(wired.heard("message")) == 2)
    assert len(wired.heard("message")) == 2, "each once"
