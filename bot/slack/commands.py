"""/onboarding: answered in the command's own response, to whoever typed it alone."""

from __future__ import annotations

from dataclasses import dataclass

from slack_bolt import Ack

from bot.conversation import understand
from bot.drawing import Sight
from bot.heard import Later, Next, Snooze
from bot.saying_when import CHOICES
from bot.slack.callers import Caller, key_of
from bot.slack.cards import component
from bot.slack.kit import actions, button, section, shown
from bot.slack.limits import Json, fit
from bot.slack.reception import Body, Reception
from bot.slack.strangers import Strangers
from bot.wording import moment
from flows.events import Snoozed

COMMAND = "/onboarding"


@dataclass(frozen=True, slots=True)
class Commands:
    """status, next, pause, help. A word nobody knows gets help; `case` is for colleagues, whose listener comes first."""

    at: Reception
    strangers: Strangers

    def heard(self, body: Body, caller: Caller, ack: Ack) -> None:
        """They typed /onboarding."""
        text = str(body.get("text") or "").strip()
        word = text.partition(" ")[0].lower()
        sight = self.at.see(caller)
        if sight is None:
            said, blocks = self.strangers.asked(caller)
        else:
            self.at.door.handle(*self.at.who.came(sight.person, "wrote", key_of(body)))
            said, blocks = self._answer(sight, word, text, key_of(body))
        ack(response_type="ephemeral", text=shown(said), blocks=fit(blocks))

    def _answer(self, sight: Sight, word: str, text: str, key: str) -> tuple[str, list[Json]]:
        heard = understand(
            text.removeprefix("pause").strip() if word == "pause" else text,
            phrases=self.at.shelf.books.phrases,
            now=self.at.door.now(),
            zone=sight.zone,
            locale=sight.person.locale,
        )
        if isinstance(heard, Snooze):
            return self._pause(sight, heard, key)
        if word == "pause" or isinstance(heard, Later):
            return _ask_when(sight)
        if word in ("", "status"):
            return _status(sight)
        if word == "next" or isinstance(heard, Next):
            return _next(sight)
        return _help(sight)

    def _pause(self, sight: Sight, wanted: Snooze, key: str) -> tuple[str, list[Json]]:
        now = self.at.door.now()
        self.at.door.handle(Snoozed(source="slack", key=key, who=sight.person.id, at=now, until=wanted.until))
        when = moment(wanted.until, sight.zone, now, sight.person.locale, sight.books.words)
        text = sight.speak("home.snoozed", {"when": when})
        return text, [section(shown(text))]


def _status(sight: Sight) -> tuple[str, list[Json]]:
    """The rail and the next step."""
    if sight.checklist is None:
        return _nothing(sight)
    drawn = [block for name in ("progress", "next_step") for block in component(name, sight.checklist, sight.person.id, sight.speak)]
    return sight.speak("rail.progress", {"done": sight.checklist.done, "total": sight.checklist.total}), drawn


def _next(sight: Sight) -> tuple[str, list[Json]]:
    if sight.checklist is None:
        return _nothing(sight)
    title = sight.checklist.next.title if sight.checklist.next else sight.speak("home.all_done")
    return title or sight.speak("step.next"), component("next_step", sight.checklist, sight.person.id, sight.speak)


def _nothing(sight: Sight) -> tuple[str, list[Json]]:
    text = sight.speak("home.not_enrolled")
    return text, [section(shown(text))]


def _ask_when(sight: Sight) -> tuple[str, list[Json]]:
    """The times there are, and a picker."""
    text, about = sight.speak("command.pause"), {"p": sight.person.id}
    times = [button("snooze", sight.speak(f"choices.{choice}"), {**about, "u": choice}) for choice in CHOICES]
    return text, [section(shown(text)), actions([*times, button("pick", sight.speak("button.pick"), about)])]


def _help(sight: Sight) -> tuple[str, list[Json]]:
    text, about = sight.speak("command.help", {"command": COMMAND}), {"p": sight.person.id}
    row = [button(name, sight.speak(f"button.{name}"), about) for name in ("next", "human")]
    return text, [section(shown(text)), actions(row)]
