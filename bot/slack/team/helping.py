"""What a colleague does for a person: ticks a step, pauses the bot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from slack_bolt import Ack

from bot.drawing import Sight, see
from bot.saying_when import FARTHEST, MORNING
from bot.slack.callers import Body, Caller
from bot.slack.case_modals import DAY, STEP, field_of, pause_dialog, tick_dialog, told_dialog
from bot.slack.team.office import Office, place_of, read_value, value_of
from flows.checklist import StepView
from flows.events import Snoozed, StepDone
from flows.hours import instant, local_date


@dataclass(frozen=True, slots=True)
class Helping:
    """More on a card, and the same beside `/onboarding case`."""

    office: Office

    def more(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They chose in the menu of a card."""
        case = self.office.acting(body, action, caller)
        deed = str(value_of(action).get("d") or "")
        if case is not None:
            self._ask(deed, case.person_id, body, caller)
        ack()

    def tick(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They want to tick a step of somebody's."""
        self._asked("tick", body, action, caller)
        ack()

    def pause(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They want the bot to be quiet towards somebody."""
        self._asked("pause", body, action, caller)
        ack()

    def ticked(self, view: Body, caller: Caller, ack: Ack) -> None:
        """They chose the step."""
        sight = self._sight(view, caller, ack, "modal.tick_title")
        step = str(read_value(field_of(view, STEP)).get("s") or "")
        if sight is None:
            return
        if step not in {one.step for one in _open_steps(sight)}:
            text = self.office.say("case.ticked_already", {"who": self.office.called(sight.person.id)})
            ack(response_action="update", view=told_dialog(self.office.say("modal.tick_title"), text, self.office.say))
            return
        name, now = self.office.who.name(caller.user), self.office.door.now()
        self.office.door.handle(
            StepDone(source="slack", key=f"tick:{view['id']}", who=sight.person.id, at=now, step=step, by=name, mouth="csm")
        )
        ack()

    def paused(self, view: Body, caller: Caller, ack: Ack) -> None:
        """They chose the day on which the bot may speak again: at nine where the person is."""
        sight = self._sight(view, caller, ack, "modal.pause_title")
        if sight is None:
            return
        now, day = self.office.door.now(), _day(field_of(view, DAY))
        until = instant(day, MORNING, sight.zone) if day else None
        if until is None or not now < until <= now + FARTHEST:
            ack(response_action="errors", errors={DAY: self.office.say("modal.pause_past")})
            return
        name = self.office.who.name(caller.user)
        self.office.door.handle(
            Snoozed(source="slack", key=f"pause:{view['id']}", who=sight.person.id, at=now, until=until, by=name, mouth="csm")
        )
        ack()

    def _asked(self, deed: str, body: Body, action: Body, caller: Caller) -> None:
        if self.office.is_colleague(body, caller):
            self._ask(deed, str(value_of(action).get("p") or ""), body, caller)

    def _ask(self, deed: str, person_id: str, body: Body, caller: Caller) -> None:
        sight, who, say = self._see(person_id), self.office.called(person_id), self.office.say
        if sight is None:
            self.office.whisper(caller, place_of(body), say("case.gone"))
        elif deed == "pause":
            tomorrow = local_date(self.office.door.now(), sight.zone) + timedelta(days=1)
            self.office.dialog(caller, body, pause_dialog(person_id, who, tomorrow, say))
        elif steps := _open_steps(sight):
            self.office.dialog(caller, body, tick_dialog(person_id, who, steps, say))
        else:
            self.office.whisper(caller, place_of(body), say("case.nothing_to_tick", {"who": who}))

    def _sight(self, view: Body, caller: Caller, ack: Ack, title: str) -> Sight | None:
        """The person of a dialog; None when nothing may happen, and the dialog says so."""
        sight = self._see(str(read_value(view.get("private_metadata")).get("p") or ""))
        if sight is not None and self.office.of_the_team(caller):
            return sight
        text = self.office.say("case.gone" if sight is None else "case.only_colleagues")
        ack(response_action="update", view=told_dialog(self.office.say(title), text, self.office.say))
        return None

    def _see(self, person_id: str) -> Sight | None:
        subject = self.office.door.view(person_id) if person_id else None
        return see(self.office.shelf.books, subject, self.office.door.now(), team=True) if subject and subject.person.version else None


def _open_steps(sight: Sight) -> list[StepView]:
    steps = sight.checklist.steps if sight.checklist else ()
    return [step for step in steps if step.status in ("current", "open")]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
