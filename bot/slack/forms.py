"""The dialogs a person fills in: opened on a press, kept when they come back, and what is wrong is said at its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_bolt import Ack

from bot.drawing import Sight
from bot.preferences import languages, preferences_of, preferred, wording_of, wrong_pause, wrong_preferences
from bot.saying_when import chosen
from bot.slack.callers import Caller
from bot.slack.limits import Json
from bot.slack.modals import FIELD, INTAKE, MOMENT, goal_modal, later_modal, read_choices, read_field, read_moment
from bot.slack.preferences import preferences_modal, read_preferences
from bot.slack.reception import Body, Reception
from bot.words import language_named
from flows.events import Answered, Snoozed, Traits


@dataclass(frozen=True, slots=True)
class Forms:
    """Goal, a time to come back, preferences."""

    at: Reception

    def drawn(self, name: str, sight: Sight) -> Json:
        """The dialog of that name: goal, pick or preferences."""
        person, now = sight.person, self.at.door.now()
        match name:
            case "goal":
                return goal_modal(person.id, str(person.traits.get("goal", "")), sight.speak, sight.spoken.intake, person.traits)
            case "pick":
                return later_modal(person.id, chosen("tomorrow", now, sight.zone) or now, sight.speak)
            case "preferences":
                words = sight.books.words
                spoken = languages(sight.books.messages)
                return preferences_modal(preferences_of(person, now), person, spoken, sight.speak, lambda tag: language_named(words, tag))
        raise ValueError(f"there is no dialog {name}")

    def told_goal(self, view: Json, caller: Caller, ack: Ack) -> None:
        """They wrote down what they want, and answered the playbook's questions."""
        sight = self.at.see(caller)
        if sight is None:
            ack()
            return
        words, told = read_field(view).strip(), read_choices(view, sight.playbook.intake)
        wrong = {} if words else {FIELD: sight.speak("modal.goal_empty")}
        for ask in sight.playbook.intake:
            if ask.ask in told and told[ask.ask] not in ask.options:
                wrong[f"{INTAKE}{ask.ask}"] = sight.speak("modal.intake_wrong")
        if wrong:
            _refuse(ack, wrong)
            return
        common = _common(view, sight, self.at.door.now())
        traits = [Traits(**common | {"key": f"{common['key']}:traits"}, person=told)] if told else []
        self.at.door.handle(*traits, Answered(survey="goal", value=words, **common))
        ack()

    def told_later(self, view: Json, caller: Caller, ack: Ack) -> None:
        """They picked a time to come back at."""
        sight, until, now = self.at.see(caller), read_moment(view), self.at.door.now()
        if sight is not None and until is not None:
            if wrong := wrong_pause(until, now):
                _refuse(ack, {MOMENT: sight.speak(wrong)})
                return
            self.at.door.handle(Snoozed(until=until, **_common(view, sight, now)))
        ack()

    def told_preferences(self, view: Json, caller: Caller, ack: Ack) -> None:
        """They chose what they get."""
        sight, now = self.at.see(caller), self.at.door.now()
        if sight is not None:
            wanted = read_preferences(view, languages(sight.books.messages))
            if wrong := wrong_preferences(wanted, now):
                _refuse(ack, {block: sight.speak(key) for block, key in wrong.items()})
                return
            wording, key = wording_of(wanted, sight.speak), _key(view)
            self.at.door.handle(*preferred(wanted, sight.person, source="slack", key=key, at=now, mouth="slack", wording=wording))
        ack()


def _refuse(ack: Ack, errors: Mapping[str, str]) -> None:
    """Nothing was kept; each reason stands at its field."""
    ack(response_action="errors", errors=dict(errors))


def _common(view: Body, sight: Sight, now: datetime) -> dict[str, Any]:
    return {"source": "slack", "key": _key(view), "who": sight.person.id, "at": now}


def _key(view: Body) -> str:
    return f"{view['id']}:{view.get('hash', '')}"
