"""The Bolt app: each listener parses, handles, acknowledges. What changes in view is drawn from the outbox."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.channels import SendError
from bot.conversation import events_for, pressed, understand
from bot.drawing import Sight, see
from bot.handle import Door
from bot.shelf import Shelf
from bot.slack.client import called
from bot.slack.plain import said_in
from bot.slack.team import Team
from bot.slack.views import goal_modal, read_field, stranger_home
from bot.slack.who import WhoIsWho
from flows.decision import Draw
from flows.events import Answered, AnyEvent, Asked
from storage.outbox import Outbox

log = logging.getLogger("handrail.slack")

THREADS = 16
PERSON_ACTIONS = re.compile(
    r"^(done|elsewhere|failed|how|later|snooze|stuck|human|skip|next|help|stop|undo|answer|solved|goal|open)(:.*)?$"
)

WORDS = (None, "file_share", "thread_broadcast", "me_message")
"""Kinds of messages that hold somebody's words; the others tell of joins, edits and the like."""

Body = Mapping[str, Any]


def create_slack(*, client: WebClient, signing_secret: str, door: Door, shelf: Shelf, outbox: Outbox, who: WhoIsWho, company: str) -> App:
    """The app with every listener of the main job, and catch-alls so that nothing answers 404."""
    app = App(
        client=client,
        signing_secret=signing_secret,
        token_verification_enabled=False,
        process_before_response=True,  # else Bolt acknowledges events before they are kept
        listener_executor=ThreadPoolExecutor(THREADS, thread_name_prefix="bolt"),
    )
    customer = Customer(door, shelf, who, client, company)
    team = Team(door, shelf, outbox, who, client)
    app.event("app_home_opened")(customer.opened)
    app.event("app_mention")(customer.mentioned)

    @app.event("message")
    def message(event: Body, body: Body, ack: Ack) -> None:
        if event.get("subtype") in WORDS and event.get("channel_type") == "im":
            customer.wrote(event, body)
        elif event.get("subtype") in WORDS and event.get("thread_ts"):
            team.wrote(event, body)
        ack()

    app.action(PERSON_ACTIONS)(customer.pressed)
    app.view("goal")(customer.told_goal)
    app.action("claim")(team.claimed)
    app.action("resolve")(team.resolved)
    app.action("send")(team.sent_on)
    _catch_the_rest(app)
    return app


def _catch_the_rest(app: App) -> None:
    """Slack limits a subscription whose events get too many 404s."""
    anything = re.compile(".*")

    @app.event(anything)
    def event(ack: Ack) -> None:
        ack()

    @app.action(anything)
    def action(ack: Ack) -> None:
        ack()

    @app.view(anything)
    def view(ack: Ack) -> None:
        ack()

    @app.view_closed(anything)
    def view_closed(ack: Ack) -> None:
        ack()

    @app.shortcut(anything)
    def shortcut(ack: Ack) -> None:
        ack()

    @app.command(anything)
    def command(ack: Ack) -> None:
        ack()


@dataclass(frozen=True, slots=True)
class Customer:
    """What the person being onboarded does in Slack."""

    door: Door
    shelf: Shelf
    who: WhoIsWho
    client: WebClient
    company: str

    def opened(self, event: Body, body: Body, ack: Ack) -> None:
        """They opened Home: it is drawn as they are now."""
        if event.get("tab", "home") == "home":
            sight = self._see(_team(body), event["user"])
            if sight is None:
                view = stranger_home(self.company, self.shelf.books.words.speaker(""))
                called(lambda: self.client.views_publish(user_id=event["user"], view=view))
            else:
                self.door.redraw(Draw("home", sight.person.id))
        ack()

    def wrote(self, event: Body, body: Body) -> None:
        """They wrote to us directly."""
        sight = self._see(_team(body), str(event.get("user", "")))
        if sight is None:
            self._stranger(event)
            return
        self.door.handle(*self._events(sight, said_in(event), str(body["event_id"])))

    def mentioned(self, event: Body, body: Body, ack: Ack) -> None:
        """They named us in a channel: a brief answer there, the rest between us."""
        sight = self._see(_team(body), str(event.get("user", "")))
        if sight is not None:
            place = f"{event['channel']}/{event.get('thread_ts') or event['ts']}"
            told = Asked(
                source="slack", key=f"{body['event_id']}:place", who=sight.person.id, at=self.door.now(), about="mentioned", place=place
            )
            self.door.handle(told, *self._events(sight, said_in(event), str(body["event_id"])))
        ack()

    def pressed(self, body: Body, action: Body, ack: Ack) -> None:
        """They pressed a button. Whose press it is, Slack says; the value's own claim is not asked."""
        sight = self._see(_team(body), body["user"]["id"])
        name = str(action["action_id"]).partition(":")[0]
        if sight is None or name == "open":
            ack()
            return
        value = _value(action)
        step = sight.playbook.step(str(value.get("s", "")))
        if name == "goal" or (name == "done" and step and step.asks == "goal"):
            ack()
            goal = str(sight.person.traits.get("goal", ""))
            called(lambda: self.client.views_open(trigger_id=body["trigger_id"], view=goal_modal(sight.person.id, goal, sight.speak)))
            return
        events = pressed(
            name,
            value,
            person=sight.person,
            checklist=sight.checklist,
            source="slack",
            key=_press_key(body, action),
            at=self.door.now(),
            mouth="slack",
            zone=sight.zone,
            speak=sight.speak,
        )
        self.door.handle(*events)
        ack()

    def told_goal(self, body: Body, view: Body, ack: Ack) -> None:
        """They wrote down what they want."""
        sight = self._see(_team(body), body["user"]["id"])
        words = read_field(view).strip()  # type: ignore[arg-type]
        if sight is not None and words:
            key = f"{view['id']}:{view.get('hash', '')}"
            self.door.handle(Answered(source="slack", key=key, who=sight.person.id, at=self.door.now(), survey="goal", value=words))
        ack()

    def _events(self, sight: Sight, text: str, key: str) -> list[AnyEvent]:
        now = self.door.now()
        heard = understand(text, phrases=self.shelf.books.phrases, now=now, zone=sight.zone, locale=sight.person.locale)
        return events_for(heard, person=sight.person, checklist=sight.checklist, source="slack", key=key, at=now, mouth="slack")

    def _see(self, team: str, user: str) -> Sight | None:
        person = self.who.person(team, user)
        return see(self.shelf.books, self.door.view(person), self.door.now()) if person else None

    def _stranger(self, event: Body) -> None:
        text = self.shelf.books.words.get("home.unknown_person", "", {"company": self.company})
        try:
            called(lambda: self.client.chat_postMessage(channel=event["channel"], text=text))
        except SendError as error:
            log.info("a stranger could not be answered: %s", error)


def _team(body: Body) -> str:
    team = body.get("team")
    return str(body.get("team_id") or (team or {}).get("id", "") or body.get("user", {}).get("team_id", ""))


def _press_key(body: Body, action: Body) -> str:
    """Slack's own id of one press: the trigger's, else the action's time and place."""
    return str(body.get("trigger_id") or f"{body['user']['id']}:{action.get('action_ts', '')}:{action['action_id']}")


def _value(action: Body) -> dict[str, Any]:
    chosen = action.get("selected_option") or action
    try:
        value = json.loads(chosen.get("value") or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
