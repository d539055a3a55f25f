"""What the playground's page can see and do."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.request
from typing import Any

import pytest

from bot.playground.faults import LONGEST_HANG, Faults
from bot.playground.lines import Line
from bot.playground.page_api import changes, opening_elsewhere
from bot.playground.page_state import preheader
from bot.playground.seed import demo_world
from bot.playground.serve import Served
from bot.playground.server import create_playground
from bot.playground.values import Mail

BUTTON = {"type": "button", "action_id": "done", "text": {"type": "plain_text", "text": "Done"}, "value": "{}"}
CARD = [{"type": "actions", "block_id": "step", "elements": [BUTTON]}]


def a_mail_to(stage: Any, html: str = "<html><head></head><body><a href='/x'>Go</a></body></html>", text: str = "Go: /x") -> str:
    content = [{"type": "text/plain", "value": text}, {"type": "text/html", "value": html}]
    people = [{"to": [{"email": "ana@acme.test"}]}]
    stage.mail.send({"personalizations": people, "from": {"email": "h@vendor.test"}, "subject": "Hi", "content": content})
    return stage.world.inbox("ana@acme.test")[-1].id


def test_the_page_sees_everything_from_anas_seat(stage):
    card = stage.slack.chat_postMessage(channel="C_CSM_SMB", text="Ana is stuck")
    stage.slack.chat_postMessage(channel="C_CSM_SMB", thread_ts=card["ts"], text="invalid host")
    stage.slack.reactions_add(channel="C_CSM_SMB", timestamp=card["ts"], name="eyes")
    stage.slack.chat_postMessage(channel="D_ANA", text="Hi Ana", blocks=CARD)
    stage.slack.views_publish(user_id="U_ANA", view={"type": "home", "blocks": CARD})
    stage.world.count_event("U_ANA", "source_connected")
    a_mail_to(stage)
    state = stage.api("state")
    assert state["me"] == {"id": "U_ANA", "name": "Ana Ruiz", "email": "ana@acme.test", "initials": "AR"}
    assert (state["now"], state["moving"]) == ("2026-03-02T09:00:00+00:00", False)
    [message] = state["dm"]["messages"]
    assert (message["user"]["name"], message["user"]["bot"], message["blocks"][0]["block_id"]) == ("Handrail", True, "step")
    assert state["home"]["blocks"][0]["elements"][0]["action_id"] == "done"
    assert [(mail["subject"], mail["read"], mail["preheader"]) for mail in state["inbox"]] == [("Hi", False, "Go: /x")]
    channel, shared = state["channels"]
    assert (channel["name"], shared["name"]) == ("csm-smb", "acme-rollout")
    assert ("U_ANA" in channel["members"], "U_ANA" in shared["members"]) == (False, True)
    assert channel["messages"][0]["reactions"] == [{"name": "eyes", "count": 1, "users": ["U_HANDRAIL"]}]
    assert [reply["text"] for reply in channel["messages"][0]["thread"]] == ["invalid host"]
    assert state["product"] == [{"event": "source_connected", "label": "Connect a source", "count": 1}]
    assert [csm["name"] for csm in state["csms"]] == ["Maya Chen", "Tom Okafor"]


def test_reasons_are_fetched_once_and_kept(stage):
    stage.api("restart", {})
    stage.desk.decisions = [{"n": 1, "person": "Ana Ruiz"}]
    assert [reason["n"] for reason in stage.api("state")["why"]] == [1]
    stage.desk.decisions = [{"n": 2, "person": "Ana Ruiz"}]
    assert [reason["n"] for reason in stage.api("state")["why"]] == [1, 2]
    stage.api("restart", {})
    stage.desk.decisions = []
    assert stage.api("state")["why"] == []


def test_ana_writes_clicks_and_uses_the_product_from_the_page(stage):
    ts = stage.slack.chat_postMessage(channel="D_ANA", text="Step", blocks=CARD)["ts"]
    where = {"container": {"type": "message", "channel": "D_ANA", "ts": ts}, "block_id": "step", "action_id": "done"}
    assert stage.api("say", {"user": "U_ANA", "text": "hello"}) == {"ok": True}
    assert stage.api("click", {"user": "U_ANA", **where}) == {"ok": True}
    assert stage.api("track", {"user": "U_ANA", "event": "source_connected"}) == {"ok": True}
    assert stage.api("open_home", {"user": "U_ANA"}) == {"ok": True}
    assert [body["event"] for _, body in stage.tracked] == ["source_connected"]
    stage.eventually(lambda: {name for name, _ in stage.heard} == {"message", "done", "app_home_opened"})


def test_a_click_on_a_view_finds_the_view_by_itself(stage):
    menu = {"type": "static_select", "action_id": "choose", "options": [{"text": BUTTON["text"], "value": "a"}]}
    blocks = [{"type": "actions", "block_id": "step", "elements": [menu]}]
    stage.slack.views_publish(user_id="U_ANA", view={"type": "home", "blocks": blocks})
    click = {"user": "U_ANA", "container": {"type": "view"}, "block_id": "step"}
    assert stage.api("click", click | {"action_id": "other"}) == {"ok": False, "error": "This button is gone."}
    assert stage.api("click", click | {"action_id": "choose", "selected_option": {"value": "a"}}) == {"ok": True}
    stage.eventually(lambda: stage.heard)
    assert stage.heard[0][1]["actions"][0]["selected_option"]["value"] == "a"


def test_maya_answers_in_a_thread_and_ana_mentions_the_app(stage):
    ts = stage.slack.chat_postMessage(channel="C_CSM_SMB", text="Ana is stuck")["ts"]
    assert stage.api("thread", {"csm": "U_MAYA", "channel": "C_CSM_SMB", "thread_ts": ts, "text": "On it"}) == {"ok": True}
    assert stage.api("mention", {"user": "U_ANA", "channel": "C_ACME", "text": "help"}) == {"ok": True}


@pytest.mark.parametrize(
    ("act", "body", "words"),
    [
        ("say", {"user": "U_ANA", "text": " "}, "`text` is missing."),
        ("say", {"user": "U_BOB", "text": "x"}, "There is nobody called U_BOB."),
        ("click", {"user": "U_ANA", "block_id": "b", "action_id": "a"}, "Say where the button is: a message (channel, ts) or a view."),
        ("submit", {"user": "U_ANA", "view_id": "V1", "state": {"values": {}}}, "This view is gone."),
        ("clock", {"move": "year"}, "The clock moves by an hour, by a day, or to the next thing due."),
        ("dance", {}, "Nobody here can do that."),
        ("say", ["no object"], "That was not a JSON object."),
    ],
)
def test_what_cannot_be_done_is_said_in_words(stage, act, body, words):
    assert stage.api(act, body) == {"ok": False, "error": words}


def test_what_breaks_inside_is_said_without_a_traceback(stage, monkeypatch):
    def broken() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(stage.desk, "start_over", broken)
    assert stage.api("restart", {}) == {"ok": False, "error": "The playground stumbled; its log says over what."}


def test_the_clock_moves_and_only_one_hand_is_on_it(stage, monkeypatch):
    assert stage.api("clock", {"move": "hour"}) == {"ok": True}
    assert stage.api("state")["now"] == "2026-03-02T10:00:00+00:00"
    begun, go_on = threading.Event(), threading.Event()

    def slowly(_to: str) -> None:
        begun.set()
        go_on.wait(5)

    monkeypatch.setattr(stage.desk, "move", slowly)
    first = threading.Thread(target=stage.api, args=("clock", {"move": "day"}))
    first.start()
    assert begun.wait(5)
    assert stage.api("state")["moving"]
    assert stage.api("clock", {"move": "day"}) == {"ok": False, "error": "The clock is moving already."}
    go_on.set()
    first.join()
    assert not stage.api("state")["moving"]


def test_another_site_can_press_nothing(stage):
    status, said = stage.http("/playground/api/clock", {"move": "hour"}, {"X-Playground": ""})
    assert (status, json.loads(said)["ok"]) == (403, False)
    assert stage.http("/playground/api/state", headers={"Host": "evil.test"})[0] == 400
    assert stage.desk.time.hour == 9


def test_a_mail_is_shown_alone_in_its_sandbox_and_is_read_by_that(stage):
    mail_id = a_mail_to(stage)
    headers = stage.headers(f"/playground/api/mail/{mail_id}")
    _, html = stage.http(f"/playground/api/mail/{mail_id}")
    assert headers["content-security-policy"].startswith(
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'"
    )
    assert "script" not in headers["content-security-policy"]
    assert html.startswith('<html><head><base target="_blank"></head>')
    assert stage.http(f"/playground/api/mail/{mail_id}?form=text") == (200, "Go: /x")
    assert stage.api("state")["inbox"][0]["read"]
    assert stage.http("/playground/api/mail/none")[0] == 404


def test_the_page_may_load_only_what_is_its_own(stage):
    headers = stage.headers("/playground/api/state")
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert "access-control-allow-origin" not in headers


def test_the_page_itself_comes_under_a_strict_policy(stage):
    assert "script-src 'self'" in stage.headers("/")["content-security-policy"]
    assert stage.headers("/playground/static/playground.js")["x-content-type-options"] == "nosniff"


def test_static_files_stay_inside_their_folder(stage):
    assert stage.http("/playground/static/../pages/playground.html")[0] == 404
    assert stage.http("/playground/static/nothing.js")[0] == 404


def test_what_is_not_the_playgrounds_falls_through_to_the_app(stage):
    assert stage.http("/v1/track", {"event": "x"}, {"Authorization": "Basic x"}) == (200, "{}")
    assert stage.http("/nowhere")[0] == 404


def test_the_page_hears_of_a_change_and_the_stream_ends_when_serving_stops(stage):
    desk = type(stage.desk)()
    served = Served()
    desk.app_url = served.url
    world = demo_world(now=desk.now)
    served.start(create_playground(world, desk))
    with urllib.request.urlopen(f"{served.url}/playground/api/events", timeout=5) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        first = [stream.readline() for _ in range(4)]
        world.touch()
        second = [stream.readline() for _ in range(4)]
        served.stop()
        assert stream.read() == b""
    assert first[2] == b"retry: 1000\n"
    assert [json.loads(lines[1].removeprefix(b"data: "))["version"] for lines in (first, second)] == [0, 1]


def test_a_quiet_stream_keeps_its_heart_beating():
    async def listened() -> list[str]:
        line = Line()
        stream = changes(demo_world(), line, heartbeat=0.001)
        heard = [await anext(stream), await anext(stream)]
        line.closing.set()
        return [*heard, *[news async for news in stream]]

    first, second, *rest = asyncio.run(listened())
    assert first.startswith("event: changed\n")
    assert {second, *rest} == {": still here\n\n"}


def test_a_page_that_is_closed_leaves_nothing_waiting():
    async def left() -> set[asyncio.Task[Any]]:
        stream = changes(demo_world(), Line())
        await anext(stream)
        reading = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait({reading})
        await asyncio.sleep(0)
        return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}

    assert asyncio.run(left()) == set()


def test_the_preheader_is_the_hidden_line_or_the_beginning_of_the_text():
    names = {"id": "1", "message_id": "m", "at": "", "to": "a", "sender": "h", "sender_email": "h", "subject": "s"}
    hidden = '<p>Hi</p><div style="display:none;max-height:0">Five&nbsp;minutes, <b>really</b> &#847;&zwnj;</div>'
    assert preheader(Mail(**names, text="Hi Ana,\n\nconnect", html=hidden)) == "Five minutes, really"
    assert preheader(Mail(**names, text="Hi Ana,\n\nconnect", html="<p>x")) == "Hi Ana, connect"


def test_a_mail_without_a_head_opens_its_links_elsewhere_too():
    assert opening_elsewhere("<p>Hi").startswith('<base target="_blank">')


def test_a_hang_is_never_longer_than_half_a_minute():
    faults = Faults()
    faults.next("*", "hang", seconds=3600)
    fault = faults.take("anything")
    assert fault is not None
    assert fault.seconds == LONGEST_HANG


def test_an_app_that_cannot_start_is_reported():
    async def broken(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    served = Served()
    with pytest.raises(RuntimeError, match="did not start"):
        served.start(create_playground(demo_world(), type("Nowhere", (), {"app_url": served.url})(), broken))
    served.stop()
