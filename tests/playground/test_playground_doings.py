"""More of what people do in Slack: files, edits, reactions, shortcuts, commands, guests and bots; and events that come late or twice."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground import events
from bot.playground.post import Refused
from bot.playground.values import Channel, User


@pytest.fixture
def told(stage: Any) -> Iterator[list[dict[str, Any]]]:
    """Every body that the app is told, whatever it does with it."""
    bodies: list[dict[str, Any]] = []
    listeners, middleware = list(stage.bolt._listeners), list(stage.bolt._middleware_list)

    @stage.bolt.middleware
    def write_down(body: dict[str, Any], next: Any) -> None:
        bodies.append(body)
        next()

    @stage.bolt.event({"type": "message", "subtype": None})
    def message(ack: Any) -> None:
        ack()

    for kind in ("reaction_added", "reaction_removed", "member_joined_channel"):
        stage.bolt.event(kind)(lambda ack: ack())
    stage.bolt.shortcut("open_case")(lambda ack: ack())
    stage.bolt.command("/onboarding")(lambda ack: ack("Three of seven."))
    yield bodies
    stage.bolt._listeners[:], stage.bolt._middleware_list[:] = listeners, middleware


def last_event(told: list[dict[str, Any]]) -> dict[str, Any]:
    event: dict[str, Any] = told[-1]["event"]
    return event


def ana_wrote(stage: Any, text: str = "helo") -> str:
    stage.acts.say("U_ANA", text)
    return str(stage.world.dm("U_ANA")[-1].ts)


# Words that change


def test_ana_corrects_herself_and_the_app_hears_both_versions(stage, told):
    ts = ana_wrote(stage)
    stage.acts.edit("U_ANA", "U_ANA", ts, "hello")
    event = last_event(told)
    assert (event["subtype"], event["channel_type"], event["hidden"]) == ("message_changed", "im", True)
    assert (event["previous_message"]["text"], event["message"]["text"], event["message"]["ts"]) == ("helo", "hello", ts)
    assert (event["message"]["user"], event["message"]["edited"]["user"]) == ("U_ANA", "U_ANA")
    assert stage.world.dm("U_ANA")[-1].text == "hello"


def test_ana_takes_back_what_she_wrote(stage, told):
    ts = ana_wrote(stage)
    stage.acts.delete("U_ANA", "U_ANA", ts)
    event = last_event(told)
    assert (event["subtype"], event["deleted_ts"], event["previous_message"]["text"]) == ("message_deleted", ts, "helo")
    assert stage.world.dm("U_ANA") == []


def test_nobody_changes_what_somebody_else_wrote(stage):
    ts = stage.slack.chat_postMessage(channel="D_ANA", text="Hi")["ts"]
    with pytest.raises(Refused, match="Only who wrote"):
        stage.acts.edit("U_ANA", "U_ANA", ts, "Ho")


def test_maya_puts_an_sos_under_a_message_and_takes_it_away(stage, told):
    ts = stage.slack.chat_postMessage(channel="C_ACME", text="Ana is stuck")["ts"]
    stage.acts.react("U_MAYA", "#acme-rollout", ts, "sos")
    event = last_event(told)
    assert (event["type"], event["reaction"], event["user"], event["item_user"]) == ("reaction_added", "sos", "U_MAYA", "U_HANDRAIL")
    assert event["item"] == {"type": "message", "channel": "C_ACME", "ts": ts}
    stage.acts.react("U_MAYA", "#acme-rollout", ts, "sos")
    assert last_event(told)["type"] == "reaction_removed"
    assert stage.world.channel("#acme-rollout")[0].reactions == {}


# Shortcuts, commands, tabs


def test_a_shortcut_on_a_message_carries_the_message(stage, told):
    ts = stage.slack.chat_postMessage(channel="C_ACME", text="Ana is stuck")["ts"]
    stage.acts.message_shortcut("U_MAYA", "C_ACME", ts, "open_case")
    body = told[-1]
    assert (body["type"], body["callback_id"], body["user"]["id"]) == ("message_action", "open_case", "U_MAYA")
    assert (body["message"]["text"], body["message_ts"], body["channel"]["id"]) == ("Ana is stuck", ts, "C_ACME")
    assert body["response_url"].startswith(stage.url)


def test_a_shortcut_from_slacks_own_menu_brings_a_trigger(stage, told):
    stage.acts.shortcut("U_MAYA", "open_case")
    assert told[-1]["type"] == "shortcut"
    dialog = {"type": "modal", "title": {"type": "plain_text", "text": "A case"}, "blocks": []}
    assert stage.slack.views_open(trigger_id=told[-1]["trigger_id"], view=dialog)["view"]["title"]["text"] == "A case"


def test_a_command_can_be_typed_in_a_channel(stage, told):
    stage.acts.command("U_MAYA", "/onboarding case ana@acme.test", "#csm-smb")
    body = told[-1]
    assert (body["command"], body["text"], body["channel_name"]) == ("/onboarding", "case ana@acme.test", "csm-smb")
    [answer] = stage.world.channel("#csm-smb")
    assert (answer.text, answer.for_user) == ("Three of seven.", "U_MAYA")


def test_opening_the_messages_tab_says_which_tab(stage, told):
    stage.acts.open_messages_tab("U_ANA")
    assert (last_event(told)["tab"], "view" in last_event(told)) == ("messages", False)


def test_a_trigger_that_waited_too_long_is_expired(stage, told):
    stage.world.tickets.expire_next()
    stage.acts.shortcut("U_MAYA", "open_case")
    dialog = {"type": "modal", "title": {"type": "plain_text", "text": "A case"}, "blocks": []}
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        stage.slack.views_open(trigger_id=told[-1]["trigger_id"], view=dialog)


# Files


def test_ana_sends_a_picture_and_the_app_can_fetch_it_with_its_token(stage, told):
    file_id = stage.acts.share_file("U_ANA", "U_ANA", "error.png", b"\x89PNG", "what I see")
    event = last_event(told)
    assert (event["subtype"], event["text"], event["user"]) == ("file_share", "what I see", "U_ANA")
    [file] = event["files"]
    assert (file["id"], file["name"], file["mimetype"], file["size"]) == (file_id, "error.png", "image/png", 4)
    assert stage.slack.files_info(file=file_id)["file"]["url_private_download"] == file["url_private_download"]
    path = file["url_private_download"].removeprefix(stage.url)
    bearer = {"Authorization": f"Bearer {stage.slack.token}"}
    with urllib.request.urlopen(urllib.request.Request(stage.url + path, headers=bearer), timeout=5) as answer:
        assert answer.read() == b"\x89PNG"
    status, page = stage.http(path)
    assert (status, "Sign in" in page) == (200, True)


def test_the_app_passes_a_file_on_into_a_thread(stage):
    ts = stage.slack.chat_postMessage(channel="C_CSM_SMB", text="Ana is stuck")["ts"]
    told = stage.slack.files_upload_v2(
        channel="C_CSM_SMB", thread_ts=ts, filename="error.png", content=b"\x89PNG", title="What Ana sees", initial_comment="From Ana"
    )
    [_, shared] = stage.world.channel("#csm-smb")
    assert (shared.text, shared.thread_ts, shared.files) == ("From Ana", ts, [told["file"]["id"]])
    assert stage.world.file(shared.files[0]).data == b"\x89PNG"
    [_, seen] = stage.slack.conversations_replies(channel="C_CSM_SMB", ts=ts)["messages"]
    assert seen["files"][0]["title"] == "What Ana sees"


def test_a_file_that_was_never_uploaded_cannot_be_shared(stage):
    asked = stage.slack.files_getUploadURLExternal(filename="error.png", length=4)
    with pytest.raises(SlackApiError, match="file_not_found"):
        stage.slack.files_completeUploadExternal(files=[{"id": asked["file_id"], "title": "x"}], channel_id="C_CSM_SMB")
    assert stage.http("/slack/upload/FNOBODY", {"x": 1}) == (404, "not found")


# Who is there


@pytest.fixture
def acme_shared(stage: Any) -> Any:
    """A channel shared with Initech, with Gil who is a guest, Olga from Initech, a stranger and somebody's bot."""
    newcomers = (
        User(id="U_GIL", name="Gil Guest", email="gil@acme.test", guest="single"),
        User(id="U_OLGA", name="Olga Orlova", email="olga@initech.test", team="T_INITECH"),
        User(id="U_STRANGER", name="Somebody", email="x@initech.test", team="T_INITECH", stranger=True),
        User(id="U_GONE", name="Gone Girl", deleted=True),
        User(id="U_JIRA", name="Jira", role="bot"),
    )
    users, channels = dict(stage.world.users), dict(stage.world.channels)
    stage.world.users |= {user.id: user for user in newcomers}
    members = ("U_GIL", "U_OLGA", "U_JIRA", "U_MAYA", "U_HANDRAIL")
    stage.world.channels["C_SHARED"] = Channel(id="C_SHARED", name="shared", members=members, shared=True)
    stage.world.channels["C_SECRET"] = Channel(id="C_SECRET", name="secret", members=("U_MAYA",), private=True)
    stage.world.channels["C_OPEN"] = Channel(id="C_OPEN", name="open", members=("U_MAYA",))
    yield stage
    stage.world.users, stage.world.channels = users, channels


def test_guests_strangers_and_those_who_left_are_told_apart(acme_shared):
    def known(user: str) -> Any:
        return acme_shared.slack.users_info(user=user, include_locale=True)["user"]

    assert (known("U_GIL")["is_restricted"], known("U_GIL")["is_ultra_restricted"]) == (True, True)
    assert (known("U_ANA")["is_restricted"], known("U_ANA")["locale"], known("U_ANA")["tz"]) == (False, "en-US", "Europe/Berlin")
    assert (known("U_OLGA")["team_id"], known("U_OLGA")["is_stranger"]) == ("T_INITECH", False)
    assert known("U_STRANGER")["is_stranger"] is True
    assert "email" not in known("U_STRANGER")["profile"]
    assert known("U_GONE")["deleted"] is True
    assert known("U_ANA")["profile"]["image_72"] == known("U_ANA")["profile"]["image_192"]


def test_olgas_words_from_another_workspace_say_where_she_is_at_home(acme_shared, told):
    acme_shared.acts.write("U_OLGA", "#shared", "hello from Initech")
    body, event = told[-1], last_event(told)
    assert body["is_ext_shared_channel"] is True
    assert (event["user"], event["user_team"], event["source_team"], body["team_id"]) == (
        "U_OLGA",
        "T_INITECH",
        "T_INITECH",
        "T_PLAYGROUND",
    )


def test_what_another_bot_writes_carries_its_bot_id(acme_shared, told):
    acme_shared.acts.write("U_JIRA", "#shared", "TAL-1 was closed")
    assert last_event(told)["bot_id"] == "B_JIRA"


def test_channels_say_what_they_are_and_the_app_can_join_the_open_ones(acme_shared, told):
    slack: WebClient = acme_shared.slack
    shared = slack.conversations_info(channel="C_SHARED")["channel"]
    assert (shared["is_ext_shared"], shared["is_member"], shared["is_private"]) == (True, True, False)
    with pytest.raises(SlackApiError, match="channel_not_found"):
        slack.conversations_info(channel="C_SECRET")
    assert slack.conversations_info(channel="C_OPEN")["channel"]["is_member"] is False
    assert slack.conversations_join(channel="C_OPEN")["channel"]["is_member"] is True
    assert slack.conversations_members(channel="C_OPEN")["members"] == ["U_MAYA", "U_HANDRAIL"]
    mine = [channel["id"] for channel in slack.users_conversations(types="public_channel,private_channel")["channels"]]
    assert mine == ["C_CSM_SMB", "C_CSM_MID", "C_CSM_ENT", "C_CS_OPS", "C_ACME", "C_SHARED", "C_OPEN"]
    acme_shared.acts.join("U_TOM", "#open")
    assert (last_event(told)["type"], last_event(told)["user"]) == ("member_joined_channel", "U_TOM")


def test_the_workspace_and_the_bot_can_be_asked_about(stage):
    assert stage.slack.team_info()["team"]["domain"] == "playground"
    assert stage.slack.bots_info(bot="B_HANDRAIL")["bot"]["user_id"] == "U_HANDRAIL"
    with pytest.raises(SlackApiError, match="bot_not_found"):
        stage.slack.bots_info(bot="B_OTHER")


# Late, twice, out of order


def test_events_can_come_in_another_order_and_once_more(stage):
    held = stage.acts.holding()
    held.acts.say("U_ANA", "one")
    held.acts.say("U_ANA", "two")
    assert [message.text for message in stage.world.dm("U_ANA")] == ["one", "two"]
    assert stage.heard == []
    held.deliver_all(1, 0)
    held.deliver(0, retry=1)
    stage.eventually(lambda: len(stage.heard) == 3)
    heard = [(event["text"], event["retry"]) for _, event in stage.heard]
    assert sorted(heard, key=str) == [("one", None), ("one", ["1"]), ("two", None)]
    ids = {event["id"] for _, event in stage.heard if event["text"] == "one"}
    assert len(ids) == 1


# Faults


def test_slack_can_refuse_with_any_word_after_some_calls_that_went_well(stage):
    stage.world.faults.next("chat.postMessage", "refused", error="not_in_channel", after=1)
    assert stage.slack.chat_postMessage(channel="D_ANA", text="one")["ok"]
    with pytest.raises(SlackApiError, match="not_in_channel"):
        stage.slack.chat_postMessage(channel="D_ANA", text="two")
    assert stage.slack.chat_postMessage(channel="D_ANA", text="three")["ok"]


def test_a_bad_day_lasts_until_it_is_over(stage):
    stage.world.faults.always("chat.postMessage", "server_error")
    for _ in range(3):
        with pytest.raises(SlackApiError):
            stage.slack.chat_postMessage(channel="D_ANA", text="Hi")
    assert stage.world.faults.met("chat.postMessage") == 3
    stage.world.faults.clear("chat.postMessage")
    assert stage.slack.chat_postMessage(channel="D_ANA", text="Hi")["ok"]


def test_a_connection_reset_takes_nothing_with_it(stage):
    stage.world.faults.next("chat.postMessage", "reset")
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        stage.slack.chat_postMessage(channel="D_ANA", text="Hi")
    assert stage.world.dm("U_ANA") == []


def test_an_app_that_was_removed_hears_nothing_more(stage, told):
    stage.world.grants.refuse("account_inactive")
    stage.acts.say("U_ANA", "anybody?")
    assert told == []
    assert events.envelope(stage.world, {"type": "app_uninstalled"})["team_id"] == "T_PLAYGROUND"
    with pytest.raises(Refused, match="not a command"):
        stage.acts.command("U_ANA", "/onboarding")


def test_a_scope_less_app_is_named_what_it_lacks(stage):
    stage.world.grants.narrow("users:read")
    with pytest.raises(SlackApiError) as refused:
        stage.slack.chat_postMessage(channel="D_ANA", text="Hi")
    assert (refused.value.response["error"], refused.value.response["needed"]) == ("missing_scope", "chat:write")
    assert replace(stage.world.grants.current, token="").scopes == ("users:read",)
