"""Two workspaces at once: each is spoken to with its own token, and what goes wrong in one holds up nobody in the other."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from in_slack import known, signs_up
from town import Town, two_workspaces

from bot.channels import SendError
from bot.playground import app_events
from bot.playground import events as slack_events
from bot.playground.post import signature
from bot.playground.values import Message, User
from bot.slack.patience import patience
from bot.slack.pauses import Pauses
from bot.slack.workspaces import QUICK
from flows.decision import Say, To

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Town]:
    """Installed in both; Ben of Acme signed up and opened it, Ana did in the vendor's own workspace."""
    with two_workspaces(tmp_path / "town") as found:
        found.installs("U_MAYA")
        signs_up(found)
        found.at("T_ACME").comes_from_mail("U_BEN")
        found.opens_home("U_ANA")
        found.settle()
        yield found


@pytest.fixture
def acme(vendor: Town) -> Town:
    """The customer's workspace."""
    return vendor.at("T_ACME")


def say(town: Town, email: str, key: str, *, via: tuple[str, ...] = ("slack", "email")) -> str:
    """We have something to say to somebody, which is the answer to something they did. Gives the row's key."""
    who = known(town, email).id
    said = Say(key=key, to=To("person", who, via), message="help", person=who, essential=True)
    town.house.outbox.enqueue(said, town.demo.now())
    return key


def fate(town: Town, key: str) -> tuple[str, str, str]:
    """State, channel and reason of something said."""
    row = town.house.outbox.row(key)
    assert row is not None
    return row.state, row.channel, row.error


def delivers(town: Town, event: dict[str, Any], **changed: Any) -> int:
    """Slack delivers an event of this workspace; the status the app answers with."""
    return sends(town, slack_events.envelope(town.workspace, event) | changed)


def sends(town: Town, body: dict[str, Any]) -> int:
    text, at = json.dumps(body), str(int(time.time()))
    signed = signature(town.demo.signing_secret, at, text.encode())
    headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": at, "X-Slack-Signature": signed}
    return town.fetch("POST", "/slack/events", text, headers).status


def wrote(town: Town, user: str, text: str) -> dict[str, Any]:
    channel = town.workspace.find_channel(user)
    assert channel is not None
    said = town.workspace.post(Message(channel=channel.id, ts="", user=user, text=text))
    return slack_events.message_event(town.workspace, said, channel)


def kinds(town: Town, email: str = "ben@acme.test") -> list[str]:
    return [event["kind"] for event in town.why(email) if event["kind"] != "Tick"]


def slack_of(town: Town) -> Any:
    assert town.house.slack is not None
    return town.house.slack


# Each in their own


def test_ben_is_answered_in_his_workspace_and_ana_in_hers(vendor: Town, acme: Town):
    assert acme.says("what's next?", "U_BEN")
    assert vendor.says("what's next?", "U_ANA")
    assert not [c for c in vendor.workspace.calls if c.payload.get("channel") == "U_BEN" or c.payload.get("user_id") == "U_BEN"]
    assert not [c for c in acme.workspace.calls if c.payload.get("channel") == "U_ANA" or c.payload.get("user_id") == "U_ANA"]


def test_bens_home_is_drawn_in_his_workspace(acme: Town):
    assert "Home" not in json.dumps(acme.workspace.home("U_LIA") or {})
    assert "Ben" in acme.opens_home("U_BEN")


def test_bens_case_is_a_card_in_the_vendors_workspace_and_the_answer_comes_to_his(vendor: Town, acme: Town):
    acme.says("I'm stuck, it says invalid host", "U_BEN")
    assert "invalid host" in json.dumps(vendor.channel()[-1].blocks)
    assert not acme.workspace.find_channel("#csm-smb")


def test_the_same_user_id_in_two_workspaces_is_two_people(vendor: Town, acme: Town):
    acme.moves_in(User(id="U_ANA", name="Ana Other", email="other@acme.test"))
    signs_up(vendor, "Other", "other@acme.test")
    acme.opens_home("U_ANA")
    assert known(vendor, "other@acme.test").slack == "T_ACME/U_ANA"
    assert known(vendor, "ana@acme.test").slack == "T_PLAYGROUND/U_ANA"


def test_named_in_a_channel_of_theirs_it_answers_there(acme: Town):
    channel = acme.workspace.channels["C_ACME_GENERAL"]
    acme.workspace.channels["C_ACME_GENERAL"] = replace(channel, members=(*channel.members, acme.bot))
    acme.acts.mention("U_BEN", "C_ACME_GENERAL", "what's next?")
    acme.settle()
    assert "I've written to you directly" in acme.workspace.history("C_ACME_GENERAL")[-1].text


# Who may be reached


def test_who_is_where_it_is_not_installed_gets_mail_and_the_reason_is_readable(acme: Town):
    acme.acts.uninstall()
    key = say(acme, "ben@acme.test", "try:uninstalled")
    acme.settle()
    assert fate(acme, key) == ("sent", "email", "Slack is not installed in their workspace")


def test_an_uninstall_deletes_the_tokens_of_that_workspace_only(vendor: Town, acme: Town):
    acme.acts.uninstall()
    slack = slack_of(acme)
    assert slack.workspaces.teams() == ["T_PLAYGROUND"]
    gone = slack.many.installations.rows.find("T_ACME")
    assert (gone.token, gone.refresh_token) == ("", "")
    assert vendor.says("what's next?", "U_ANA")
    assert vendor.fetch("GET", "/healthz?strict").status == 200


def test_an_uninstall_heard_twice_and_words_that_come_late_are_acknowledged(acme: Town):
    acme.acts.uninstall()
    before = kinds(acme)
    for event in (app_events.app_uninstalled(), app_events.tokens_revoked(acme.workspace), wrote(acme, "U_BEN", "stop")):
        assert delivers(acme, event) == 200
    assert kinds(acme) == before
    assert delivers(acme, wrote(acme, "U_BEN", "stop"), team_id="T_NOBODY", authorizations=[{"team_id": "T_NOBODY"}]) == 200


def test_an_uninstall_that_arrives_after_it_was_installed_again_changes_nothing(acme: Town):
    assert delivers(acme, app_events.app_uninstalled()) == 200
    assert slack_of(acme).workspaces.installed("T_ACME")


def test_when_the_vendors_own_is_removed_healthz_cries(vendor: Town):
    vendor.acts.uninstall()
    answer = vendor.fetch("GET", "/healthz?strict")
    assert answer.status == 503
    assert "Handrail was removed from the team's workspace T_PLAYGROUND" in str(answer.json["problems"])


def test_installed_again_ben_hears_in_slack_again(acme: Town):
    acme.acts.uninstall()
    acme.installs("U_BEN")
    key = say(acme, "ben@acme.test", "try:again")
    acme.settle()
    assert fate(acme, key)[:2] == ("sent", "slack")


# What goes wrong in one


def test_a_429_holds_up_that_method_in_that_workspace_and_nothing_else(vendor: Town, acme: Town):
    acme.workspace.faults.next("chat.postMessage", "rate_limited", seconds=20)
    for n in range(3):
        say(acme, "ben@acme.test", f"try:busy{n}", via=("slack",))
    say(vendor, "ana@acme.test", "try:free", via=("slack",))
    before = len([c for c in acme.workspace.calls if c.method == "chat.postMessage"])
    vendor.settle()
    assert len([c for c in acme.workspace.calls if c.method == "chat.postMessage"]) == before + 1
    assert fate(vendor, "try:free")[0] == "sent"
    assert fate(acme, "try:busy0")[0] == "pending"
    with pytest.raises(SendError) as refused:
        slack_of(acme).workspaces.call("T_ACME", "chat.postMessage", lambda client: client.chat_postMessage(channel="U_BEN", text="x"))
    assert refused.value.retry_after is not None
    assert 10 < refused.value.retry_after <= 20
    assert "Ben" in acme.opens_home("U_BEN")  # another method of the same workspace


def test_a_workspace_that_answers_nothing_is_left_alone_for_longer_each_time():
    now = [0.0]
    pauses, lost = Pauses(lambda: now[0]), SendError("no answer", unknown=True)
    waits = []
    for _ in range(8):
        pauses.check("T_DEAD", "chat.postMessage")
        pauses.note("T_DEAD", "chat.postMessage", lost, took=8.0)
        with pytest.raises(SendError) as refused:
            pauses.check("T_DEAD", "views.publish")
        pauses.check("T_ALIVE", "views.publish")
        waits.append(refused.value.retry_after or 0)
        now[0] += waits[-1]
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]
    pauses.well("T_DEAD")
    pauses.note("T_DEAD", "chat.postMessage", lost, took=8.0)
    with pytest.raises(SendError, match="does not answer") as refused:
        pauses.check("T_DEAD", "views.publish")
    assert refused.value.retry_after == 5


def test_a_refusal_that_comes_at_once_pauses_nobody():
    pauses = Pauses(lambda: 0.0)
    pauses.note("T1", "chat.postMessage", SendError("could not reach Slack"), took=0.01)
    pauses.check("T1", "chat.postMessage")


@pytest.mark.parametrize("word", ["token_revoked", "account_inactive"])
def test_a_token_that_is_dead_for_good_is_deleted_and_mail_goes_on(acme: Town, word: str):
    acme.workspace.grants.refuse(word)
    key = say(acme, "ben@acme.test", "try:dead")
    acme.settle()
    assert fate(acme, key)[:2] == ("sent", "email")
    assert not slack_of(acme).workspaces.installed("T_ACME")


@pytest.mark.parametrize("word", ["invalid_auth", "org_login_required", "missing_scope", "not_authed"])
def test_a_way_that_is_shut_for_now_sends_ben_mail_and_forgets_nothing(acme: Town, word: str):
    acme.workspace.faults.always("chat.postMessage", "refused", error=word)
    key = say(acme, "ben@acme.test", "try:shut")
    acme.settle()
    assert fate(acme, key) == ("sent", "email", word)
    assert slack_of(acme).workspaces.installed("T_ACME")


def test_without_another_way_it_waits_until_the_way_is_open_again(acme: Town):
    acme.workspace.faults.always("chat.postMessage", "refused", error="org_login_required")
    key = say(acme, "ben@acme.test", "try:waits", via=("slack",))
    acme.settle()
    assert fate(acme, key)[0] == "pending"


def test_a_case_waits_for_the_vendors_workspace_and_is_never_lost(vendor: Town, acme: Town):
    vendor.workspace.faults.always("chat.postMessage", "invalid_auth")
    acme.says("I'm stuck, it says invalid host", "U_BEN")
    states = {m["message"]: m["state"] for event in vendor.why("ben@acme.test") for m in event["messages"]}
    assert states["case_card"] == "pending"


# Tokens that end


@pytest.fixture
def turning(tmp_path: Path) -> Iterator[Town]:
    """Where tokens live for twelve hours."""
    with two_workspaces(tmp_path / "turning", rotates=True) as found:
        found.installs("U_MAYA")
        signs_up(found)
        found.at("T_ACME").comes_from_mail("U_BEN")
        found.settle()
        yield found.at("T_ACME")


def test_an_expired_token_is_renewed_and_the_message_goes_out(turning: Town):
    before = turning.workspace.grants.current
    turning.workspace.grants.expire()
    key = say(turning, "ben@acme.test", "try:expired", via=("slack",))
    turning.settle()
    assert fate(turning, key)[:2] == ("sent", "slack")
    after = turning.workspace.grants.current
    assert before is not None
    assert after is not None
    assert after.token != before.token


def test_a_token_that_ends_within_two_hours_is_renewed_before_it_does(turning: Town):
    rows = slack_of(turning).many.installations.rows
    found = rows.find("T_ACME")
    soon = found.expires_at - timedelta(hours=10, minutes=30)
    assert rows.renew(found, token=found.token, refresh_token=found.refresh_token, expires_at=soon, key=found.key)
    slack_of(turning).renew_tokens()
    assert rows.find("T_ACME").expires_at > soon + timedelta(hours=8)


def test_of_two_processes_that_renew_a_token_the_loser_takes_the_winners(turning: Town):
    mine = slack_of(turning).many
    before = mine.installations.find("T_ACME")
    turning.workspace.grants.expire()
    first = mine.tokens.refused(slack_of(turning).workspaces.access("T_ACME"), "token_expired")
    assert first is not None
    assert mine.tokens._renewed(before, whenever=True) == mine.installations.find("T_ACME")  # it read a version that is gone
    assert slack_of(turning).workspaces.access("T_ACME").token == first.token


def test_a_token_that_cannot_be_renewed_is_used_while_it_is_good_and_healthz_tells(turning: Town):
    rows = slack_of(turning).many.installations.rows
    found = rows.find("T_ACME")
    soon = found.expires_at - timedelta(hours=11)
    rows.renew(found, token=found.token, refresh_token=mangled(turning), expires_at=soon, key=found.key)
    assert turning.says("what's next?", "U_BEN")  # the token itself is good for another hour
    told = turning.fetch("GET", "/healthz?strict")
    assert told.status == 503
    assert "the token of T_ACME could not be renewed: invalid_refresh_token" in str(told.json["problems"])


def mangled(town: Town) -> str:
    """A refresh token that Slack does not know, as we keep it."""
    return str(slack_of(town).many.installations._box.close("xoxe-1-nobody-knows"))


# Who is who


def test_a_guest_from_another_company_is_nobody_by_their_address(acme: Town):
    """Whoever runs a workspace says what addresses its users have: only the workspace at hand is believed."""
    signs_up(acme, "Lia", "lia@acme.test")
    acme.moves_in(User(id="U_EVE", name="Eve", email="lia@acme.test", team="T_EVIL"))
    event = wrote(acme, "U_EVE", "stop") | {"user_team": "T_EVIL", "source_team": "T_EVIL", "team": "T_EVIL"}
    assert delivers(acme, event, is_ext_shared_channel=True) == 200
    acme.settle()
    assert known(acme, "lia@acme.test").opted_out == ()
    assert known(acme, "lia@acme.test").slack == ""
    assert acme.house.store.resolve("slack", "T_ACME", "U_EVE") is None


@pytest.mark.parametrize(
    "changed", [{"role": "bot"}, {"deleted": True}, {"team": "T_ELSE", "stranger": True}], ids=["a bot", "a leaver", "a stranger"]
)
def test_who_is_no_colleague_is_no_csm_and_no_person(vendor: Town, changed: dict[str, Any]):
    vendor.moves_in(User(id="U_ODD", name="Odd", email="odd@vendor.test", **changed))
    signs_up(vendor, "Odd", "odd@vendor.test")
    assert not colleague(vendor, "U_ODD")
    assert delivers(vendor, wrote(vendor, "U_ODD", "stop")) == 200
    assert known(vendor, "odd@vendor.test").opted_out == ()


def test_a_csm_is_of_the_vendors_workspace_and_no_guest_or_customer(vendor: Town):
    vendor.moves_in(User(id="U_GUEST", name="Guest", email="guest@vendor.test", guest="several"))
    assert [colleague(vendor, user) for user in ("U_MAYA", "U_GUEST", "U_ANA", "U_NOBODY")] == [True, False, False, False]
    assert not colleague(vendor, "U_LIA", "T_ACME")


def colleague(town: Town, user: str, team: str = "T_PLAYGROUND") -> bool:
    """Whether they may act for the team."""
    return bool(slack_of(town).who.is_ours(team, user))


@pytest.mark.parametrize("more", [{"bot_id": "B_OTHER"}, {"user": "USLACKBOT"}, {"user": ""}, {"bot_profile": {"id": "B1"}}])
def test_bots_are_not_listened_to(acme: Town, more: dict[str, Any]):
    before = kinds(acme)
    assert delivers(acme, wrote(acme, "U_BEN", "stop") | more) == 200
    assert kinds(acme) == before


def test_the_same_words_under_two_event_ids_are_heard_once(acme: Town):
    event = wrote(acme, "U_BEN", "what's next?")
    assert [delivers(acme, event), delivers(acme, event)] == [200, 200]
    assert kinds(acme).count("Asked") == 1


def test_who_writes_opens_or_presses_may_be_written_to_from_then_on(vendor: Town, acme: Town):
    signs_up(vendor, "Lia", "lia@acme.test")
    acme.workspace.channels["D_LIA"] = acme.workspace.channels.get("D_LIA") or acme.workspace.find_channel("U_LIA")  # type: ignore[assignment]
    assert known(vendor, "lia@acme.test").slack_ok == ""
    acme.says("hello", "U_LIA")
    assert known(vendor, "lia@acme.test").slack_ok == "wrote"
    assert kinds(vendor, "lia@acme.test").count("SlackOpened") == 1
    acme.says("hello", "U_LIA")
    assert kinds(vendor, "lia@acme.test").count("SlackOpened") == 1


def test_a_word_that_came_while_slack_would_not_say_who_wrote_is_heard_when_it_is_delivered_again(vendor: Town, acme: Town):
    signs_up(vendor, "Lia", "lia@acme.test")
    acme.workspace.faults.next("users.info", "server_error")
    event = wrote(acme, "U_LIA", "what's next?")
    body = slack_events.envelope(acme.workspace, event)
    assert sends(acme, body) == 500
    assert sends(acme, body) == 200
    assert "Asked" in kinds(acme, "lia@acme.test")


# Tokens and the log


def test_no_token_shows_anywhere(vendor: Town, acme: Town, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        acme.says("what's next?", "U_BEN")
        acme.acts.uninstall()
    tokens = [grant.token for world in vendor.demo.workspaces for grant in world.grants.all()]
    slack = slack_of(vendor)
    shown = f"{vendor.house!r} {slack!r} {slack.workspaces.access('')!r} {slack.many.installations.rows.all()!r}"
    kept = "".join(str(found.token) for found in slack.many.installations.rows.all())
    for token in tokens:
        assert token not in shown
        assert token not in kept
        assert token not in "".join(r.getMessage() for r in caplog.records if r.name.startswith("handrail"))


def test_a_listener_that_nobody_wrote_yet_is_acknowledged_of_every_kind(acme: Town):
    user = acme.workspace.users["U_BEN"]
    for kind, more in [
        ("block_suggestion", {"action_id": "x", "block_id": "b", "value": "a", "container": {"type": "message"}}),
        ("block_actions", {"actions": [{"type": "button", "action_id": "new\nthing", "block_id": "b"}]}),
        ("view_closed", {"view": {"id": "V", "type": "modal", "callback_id": "new"}}),
    ]:
        assert sends(acme, slack_events.interaction(acme.workspace, kind, user) | more) == 200, kind


def test_a_slack_that_hangs_lets_no_listener_take_longer_than_slack_waits(vendor: Town, acme: Town):
    """Who Lia is could not be asked in time, so her words come again, and are heard then."""
    signs_up(vendor, "Lia", "lia@acme.test")
    acme.workspace.faults.next("users.info", "hang", seconds=30)  # longer than whoever delivers would wait here
    body = slack_events.envelope(acme.workspace, wrote(acme, "U_LIA", "what's next?"))
    assert sends(acme, body) == 500
    assert sends(acme, body) == 200
    assert "Asked" in kinds(acme, "lia@acme.test")


def test_calls_of_one_listener_share_its_time(acme: Town):
    acme.workspace.faults.always("users.info", "hang", seconds=10)
    workspaces = slack_of(acme).workspaces
    with patience(0.5), pytest.raises(SendError):
        workspaces.call("T_ACME", "users.info", lambda client: client.users_info(user="U_BEN"), timeout=QUICK)
    with patience(0.2), pytest.raises(SendError, match="no time left"):
        workspaces.call("T_ACME", "auth.test", lambda client: client.auth_test(), timeout=QUICK)
    assert workspaces.call("T_ACME", "auth.test", lambda client: client.auth_test())["ok"]
