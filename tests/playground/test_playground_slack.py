"""The playground's Slack, spoken to by Slack's own client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

BUTTON = {"type": "button", "action_id": "done", "text": {"type": "plain_text", "text": "Done"}, "value": "{}"}
HOME: dict[str, Any] = {"type": "home", "blocks": [{"type": "divider"}]}


def refusal_of(call: Callable[[], object]) -> Any:
    with pytest.raises(SlackApiError) as refused:
        call()
    return refused.value.response


def test_handrail_says_hello_to_ana_and_history_remembers_it_with_its_metadata(stage):
    channel = stage.slack.conversations_open(users="U_ANA")["channel"]["id"]
    metadata = {"event_type": "handrail", "event_payload": {"outbox": "42"}}
    posted = stage.slack.chat_postMessage(channel=channel, text="Hi Ana", metadata=metadata)
    [told] = stage.slack.conversations_history(channel=channel, include_all_metadata=True)["messages"]
    assert told["ts"] == posted["ts"]
    assert told["metadata"] == metadata
    assert [message.text for message in stage.world.dm("U_ANA")] == ["Hi Ana"]


def test_history_keeps_metadata_to_itself_unless_asked(stage):
    stage.slack.chat_postMessage(channel="U_ANA", text="Hi", metadata={"event_type": "x", "event_payload": {}})
    [told] = stage.slack.conversations_history(channel="D_ANA")["messages"]
    assert "metadata" not in told


def test_two_messages_in_the_same_instant_get_different_growing_timestamps(stage):
    stamps = [stage.slack.chat_postMessage(channel="D_ANA", text=str(n))["ts"] for n in range(3)]
    assert stamps == sorted(set(stamps))
    assert stamps[0].startswith("1772442000.")  # Monday at nine, in world time


def test_a_card_lives_in_a_channel_and_the_conversation_in_its_thread(stage):
    card = stage.slack.chat_postMessage(channel="#csm-smb", text="Ana is stuck")
    stage.slack.chat_postMessage(channel=card["channel"], thread_ts=card["ts"], text="invalid host")
    [head] = stage.slack.conversations_history(channel=card["channel"])["messages"]
    thread = stage.slack.conversations_replies(channel=card["channel"], ts=card["ts"])["messages"]
    assert head["reply_count"] == 1
    assert [message["text"] for message in thread] == ["Ana is stuck", "invalid host"]


def test_history_comes_newest_first_in_pages(stage):
    for number in range(5):
        stage.slack.chat_postMessage(channel="D_ANA", text=str(number))
    pages = stage.slack.conversations_history(channel="D_ANA", limit=2)
    assert [message["text"] for page in pages for message in page["messages"]] == ["4", "3", "2", "1", "0"]


def test_history_between_two_moments_leaves_out_the_edges(stage):
    first, _, last = (stage.slack.chat_postMessage(channel="D_ANA", text=word)["ts"] for word in ("a", "b", "c"))
    between = stage.slack.conversations_history(channel="D_ANA", oldest=first, latest=last)["messages"]
    inclusive = stage.slack.conversations_history(channel="D_ANA", oldest=first, latest=last, inclusive=True)["messages"]
    assert [m["text"] for m in between] == ["b"]
    assert [m["text"] for m in inclusive] == ["c", "b", "a"]


def test_an_update_keeps_the_blocks_it_does_not_mention(stage):
    blocks = [{"type": "actions", "elements": [BUTTON]}]
    posted = stage.slack.chat_postMessage(channel="D_ANA", text="Step one", blocks=blocks)
    stage.slack.chat_update(channel="D_ANA", ts=posted["ts"], text="Step one, done")
    [message] = stage.world.dm("U_ANA")
    assert (message.text, message.edited, len(message.blocks)) == ("Step one, done", True, 1)
    stage.slack.chat_update(channel="D_ANA", ts=posted["ts"], text="Bare", blocks=[])
    assert stage.world.dm("U_ANA")[0].blocks == []


def test_handrail_cannot_change_what_ana_wrote(stage):
    stage.acts.say("U_ANA", "hello")
    ts = stage.world.dm("U_ANA")[0].ts
    assert refusal_of(lambda: stage.slack.chat_update(channel="D_ANA", ts=ts, text="no"))["error"] == "cant_update_message"
    assert refusal_of(lambda: stage.slack.chat_delete(channel="D_ANA", ts=ts))["error"] == "cant_delete_message"


def test_a_deleted_message_is_gone(stage):
    ts = stage.slack.chat_postMessage(channel="D_ANA", text="Oops")["ts"]
    stage.slack.chat_delete(channel="D_ANA", ts=ts)
    assert stage.world.dm("U_ANA") == []
    assert refusal_of(lambda: stage.slack.chat_delete(channel="D_ANA", ts=ts))["error"] == "message_not_found"


def test_only_maya_sees_what_is_ephemeral_for_maya(stage):
    stage.slack.chat_postEphemeral(channel="C_CSM_SMB", user="U_MAYA", text="Tom has it already.")
    assert stage.slack.conversations_history(channel="C_CSM_SMB")["messages"] == []
    assert [message.for_user for message in stage.world.channel("#csm-smb")] == ["U_MAYA"]
    refused = refusal_of(lambda: stage.slack.chat_postEphemeral(channel="C_CSM_SMB", user="U_ANA", text="psst"))
    assert refused["error"] == "user_not_in_channel"


def test_a_tick_under_a_message_is_put_once_and_can_be_taken_back(stage):
    ts = stage.slack.chat_postMessage(channel="C_CSM_SMB", text="Sent")["ts"]
    where = {"channel": "C_CSM_SMB", "timestamp": ts, "name": "white_check_mark"}
    stage.slack.reactions_add(**where)
    assert stage.world.channel("#csm-smb")[0].reactions == {"white_check_mark": ["U_HANDRAIL"]}
    assert refusal_of(lambda: stage.slack.reactions_add(**where))["error"] == "already_reacted"
    stage.slack.reactions_remove(**where)
    assert stage.world.channel("#csm-smb")[0].reactions == {}
    assert refusal_of(lambda: stage.slack.reactions_remove(**where))["error"] == "no_reaction"


def test_a_permalink_leads_back_to_the_playground(stage):
    ts = stage.slack.chat_postMessage(channel="C_CSM_SMB", text="Ana is stuck")["ts"]
    link = stage.slack.chat_getPermalink(channel="C_CSM_SMB", message_ts=ts)["permalink"]
    assert link.startswith(stage.url)
    assert link.endswith("/C_CSM_SMB/p" + ts.replace(".", ""))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda slack: slack.chat_postMessage(channel="D_NOBODY", text="x"), "channel_not_found"),
        (lambda slack: slack.api_call("chat.postMessage", json={"channel": "D_ANA"}), "no_text"),
        (lambda slack: slack.chat_postMessage(channel="D_ANA", text="x" * 40_001), "msg_too_long"),
        (lambda slack: slack.chat_postMessage(channel="D_ANA", text="x", thread_ts="1.000001"), "thread_not_found"),
        (lambda slack: slack.chat_postMessage(channel="D_ANA", text="x", blocks="[{"), "invalid_blocks_format"),
        (lambda slack: slack.chat_postMessage(channel="D_ANA", text="x", metadata={"event_type": "x"}), "invalid_metadata_format"),
        (lambda slack: slack.users_info(user="U_NOBODY"), "user_not_found"),
        (lambda slack: slack.users_lookupByEmail(email="nobody@acme.test"), "users_not_found"),
        (lambda slack: slack.conversations_open(users="U_NOBODY"), "user_not_found"),
        (lambda slack: slack.conversations_replies(channel="D_ANA", ts="1.000001"), "thread_not_found"),
        (lambda slack: slack.views_publish(user_id="U_ANA", view=HOME, hash="stale"), "hash_conflict"),
        (lambda slack: slack.views_open(trigger_id="made.up", view=HOME), "invalid_arguments"),
        (lambda slack: slack.api_call("chat.postMessage", json={"text": "x"}), "invalid_arguments"),
        (lambda slack: slack.api_call("chat.postMassage"), "unknown_method"),
    ],
)
def test_slack_refuses_in_its_own_words(stage, call, error):
    assert refusal_of(lambda: call(stage.slack))["error"] == error


def test_blocks_are_refused_with_the_place_of_the_mistake(stage):
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    refused = refusal_of(lambda: stage.slack.chat_postMessage(channel="D_ANA", text="x", blocks=blocks))
    assert refused["error"] == "invalid_blocks"
    assert "must be less than 3001 characters [json-pointer:/blocks/0/text/text]" in refused["errors"]
    assert "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]" in refused["response_metadata"]["messages"]


def test_blocks_that_are_fine_each_can_be_too_long_together(stage):
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2700}}] * 5
    refused = refusal_of(lambda: stage.slack.chat_postMessage(channel="D_ANA", text="x", blocks=blocks))
    assert refused["error"] == "msg_blocks_too_long"


def test_a_wrong_token_and_none_are_told_apart(stage):
    def knock(token: str | None) -> WebClient:
        return WebClient(token, base_url=f"{stage.url}/slack/api/", retry_handlers=[])

    assert refusal_of(lambda: knock("xoxb-stolen").auth_test())["error"] == "invalid_auth"
    assert refusal_of(lambda: knock(None).auth_test())["error"] == "not_authed"


def test_ana_is_known_by_name_address_zone_and_language(stage):
    ana = stage.slack.users_info(user="U_ANA", include_locale=True)["user"]
    assert (ana["real_name"], ana["profile"]["email"], ana["tz"], ana["tz_offset"], ana["locale"]) == (
        "Ana Ruiz",
        "ana@acme.test",
        "Europe/Berlin",
        3600,
        "en-US",
    )
    assert stage.slack.users_lookupByEmail(email="ANA@acme.test")["user"]["id"] == "U_ANA"
    assert {member["id"] for member in stage.slack.users_list()["members"]} == {"U_ANA", "U_MAYA", "U_TOM", "U_HANDRAIL"}


def test_channels_can_be_listed_and_looked_at(stage):
    names = [channel["name"] for channel in stage.slack.conversations_list()["channels"]]
    assert names == ["csm-smb", "csm-mid-market", "csm-enterprise", "cs-ops", "acme-rollout"]
    assert stage.slack.conversations_info(channel="C_CSM_SMB")["channel"]["num_members"] == 3


def test_the_home_tab_is_replaced_only_by_who_knows_its_latest_hash(stage):
    first = stage.slack.views_publish(user_id="U_ANA", view=HOME)["view"]
    second = stage.slack.views_publish(user_id="U_ANA", view=HOME, hash=first["hash"])["view"]
    assert second["id"] == first["id"]
    assert second["hash"] != first["hash"]
    stale = refusal_of(lambda: stage.slack.views_publish(user_id="U_ANA", view=HOME, hash=first["hash"]))
    assert stale["error"] == "hash_conflict"
    assert stage.world.home("U_ANA")["hash"] == second["hash"]


def test_prompts_and_status_show_above_the_message_box_until_handrail_speaks(stage):
    prompts = [{"title": "What next?", "message": "next"}]
    stage.slack.assistant_threads_setSuggestedPrompts(channel_id="D_ANA", thread_ts="", prompts=prompts)
    stage.slack.assistant_threads_setStatus(channel_id="D_ANA", thread_ts="1.000001", status="is looking")
    assert stage.world.assistant("D_ANA") == {"prompts": prompts, "status": "is looking"}
    stage.slack.chat_postMessage(channel="D_ANA", text="Found it")
    assert stage.world.assistant("D_ANA") == {"prompts": prompts, "status": ""}
    refused = refusal_of(lambda: stage.slack.assistant_threads_setSuggestedPrompts(channel_id="D_ANA", thread_ts="", prompts=prompts * 5))
    assert refused["error"] == "invalid_arguments"


def test_every_call_is_written_down_for_the_test_that_asks(stage):
    stage.slack.chat_postMessage(channel="D_ANA", text="Hi")
    call = stage.world.calls[-1]
    assert (call.method, call.payload["text"], call.at) == ("chat.postMessage", "Hi", stage.desk.time)
