"""The playbook language as frozen values. Its parts are in `flows.parts`; reading files and checking them in `reading` and `checks`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr

from flows.durations import Length, LengthOf
from flows.expressions import Answer, Expression
from flows.languages import language_chain
from flows.notation import Condition, Flag, Name, Part, listed
from flows.parts.behaviour import Criterion, Goal, KnownEvent, Points, SegmentRule, Signal, known_event
from flows.parts.people import Intake, KnownTraits, Team, WaitFor
from flows.parts.rules import Dated, Escalation, Experiment, Invitation, Nudge, Recurring, Rule, Series, Survey, Trigger
from flows.parts.steps import Module, Step
from flows.parts.tasks import Task
from flows.parts.times import Hours, Limit
from flows.problems import Path

PARTS = ("sequence", "triggers", "nudges", "recurring", "invitations", "surveys")
"""The parts of a playbook that are lists of rules. A series holds rules too, inside."""


class Playbook(Part):
    """One way of onboarding, as CS operations wrote it."""

    playbook: Name
    title: str
    owner: str = Field("", description="The Slack channel that hears of problems with this playbook")
    touch: Literal["tech", "low", "high"] = "tech"
    enroll_when: Condition = "true"
    wait_for: WaitFor | None = None
    ends: LengthOf
    grace: LengthOf = Length(0, "days")
    goal: Annotated[tuple[Goal, ...], BeforeValidator(listed, json_schema_input_type=Goal | list[Goal])] = Field(min_length=1)
    success: tuple[Criterion, ...] = ()
    complete_when: Condition = Field("goal_met and all_done", description="When the journey is complete")
    first_value: str | None = None
    leaves_on: str | None = None
    hours: Hours = Hours()
    zone: str = Field("UTC", description="The zone of those whose zone nobody knows")
    reach: tuple[Literal["slack", "email"], ...] = ("slack", "email")
    limit: Limit = Limit()
    team: Team
    traits: KnownTraits = KnownTraits()
    intake: tuple[Intake, ...] = Field((), max_length=3)
    events: Mapping[str, Annotated[KnownEvent, BeforeValidator(known_event, json_schema_input_type=str | KnownEvent)]] = Field(
        default_factory=dict
    )
    signals: Mapping[Name, Signal] = Field(default_factory=dict)
    summary: Mapping[str, str] = Field(default_factory=dict)
    scores: Mapping[Name, tuple[Points, ...]] = Field(default_factory=dict)
    segments: Mapping[Name, tuple[SegmentRule, ...]] = Field(default_factory=dict)
    checklist: tuple[Module, ...] = Field(min_length=1)
    tasks: tuple[Task, ...] = ()
    sequence: tuple[Dated, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    nudges: tuple[Nudge, ...] = ()
    series: tuple[Series, ...] = ()
    recurring: tuple[Recurring, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    surveys: tuple[Survey, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    paused: Flag = False

    @cached_property
    def _expressions(self) -> dict[str, Expression]:
        return {}

    _languages: dict[str, Playbook] = PrivateAttr(default_factory=dict)

    def compiled(self, expressions: Mapping[str, Expression]) -> Playbook:
        """The same playbook with its conditions compiled (source → expression). Called once, by the reader."""
        self._expressions.update(expressions)
        self.__dict__.pop("_counted", None)
        return self

    def translated(self, languages: Mapping[str, Playbook]) -> Playbook:
        """The same playbook, with itself in other languages by tag. Called once, by the reader."""
        self._languages.update(languages)
        return self

    def in_language(self, locale: str) -> Playbook:
        """The playbook as people of a language read it: in theirs, in a wider one (de-AT, de), or as written. Ids stay."""
        return next((self._languages[tag] for tag in language_chain(locale) if tag in self._languages), self)

    def ask(self, when: str | None, facts: Mapping[str, Any]) -> Answer:
        """Whether a condition holds. None holds always. Never raises: an error is a no with its reason."""
        if when is None:
            return Answer(True, "")
        return self._expressions[when].ask(facts)

    def number(self, source: str | None, facts: Mapping[str, Any]) -> float:
        """What an expression comes to. None is 0. Never raises."""
        return 0.0 if source is None else self._expressions[source].number(facts)

    def steps(self) -> Iterator[tuple[Module, Step]]:
        """Every step with its module, in the order written."""
        for module in self.checklist:
            for step in module.steps:
                yield module, step

    def step(self, name: str) -> Step | None:
        """The step with that id, or with that former id."""
        return next((s for _, s in self.steps() if name in (s.step, s.was)), None)

    def rules(self) -> Iterator[tuple[Path, Rule]]:
        """Every rule that says something, with its place, in the order of the parts."""
        for part in PARTS:
            for place, rule in enumerate(getattr(self, part)):
                yield (part, place), rule
        for place, series in enumerate(self.series):
            for position, tip in enumerate(series.messages):
                yield ("series", place, "messages", position), tip

    def says(self, message: str) -> bool:
        """Whether a rule says that message, recordings included."""
        return any(rule.message == message for _, rule in self.rules()) or any(one.recording == message for one in self.invitations)

    def signal_events(self) -> frozenset[str]:
        """The events that must be counted: those of signals, steps, first value, summary and attendance.

        Where `active_days` is asked or a summary told, all that the playbook names.
        """
        return self._counted

    @cached_property
    def _counted(self) -> frozenset[str]:
        return frozenset(self._signal_events())

    def _signal_events(self) -> Iterator[str]:
        yield from (event for signal in self.signals.values() for event in signal.event)
        yield from (by.event for _, step in self.steps() for by in step.by_events)
        yield from (one.attended for one in self.invitations if one.attended)
        yield from self.summary
        if self.first_value:
            yield self.first_value
        if self.summary or any("active_days" in expression.names for expression in self._expressions.values()):
            yield from self.events
