"""People in Slack and what Slack sends of them, for tests that listen."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from itertools import count
from typing import Any

from town import Town

from bot.playground import events as slack_events
from bot.playground.post import signature
from bot.playground.values import Message
from flows.people import Person

NAMES = (f"Ina{n}" for n in count())


def newcomer(town: Town, **known: Any) -> str:
    name = next(NAMES)
    town.newcomer(name, in_slack=True, **{"company": {"id": name, "name": f"{name} Ltd", "employees": 20}, **known})
    return f"U_{name.upper()}"


def person(town: Town, user: str) -> Person:
    who = town.house.store.resolve("slack", "T_PLAYGROUND", user)
    subject = town.house.door.view(who or "")
    assert subject is not None
    return subject.person


def known(town: Town, email: str = "ben@acme.test") -> Person:
    """Somebody as saved, by their address."""
    found = town.house.reports.find_person(email)
    assert found is not None
    return found


def signs_up(town: Town, name: str = "Ben", email: str = "ben@acme.test", **traits: Any) -> None:
    """Somebody of Acme signs up with the product."""
    known = {"name": name, "email": email, "timezone": "Europe/Berlin", "company": {"id": "acme-gmbh", "name": "Acme"}}
    town.post("/v1/identify", {"userId": name.lower(), "traits": known | traits})
    town.settle()


def kinds(town: Town, user: str) -> list[str]:
    """What kinds of things happened to somebody, apart from the clock."""
    return [event["kind"] for event in town.why(person(town, user).id) if event["kind"] != "Tick"]


def done(town: Town, user: str) -> set[str]:
    journey = person(town, user).journey
    assert journey is not None
    return {step for step, state in journey.steps.items() if state.at}


def uses(town: Town, user: str, *names: str) -> None:
    for name in names:
        town.uses(name, user=user.removeprefix("U_").lower())


def delivers(town: Town, event: dict[str, Any], **headers: str) -> int:
    """Slack delivers something; the status the app answers with."""
    return sends(town, json.dumps(slack_events.envelope(town.demo.workspace, event)), **headers)


def interacts(town: Town, user: str, kind: str, **more: Any) -> int:
    payload = slack_events.interaction(town.demo.workspace, kind, town.demo.workspace.users[user])
    return sends(town, f"payload={json.dumps(payload | more)}", kind="application/x-www-form-urlencoded")


def sends(town: Town, body: str, *, kind: str = "application/json", secret: str = "", stamp: int = 0, **headers: str) -> int:
    at = str(stamp or int(time.time()))
    signed = signature(secret or town.demo.signing_secret, at, body.encode())
    told = {"Content-Type": kind, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": signed, **headers}
    return town.fetch("POST", "/slack/events", body, told).status


def wrote(town: Town, user: str, text: str, **more: Any) -> dict[str, Any]:
    """The event of something that somebody wrote to the bot just now."""
    workspace = town.demo.workspace
    channel = workspace.find_channel(user)
    assert channel is not None
    return slack_events.message_event(workspace, workspace.post(Message(channel=channel.id, ts="", user=user, text=text)), channel) | more


def all_is_well(town: Town, user: str) -> None:
    """Nothing of theirs is undecided, and nothing failed to be sent."""
    story = town.why(person(town, user).id)
    assert not [event["error"] for event in story if event["undecided"]]
    assert {message["state"] for event in story for message in event["messages"]} <= {"sent", "withdrawn"}


def fills_in(town: Town, user: str, words: str) -> None:
    modal = town.demo.workspace.modal(user)
    assert modal is not None
    town.acts.submit(user, modal["id"], {"words": {"words": words}})
    town.settle()


def passes(town: Town, *, seconds: float) -> None:
    """World time goes on for a few seconds, and all that is due happens."""
    town.until(town.demo.now() + timedelta(seconds=seconds))


def dialog(town: Town, user: str = "U_MAYA") -> dict[str, Any]:
    """The dialog open in front of somebody."""
    modal = town.workspace.modal(user)
    assert modal is not None, f"{user} has no dialog"
    return modal


def picks(view: dict[str, Any], field: str, words: str) -> str:
    """The value behind the choice with these words, in a field of a dialog."""
    element = next(block["element"] for block in view["blocks"] if block.get("block_id") == field)
    return next(str(option["value"]) for option in element["options"] if words in option["text"]["text"])


def resolves(town: Town, user: str = "U_MAYA", *, reason: str = "set up wrong", note: str = "", name: str = "#csm-smb") -> None:
    """A colleague presses Resolve on the latest card, and says why."""
    town.team_presses("Resolve", user, name)
    view = dialog(town, user)
    town.acts.submit(user, view["id"], {"reason": {"reason": picks(view, "reason", reason)}, "note": {"note": note}})
    town.settle()


def chooses(town: Town, action: str, words: str, user: str = "U_MAYA", *, name: str = "#csm-smb") -> None:
    """A colleague chooses in a menu of the latest card."""
    card = town.channel(name)[-1]
    block, menu = next((b["block_id"], e) for b in card.blocks if b["type"] == "actions" for e in b["elements"] if e["action_id"] == action)
    value = next(str(o["value"]) for o in menu["options"] if words in o["text"]["text"]) if "options" in menu else words
    town.acts.click_message(user, (card.channel, card.ts), (block, menu["action_id"]), value)
    town.settle()
