"""What the person being onboarded does in Slack: parsed, handled, acknowledged."""

from __future__ import annotations

from dataclasses import dataclass

from slack_bolt import Ack

from bot.conversation import Finder, events_for, found_nothing, pressed, understand
from bot.drawing import Sight
from bot.preferences import Preferences, preferred
from bot.slack.callers import Caller, key_of
from bot.slack.files import files_in
from bot.slack.forms import Forms
from bot.slack.plain import said_in
from bot.slack.prompts import suggest
from bot.slack.reception import Body, Reception
from bot.slack.retiring import value_of
from bot.slack.strangers import Strangers
from flows.decision import Draw
from flows.events import AnyEvent, Asked

DIALOGS = ("goal", "pick", "preferences")
"""Buttons that open a dialog and say nothing yet."""


@dataclass(frozen=True, slots=True)
class Customer:
    """What the person being onboarded does in Slack. `find` looks for help articles when they ask something in their own words."""

    at: Reception
    forms: Forms
    strangers: Strangers
    find: Finder = found_nothing

    def opened(self, event: Body, body: Body, caller: Caller, ack: Ack) -> None:
        """They opened our page. Home is drawn as they are now; whichever tab it was, from now on we may write to them."""
        sight = self.at.see(caller)
        if sight is not None:
            self.at.door.handle(*self.at.who.came(sight.person, "opened", key_of(body)))
        if event.get("tab", "home") == "home":
            if sight is None:
                self.strangers.home(caller)
            else:
                self.at.door.redraw(Draw("home", sight.person.id))
        ack()
        if event.get("tab") == "messages" and event.get("channel"):
            suggest(self.at, caller, str(event["channel"]), self.at.speaker(sight, caller))

    def wrote(self, event: Body, body: Body, caller: Caller) -> None:
        """They wrote to us directly."""
        sight = self.at.see(caller)
        if sight is None:
            self.strangers.wrote(caller, str(event["channel"]))
            return
        key = key_of(body)
        self.at.door.handle(*self.at.who.came(sight.person, "wrote", key), *self._events(sight, event, caller, key))

    def mentioned(self, event: Body, body: Body, caller: Caller, ack: Ack) -> None:
        """They named us in a channel: a brief answer there, the rest between us."""
        sight = self.at.see(caller)
        if sight is not None:
            key, now = key_of(body), self.at.door.now()
            place = f"{caller.team}/{event['channel']}/{event.get('thread_ts') or event['ts']}"
            told = Asked(source="slack", key=f"{key}:place", who=sight.person.id, at=now, about="mentioned", place=place)
            came = self.at.who.came(sight.person, "wrote", key)
            self.at.door.handle(*came, told, *self._events(sight, event, caller, key))
        ack()

    def pressed(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They pressed a button. Whose press it is, Slack says; the value's own claim is not asked."""
        sight = self.at.see(caller)
        name = str(action["action_id"]).partition(":")[0]
        if sight is None or name == "open":
            ack()
            if name == "who":
                self.strangers.pressed(body, action, caller)
            return
        key = _press_key(body, action)
        came = self.at.who.came(sight.person, "pressed", key)
        dialog = _dialog(name, action, sight)
        if dialog:
            self.at.door.handle(*came)
            ack()
            self.at.open(body, action, caller, self.forms.drawn(dialog, sight), sight.speak)
            return
        self.at.door.handle(*came, *self._changes(name, action, sight, key))
        ack()
        if name == "who":
            self.at.door.redraw(Draw("home", sight.person.id))

    def _changes(self, name: str, action: Body, sight: Sight, key: str) -> list[AnyEvent]:
        now = self.at.door.now()
        if name == "usual":
            wording = sight.speak("button.usual")
            return preferred(Preferences(), sight.person, source="slack", key=key, at=now, mouth="slack", wording=wording)
        return pressed(
            name,
            value_of(action.get("selected_option") or action),
            person=sight.person,
            checklist=sight.checklist,
            source="slack",
            key=key,
            at=now,
            mouth="slack",
            zone=sight.zone,
            speak=sight.speak,
        )

    def _events(self, sight: Sight, event: Body, caller: Caller, key: str) -> list[AnyEvent]:
        now = self.at.door.now()
        heard = understand(said_in(event), phrases=sight.books.phrases, now=now, zone=sight.zone, locale=sight.person.locale)
        return events_for(
            heard,
            person=sight.person,
            checklist=sight.checklist,
            source="slack",
            key=key,
            at=now,
            mouth="slack",
            find=self.find,
            files=files_in(event, caller.team),
        )


def _dialog(name: str, action: Body, sight: Sight) -> str:
    """Which dialog a press opens, '' for none. A step that asks for their goal is done by saying it."""
    step = sight.playbook.step(str(value_of(action).get("s", ""))) if name == "done" else None
    return "goal" if step and step.asks == "goal" else name if name in DIALOGS else ""


def _press_key(body: Body, action: Body) -> str:
    """Slack's own id of one press: the trigger's, else the action's time and place."""
    return str(body.get("trigger_id") or f"{body['user']['id']}:{action.get('action_ts', '')}:{action['action_id']}")
