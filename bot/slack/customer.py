"""What the person being onboarded does in Slack: parsed, handled, acknowledged."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from bot.channels import SendError
from bot.conversation import events_for, pressed, understand
from bot.drawing import Sight, see
from bot.handle import Door
from bot.shelf import Shelf
from bot.slack.client import called
from bot.slack.plain import said_in
from bot.slack.views import goal_modal, read_field, stranger_home
from bot.slack.who import WhoIsWho
from flows.decision import Draw
from flows.events import Answered, AnyEvent, Asked

log = logging.getLogger("handrail.slack")

Body = Mapping[str, Any]


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
