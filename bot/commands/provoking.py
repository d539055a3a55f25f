"""What must happen to somebody for the engine to give each of its answers: the same as a person would do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from flows.checklist import StepView, checklist
from flows.events import (
    Answered,
    AnyEvent,
    Asked,
    CaseAssigned,
    CaseClaimed,
    CaseClosed,
    CsmReplied,
    OptedIn,
    OptedOut,
    ProductEvent,
    Replied,
    SaysStuck,
    Snoozed,
    StepDone,
    StepSkipped,
)
from flows.hours import is_open, zone_named
from flows.people import Subject
from flows.playbook import Playbook

_SOON = timedelta(minutes=5)
_CSM: dict[str, Any] = {"by": "U_MAYA", "name": "Maya Chen"}


class Act:
    """Somebody at a moment, about to do one thing after the other."""

    def __init__(self, playbook: Playbook, subject: Subject, at: datetime) -> None:
        self.playbook = playbook
        self.subject = subject
        self.at = at
        person = subject.person
        self.case = person.case.id if person.case else f"{person.id}.{person.cases + 1}"
        self._done = 0

    def now(self) -> dict[str, Any]:
        """Whose event it is and when: five minutes after the one before."""
        self._done += 1
        at = self.at + (self._done - 1) * _SOON
        return {"source": "invented", "key": f"act {self._done}", "who": self.subject.person.id, "at": at}

    def asks(self, about: str) -> list[AnyEvent]:
        """They ask something."""
        view = next((step for step in self.steps() if step.help), None)
        return [
            Asked(**self.now(), about=about, step=view.step if view and about == "how" else None, text="remind me soonish", place="C0/1")
        ]

    def stuck(self) -> list[AnyEvent]:
        """They need a human."""
        return [SaysStuck(**self.now(), text="it says invalid host")]

    def claimed(self) -> list[AnyEvent]:
        """A human has their case."""
        return [*self.stuck(), CaseClaimed(**self.now(), case=self.case, **_CSM)]

    def solved(self, answer: Literal["yes", "not_yet"] | None) -> list[AnyEvent]:
        """The human thinks it is solved, and they may answer."""
        asked = [*self.claimed(), CaseClosed(**self.now(), case=self.case, **_CSM)]
        return [*asked, Answered(**self.now(), survey="solved", value=answer)] if answer else asked

    def stops(self, *, again: bool) -> list[AnyEvent]:
        """They want no more messages, and perhaps messages again."""
        stop = OptedOut(**self.now(), channel="all", wording="stop")
        return [stop, OptedIn(**self.now(), channel="all", wording="undo")] if again else [stop]

    def says_done(self, *, seen: bool) -> list[AnyEvent]:
        """They say that a step is done: one for which that is enough (or which the product reports after it), or one that nobody saw."""
        for view in self.steps():
            step = self.playbook.step(view.step)
            if step is None or step.asks or (not seen and (step.by_word or not step.by_events)):
                continue
            events: list[AnyEvent] = [StepDone(**self.now(), step=view.step, typed=True)]
            if seen and not step.by_word:
                proof = step.by_events[0]
                events += [ProductEvent(**self.now(), name=proof.event) for _ in range(proof.times)]
            return events
        return []

    def skips(self) -> list[AnyEvent]:
        """They leave out what is optional."""
        optional = [view.step for view in self.steps() if view.optional]
        return [StepSkipped(**self.now(), step=step, typed=True) for step in optional[:1]]

    def answers(self) -> list[AnyEvent]:
        """They answer the first question of the playbook."""
        return [Answered(**self.now(), survey=survey.survey, value=survey.answers[-1]) for survey in self.playbook.surveys[:1]]

    def steps(self) -> list[StepView]:
        """What they can do now."""
        return [step for step in checklist(self.playbook, self.subject, self.at).steps if step.status in ("current", "open")]


PROVOKED: dict[str, Callable[[Act], Iterable[AnyEvent]]] = {
    "next_step": lambda act: act.asks("next"),
    "help": lambda act: act.asks("help"),
    "how": lambda act: act.asks("how"),
    "later": lambda act: act.asks("later"),
    "goal_ask": lambda act: act.asks("goal"),
    "hello": lambda act: act.asks("hello"),
    "not_a_time": lambda act: act.asks("not_a_time"),
    "mentioned": lambda act: act.asks("mentioned"),
    "fresh_link": lambda act: act.asks("fresh_link"),
    "did_you_mean": lambda act: [Replied(**act.now(), text="the numbers look odd to me")],
    "step_done": lambda act: act.says_done(seen=True),
    "done_unseen": lambda act: act.says_done(seen=False),
    "skipped": lambda act: act.skips(),
    "snoozed": lambda act: [Snoozed(**act.now(), until=act.at + timedelta(days=1))],
    "stuck": lambda act: act.stuck(),
    "nobody_free": lambda act: act.stuck(),
    "claimed": lambda act: act.claimed(),
    "handed_over": lambda act: [*act.claimed(), CaseAssigned(**act.now(), case=act.case, to="U_TOM", to_name="Tom Okafor", **_CSM)],
    "resolved": lambda act: act.solved(None),
    "solved_thanks": lambda act: act.solved("yes"),
    "reopened": lambda act: act.solved("not_yet"),
    "csm_reply": lambda act: [*act.claimed(), CsmReplied(**act.now(), case=act.case, text="Leave out the https:// in front.", **_CSM)],
    "goal_set": lambda act: [Answered(**act.now(), survey="goal", value="weekly revenue for my boss")],
    "answer_thanks": lambda act: act.answers(),
    "stopped": lambda act: act.stops(again=False),
    "resumed": lambda act: act.stops(again=True),
    "case_card": lambda act: act.stuck(),
    "case_said": lambda act: [*act.claimed(), Replied(**act.now(), text="now it says timed out")],
    "case_note": lambda act: act.solved("not_yet"),
}
"""Each answer by its message, with what brings it."""


def when_to_act(playbook: Playbook, message: str, at: datetime) -> datetime:
    """That moment, or for the answer of a team that is away the next one at which it is."""
    hours, zone = playbook.team.hours, zone_named(playbook.team.zone) or ZoneInfo("UTC")
    away = (at + n * timedelta(hours=1) for n in range(14 * 24) if not is_open(hours, at + n * timedelta(hours=1), zone))
    return next(away, at) if message == "nobody_free" else at
