"""Slack on a bad day: what people write is not lost, what they press is not taken for somebody else's, and nobody waits for another."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from in_slack import newcomer, passes, sends
from town import Town, buttons, two_workspaces

from bot.channels import SendError
from bot.playground import app_events
from bot.playground import events as slack_events
from bot.playground.faults import Misfortune
from bot.playground.post import Refused
from bot.playground.values import User
from bot.slack.files import files_in
from bot.slack.patience import patience
from bot.slack.pauses import Pauses
from bot.slack.rotation import KeptTokens
from bot.slack.token_box import TokenBox, token_box
from bot.world import machine_now


@pytest.fixture
def zoe(town: Town) -> Iterator[str]:
    """A colleague in the team's channel, whom nobody has asked Slack about yet."""
    user = User(id=f"U_ZOE{len(town.workspace.users)}", name="Zoe", email=f"zoe{len(town.workspace.users)}@example.com")
    town.moves_in(user)
    channel = town.workspace.find_channel("#csm-smb")
    assert channel is not None
    town.workspace.channels[channel.id] = replace(channel, members=(*channel.members, user.id))
    yield user.id
    town.workspace.faults.clear()


def stuck(town: Town) -> str:
    ina = newcomer(town)
    town.says("I'm stuck", ina)
    return ina


def whispered(town: Town, user: str) -> list[str]:
    return [m.text for m in town.whispers(user)]


def test_words_of_a_colleague_slack_cannot_name_are_delivered_again(town: Town, zoe: str):
    stuck(town)
    town.team_presses("Claim")
    card, held = town.channel()[-1], town.acts.holding()
    town.workspace.faults.always("users.info", "server_error")
    held.acts.reply(zoe, card.channel, card.ts, "I know this one: restart it.")
    with pytest.raises(Refused, match="500"):
        held.deliver(0)
    town.workspace.faults.clear()
    held.deliver(0, retry=1)
    assert whispered(town, zoe)[-1].startswith("This stays in the thread. Send it to ")


def test_who_has_the_case_speaks_although_slack_cannot_name_them(town: Town, zoe: str):
    ina = stuck(town)
    town.team_presses("Claim", zoe)
    assert town.house.slack is not None
    town.house.slack.who._profiles.clear()
    town.workspace.faults.always("users.info", "server_error")
    town.team_writes("The host is db.example.com.", zoe)
    town.workspace.faults.clear()
    passes(town, seconds=11)
    assert town.last(ina).text.endswith("The host is db.example.com.")


def test_who_presses_while_slack_is_silent_is_asked_to_press_again(town: Town, zoe: str):
    ina = stuck(town)
    card = town.channel()[-1]
    block, claim = next((b, e) for b, e in buttons(card.blocks) if e["text"]["text"] == "Claim")
    town.workspace.faults.always("users.info", "server_error")
    town.acts.click_message(zoe, (card.channel, card.ts), (block, claim["action_id"]))
    assert "Press again in a moment" in whispered(town, zoe)[-1]
    town.workspace.faults.clear()
    town.acts.click_message(zoe, (card.channel, card.ts), (block, claim["action_id"]))
    town.settle()
    assert "Zoe has your question" in town.last(ina).text


# Whom a silent workspace holds up

NO_ANSWER = SendError("no answer", unknown=True)


def test_a_press_is_tried_where_delivery_waits():
    pauses = Pauses(lambda: 0.0)
    pauses.note("T1", "chat.postMessage", NO_ANSWER, took=8.0)
    with pytest.raises(SendError, match="does not answer"):
        pauses.check("T1", "views.open")
    pauses.check("T1", "views.open", hurry=True)


def test_what_hung_for_two_who_pressed_is_tried_again_after_five_seconds():
    now = [0.0]
    pauses = Pauses(lambda: now[0])
    pauses.note("T1", "users.info", NO_ANSWER, took=2.0, hurry=True)
    pauses.check("T1", "users.info", hurry=True)  # that may have been an accident
    pauses.note("T1", "users.info", NO_ANSWER, took=2.0, hurry=True)
    for team, method in (("T1", "views.open"), ("T2", "users.info")):
        pauses.check(team, method, hurry=True)
    pauses.check("T1", "users.info")  # delivery is not held up by it
    with pytest.raises(SendError) as caught:
        pauses.check("T1", "users.info", hurry=True)
    assert caught.value.retry_after == 5.0
    now[0] = 5.0
    pauses.check("T1", "users.info", hurry=True)


def test_a_slow_workspace_holds_no_more_than_eight_who_wait():
    now = [0.0]
    pauses = Pauses(lambda: now[0])
    with ExitStack() as calls:
        for _ in range(12):
            calls.enter_context(pauses.waiting("T_BUSY"))  # many at once is nothing bad
        now[0] = 1.0
        with pytest.raises(SendError, match="slow"), pauses.waiting("T_BUSY"):
            pass
        with pauses.waiting("T_ANAS"):
            pass
    with pauses.waiting("T_BUSY"):
        pass


def test_the_seconds_of_a_listener_begin_when_slack_sent_it(town: Town):
    ina, came = newcomer(town), time.monotonic() - 2.4
    assert town.house.slack is not None
    workspaces = town.house.slack.workspaces
    with patience(since=came), pytest.raises(SendError, match="no time left"):
        workspaces.csm_call("users.info", lambda client: client.users_info(user=ina))


# Tokens

DERIVED, OLD, NEW = "a secret key of 32 characters ok", Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_the_first_token_key_still_opens_what_was_kept_without_one():
    kept = token_box([], DERIVED).close("xoxb-1")
    box = token_box([NEW], DERIVED)
    assert box.open(kept) == "xoxb-1"
    assert TokenBox([NEW]).open(box.renewed(kept)) == "xoxb-1"


def test_a_key_that_comes_second_first_can_go_first_without_a_gap():
    running, next_one = token_box([OLD, NEW], DERIVED), token_box([NEW, OLD], DERIVED)
    assert running.open(next_one.close("xoxb-1")) == "xoxb-1"
    assert next_one.open(running.close("xoxb-1")) == "xoxb-1"


@pytest.fixture
def turning(tmp_path: Path) -> Iterator[Town]:
    """Two workspaces whose tokens live for twelve hours."""
    with two_workspaces(tmp_path / "turning", rotates=True) as found:
        found.installs("U_MAYA")
        found.at("T_ACME").installs("U_BEN")
        yield found


@pytest.mark.parametrize("trouble", ["server_error", "rate_limited", "hang"])
def test_a_late_uninstall_that_nobody_can_check_takes_no_token_away(turning: Town, trouble: Misfortune):
    acme = turning.at("T_ACME")
    assert acme.house.slack is not None
    acme.workspace.faults.next("auth.test", trouble, seconds=3)
    body = json.dumps(slack_events.envelope(acme.workspace, app_events.app_uninstalled()))
    assert sends(acme, body) == 500  # Slack tells us again
    assert acme.house.slack.workspaces.installed("T_ACME")


def test_a_token_whose_renewal_was_never_answered_is_told_by_every_process(turning: Town):
    """Slack has renewed it and the answer was lost: nobody can renew it again, and it ends in an hour."""
    side = turning.house.slack
    assert side is not None
    assert side.many is not None
    rows, soon = side.many.installations.rows, machine_now() + timedelta(hours=1)
    found = rows.find("T_ACME")
    assert found is not None
    rows.renew(found, token=found.token, refresh_token=found.refresh_token, expires_at=soon, key=found.key)
    turning.workspace.faults.next("oauth.v2.access", "lost_answer")
    side.renew_tokens()
    another = KeptTokens(side.many.installations, side.many.tokens._rotator, "T_PLAYGROUND")
    assert "T_ACME" in another.failing
    problems = turning.fetch("GET", "/healthz").json["problems"]
    assert any("the token of T_ACME could not be renewed" in one and "/slack/install?team=T_ACME" in one for one in problems)
    assert side.workspaces.installed("T_ACME")  # the old one is good until it ends


# Homes


def published(town: Town, user: str) -> list[dict[str, Any]]:
    return [dict(c.payload) for c in town.workspace.calls if c.method == "views.publish" and c.payload.get("user_id") == user]


def test_a_home_is_drawn_in_the_place_of_the_one_they_saw(town: Town):
    ina = newcomer(town)
    town.opens_home(ina)
    seen = town.workspace.home(ina)
    assert seen is not None
    town.opens_home(ina)
    assert published(town, ina)[-1]["hash"] == seen["hash"]


def test_a_home_that_somebody_else_drew_meanwhile_is_drawn_again(town: Town):
    ina = newcomer(town)
    town.opens_home(ina)
    town.workspace.faults.next("views.publish", "refused", error="hash_conflict")
    before = len(published(town, ina))
    town.acts.open_home(ina)
    for _ in range(1_000):  # it is due a moment later
        town.settle()
        if len(published(town, ina)) == before + 2:
            break
    assert not published(town, ina)[-1].get("hash")
    assert town.workspace.home(ina)


# Delivery


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Town]:
    """Ana in the vendor's workspace and Ben in Acme's, both known."""
    with two_workspaces(tmp_path / "two") as found:
        found.installs("U_MAYA")
        traits = {"name": "Ben", "email": "ben@acme.test", "company": {"id": "acme-gmbh", "name": "Acme"}}
        found.post("/v1/identify", {"userId": "ben", "traits": traits})
        found.settle()
        found.at("T_ACME").comes_from_mail("U_BEN")
        found.opens_home("U_ANA")
        yield found


def test_ana_is_answered_while_acmes_slack_does_not_answer(two: Town):
    acme = two.at("T_ACME")
    acme.says("hi", "U_BEN")
    acme.workspace.faults.next("chat.postMessage", "hang", seconds=20)
    acme.acts.say("U_BEN", "what's next?")
    delivering = threading.Thread(target=two.house.settle)
    delivering.start()
    while not acme.workspace.faults.met("chat.postMessage"):
        time.sleep(0.01)
    heard = len(two.heard("U_ANA"))
    two.acts.say("U_ANA", "what's next?")
    while delivering.is_alive() and len(two.heard("U_ANA")) == heard:
        time.sleep(0.01)
    assert "sending" in [message["state"] for event in two.why("ben@acme.test") for message in event["messages"]]  # his still hangs
    acme.workspace.faults.clear()
    delivering.join()


def test_a_press_while_another_process_writes_is_answered_in_time_and_may_be_made_again(town: Town):
    ina = newcomer(town)
    message = town.last(ina)
    block, later = next((b, e) for b, e in buttons(message.blocks) if e["text"]["text"] == "Later")
    other = sqlite3.connect(str(town.house.store.database.engine.url.database), isolation_level=None, timeout=10)
    other.execute("BEGIN IMMEDIATE")
    try:
        town.acts.click_message(ina, (message.channel, message.ts), (block, later["action_id"]))
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert "Press again in a moment" in whispered(town, ina)[-1]


@pytest.mark.parametrize(
    ("given", "read"),
    [("a\u202egnp.exe", "agnp.exe"), ("a\nb\r\nX: y.txt", "a b X: y.txt"), ("x" * 3000 + ".png", "x" * 116 + ".png"), ("", "file")],
)
def test_a_files_name_hides_nothing(given: str, read: str):
    assert [file.name for file in files_in({"files": [{"id": "F1", "name": given}]}, "T1")] == [read]
