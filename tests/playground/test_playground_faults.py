"""Bad days at Slack, as its own client lives through them."""

from __future__ import annotations

import time
import urllib.error

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from bot.playground.lines import Line


def test_slack_asks_for_patience_and_the_client_that_waits_gets_through(stage):
    stage.world.faults.next("chat.postMessage", "rate_limited", seconds=0)
    patient = WebClient(stage.slack.token, base_url=stage.slack.base_url, retry_handlers=[RateLimitErrorRetryHandler()])
    assert patient.chat_postMessage(channel="D_ANA", text="Hi")["ok"]
    assert [call.fault for call in stage.world.calls] == ["rate_limited", None]
    assert len(stage.world.dm("U_ANA")) == 1


def test_slack_says_how_long_to_wait(stage):
    stage.world.faults.next("chat.postMessage", "rate_limited", seconds=7)
    with pytest.raises(SlackApiError) as refused:
        stage.slack.chat_postMessage(channel="D_ANA", text="Hi")
    assert (refused.value.response.status_code, refused.value.response.headers["retry-after"]) == (429, "7")
    assert refused.value.response["error"] == "ratelimited"


def test_a_revoked_token_fails_this_call_and_not_the_next(stage):
    stage.world.faults.next("auth.test", "invalid_auth")
    with pytest.raises(SlackApiError, match="invalid_auth"):
        stage.slack.auth_test()
    assert stage.slack.auth_test()["user_id"] == "U_HANDRAIL"


@pytest.mark.parametrize("accepted", [True, False])
def test_after_a_timeout_nobody_knows_whether_ana_got_it(stage, accepted):
    stage.world.faults.next("chat.postMessage", "hang_accepted" if accepted else "hang", seconds=10)
    hasty = WebClient(stage.slack.token, base_url=stage.slack.base_url, retry_handlers=[], timeout=0.2)
    with pytest.raises((TimeoutError, urllib.error.URLError)):
        hasty.chat_postMessage(channel="D_ANA", text="Hi")
    assert len(stage.world.dm("U_ANA")) == accepted


def test_a_hang_ends_by_itself(stage):
    stage.world.faults.next("*", "hang", seconds=0.05)
    began = time.monotonic()
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        stage.slack.chat_postMessage(channel="D_ANA", text="Hi")
    assert time.monotonic() - began < 2
    assert stage.world.dm("U_ANA") == []


def test_a_connection_cut_after_posting_leaves_the_message_there(stage):
    stage.world.faults.next("chat.postMessage", "lost_answer")
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        stage.slack.chat_postMessage(channel="D_ANA", text="Hi")
    assert [message.text for message in stage.world.dm("U_ANA")] == ["Hi"]


def test_faults_hit_only_the_method_they_were_ordered_for(stage):
    stage.world.faults.next("views.publish", "server_error")
    assert stage.slack.chat_postMessage(channel="D_ANA", text="Hi")["ok"]
    stage.world.faults.clear()
    assert stage.slack.views_publish(user_id="U_ANA", view={"type": "home", "blocks": []})["ok"]


def test_a_line_that_nobody_can_cut_is_left_alone():
    Line().cut()
