"""What a person in Slack waits for: a click until it is acknowledged, and words until the other side reads them.

The real app, with its beats, on real HTTP against the playground's Slack; all of it shares this machine.
"""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from bot.house import House
from bot.main import build
from bot.playground import events as slack_events
from bot.playground.acts import Acts, acts_in
from bot.playground.demo import Demo
from bot.playground.installation import dm_id
from bot.playground.post import signature
from bot.playground.values import Channel, Message, User
from bot.settings import Settings
from bot.world import World

PEOPLE = 50
ROUNDS = 6
WORDS = 20
PATIENCE = 30.0
"""Seconds after which words count as lost."""

Measured = tuple[str, float, str]


def slack_side() -> Iterator[Measured]:
    """Milliseconds of click to acknowledgement with 50 clicks at once, and of words on their way to the team and back."""
    with _town() as demo:
        yield from _clicks(demo)
        yield from _relay(demo)


def _clicks(demo: Demo) -> Iterator[Measured]:
    users = [_moves_in(demo, n) for n in range(PEOPLE)]
    took: list[float] = []
    with ThreadPoolExecutor(PEOPLE) as crowd:
        list(crowd.map(lambda user: _click(demo, user), users))  # everybody's first click asks Slack who they are
        for _ in range(ROUNDS):
            took += crowd.map(lambda user: _click(demo, user), users)
    yield f"click to ack, {PEOPLE} at once, p50", statistics.median(took) * 1000, "ms"
    yield f"click to ack, {PEOPLE} at once, p99", _p99(took) * 1000, "ms"


def _relay(demo: Demo) -> Iterator[Measured]:
    acts, world = acts_in(demo.workspace, demo), demo.workspace
    acts.say("U_ANA", "I want to talk to a human: the report stays empty")
    card = _awaited(lambda: next((m for m in _channel(demo, "#csm-smb") if not m.thread_ts), None))
    rows = (block for block in card.blocks if block["type"] == "actions")
    block, claim = next((row["block_id"], e["action_id"]) for row in rows for e in row["elements"] if e["action_id"] == "claim")
    acts.click_message("U_MAYA", (card.channel, card.ts), (block, claim))
    there = [_until_read(acts, "U_ANA", f"question {n}", lambda: world.history(card.channel)) for n in range(WORDS)]
    yield "their words in the case's thread, p50", statistics.median(there) * 1000, "ms"
    yield "their words in the case's thread, p99", _p99(there) * 1000, "ms"


def _until_read(acts: Acts, user: str, words: str, read: Callable[[], Sequence[Message]]) -> float:
    """Seconds from somebody's pressing Enter until the other side can read it."""
    start = time.perf_counter()
    acts.say(user, words)
    _awaited(lambda: next((m for m in read() if words in json.dumps([m.text, m.blocks])), None))
    return time.perf_counter() - start


def _awaited(find: Callable[[], Message | None]) -> Message:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := find():
            return found
        time.sleep(0.005)
    raise TimeoutError("it never came")


def _click(demo: Demo, user: User) -> float:
    """Seconds until the app has acknowledged somebody's press on What's next."""
    world, channel = demo.workspace, dm_id(user.id)
    payload: dict[str, Any] = slack_events.interaction(world, "block_actions", user) | {
        "trigger_id": uuid4().hex,
        "container": {"type": "message", "message_ts": "1.1", "channel_id": channel, "is_ephemeral": False},
        "channel": {"id": channel, "name": "directmessage"},
        "actions": [{"type": "button", "action_id": "next", "block_id": "choices", "action_ts": "1.1", "value": "{}"}],
    }
    body = f"payload={quote(json.dumps(payload))}"
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(demo.signing_secret, stamp, body.encode()),
    }
    address = urlsplit(demo.app_url)
    line = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
    start = time.perf_counter()
    try:
        line.request("POST", "/slack/events", body, headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the app answered {answer.status}")
        return time.perf_counter() - start
    finally:
        line.close()


def _moves_in(demo: Demo, n: int) -> User:
    user = User(id=f"U_CROWD{n}", name=f"Crowd {n}", email=f"crowd{n}@solo.test", tz="Europe/Berlin")
    demo.workspace.users[user.id] = user
    demo.workspace.channels[dm_id(user.id)] = Channel(id=dm_id(user.id), name=user.id, members=(user.id, "U_HANDRAIL"))
    demo.house.store.identify([("external", "", f"crowd{n}"), ("email", "", user.email)])
    return user


def _channel(demo: Demo, name: str) -> list[Message]:
    found = demo.workspace.find_channel(name)
    return demo.workspace.history(found.id) if found else []


def _p99(took: Sequence[float]) -> float:
    return sorted(took)[int(len(took) * 0.99)]


@contextmanager
def _town() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(_build, Path(folder))
        demo.start()
        try:
            yield demo
        finally:
            demo.stop()


def _build(settings: Settings, world: World) -> House:
    return build(settings, world=world)
