"""Socket Mode: one workspace, no address of our own, and a line that comes back by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from town import Town, build_town

from bot.playground.demo import Demo
from bot.slack.socket import SocketLine

APP_TOKEN = "xapp-1-A_HANDRAIL-playground"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The demo's town by Socket Mode, without a signing secret."""
    settings = {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": None}
    demo = Demo(build_town, tmp_path / "town", beating=False, settings=settings)
    demo.start()
    demo.house.settle()
    found = Town(demo)
    line(found).start()
    demo.workspaces.sockets.wait(1)
    try:
        yield found
    finally:
        demo.stop(keep=True)


def line(town: Town) -> SocketLine:
    assert town.house.slack is not None
    assert town.house.slack.line is not None
    return town.house.slack.line


def until(true: Callable[[], Any], seconds: float = 15.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)


def health(town: Town) -> Any:
    return town.fetch("GET", "/healthz").json["slack"]["socket"]


def test_ana_is_answered_over_the_line_and_http_is_closed(town: Town):
    assert "This is the next one" in town.says("what's next?")[0]
    town.presses("Show me how")
    until(lambda: line(town).told() == "connected")
    assert health(town) == "connected"
    assert town.fetch("POST", "/slack/events", "{}", {"Content-Type": "application/json"}).status in (404, 405)


def test_what_was_acknowledged_was_kept(town: Town):
    town.acts.say("U_ANA", "what's next?")  # returns with the acknowledgement
    assert "Asked" in [event["kind"] for event in town.why()]


def test_an_acknowledgement_that_got_lost_is_delivered_again_and_heard_once(town: Town):
    town.demo.workspaces.sockets.lose_acks(1)
    town.says("what's next?")
    assert [event["kind"] for event in town.why()].count("Asked") == 1


def test_what_nobody_listens_to_is_acknowledged(town: Town):
    town.acts.tell("app_home_opened", {"type": "something_slack_thinks_of_next_year", "user": "U_ANA"})
    assert town.demo.workspaces.sockets.count == 1, "nobody hangs up over it"


def test_slack_asks_for_another_line_and_nothing_is_lost(town: Town):
    sockets = town.demo.workspaces.sockets
    sockets.disconnect()
    until(lambda: sockets.count >= 1)
    assert "This is the next one" in town.says("what's next?")[0]


def test_a_line_that_is_cut_comes_back_by_itself(town: Town):
    sockets = town.demo.workspaces.sockets
    sockets.drop()
    until(lambda: sockets.count >= 1)
    until(lambda: line(town).connected)
    assert "This is the next one" in town.says("what's next?")[0]


def test_while_slack_gives_no_address_healthz_says_since_when_and_the_line_comes_back(town: Town):
    until(lambda: line(town).told() == "connected")
    town.demo.workspace.faults.always("apps.connections.open", "server_error")
    sockets = town.demo.workspaces.sockets
    sockets.drop()
    until(lambda: line(town).told().startswith("reconnecting since "))
    town.demo.workspace.faults.clear()
    until(lambda: line(town).told() == "connected", 40)
    assert "This is the next one" in town.says("what's next?")[0]


def test_without_a_line_for_two_minutes_healthz_is_not_well(town: Town, monkeypatch: pytest.MonkeyPatch):
    until(lambda: line(town).told() == "connected")
    assert town.fetch("GET", "/healthz?strict").status == 200
    monkeypatch.setattr("bot.slack.side.TOO_LONG", 0.0)
    town.demo.workspace.faults.always("apps.connections.open", "server_error")
    town.demo.workspaces.sockets.drop()
    until(lambda: line(town).told().startswith("reconnecting since "))
    answer = town.fetch("GET", "/healthz?strict")
    assert answer.status == 503
    assert "the line to Slack (Socket Mode) is down" in answer.json["problems"]


def test_a_house_that_begins_while_slack_is_away_opens_the_line_later(tmp_path: Path):
    demo = Demo(build_town, tmp_path / "late", beating=False, settings={"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": None})
    demo.start()
    try:
        town = Town(demo)
        demo.workspace.faults.next("apps.connections.open", "server_error", times=2)
        line(town).start()
        demo.workspaces.sockets.wait(1, 20)
        assert demo.workspaces.sockets.count == 1
    finally:
        demo.stop(keep=True)
