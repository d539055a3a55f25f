"""The playbook language as frozen values. Its parts are in `flows.parts`; reading files and checking them in `reading` and `checks`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr

from flows.durations import Length, LengthOf
from flows.evaluation import CANNOT_BE_ASKED, Ask
from flows.expressions import Answer, Expression
from flows.languages import language_chain
from flows.notation import Condition, Flag, Name, Part, listed
from flows.parts.behaviour import Criterion, Goal, KnownEvent, Points, SegmentRule, Signal, known_event
from flows.parts.people import Intake, KnownTraits, Team, WaitFor
from flows.parts.rules import Dated, Escalation, Experiment, Invitation, Nudge, Recurring, Rule, Series, Survey, Trigger
from flows.parts.steps import Module, Step, Use
from flows.parts.tasks import Task
from flows.parts.times import Hours, Limit
from flows.plan import Plan, plan_of
from flows.problems import Path
from flows.signals import signal_need
from flows.tallies import DAYS, Need
from flows.task_rules import TaskRule, by_name, rules_of

if TYPE_CHECKING:
    from flows.risk_model import RiskModel  # it names what a playbook offers to look at

PARTS = ("sequence", "triggers", "nudges", "recurring", "invitations", "surveys")
"""The parts of a playbook that are lists of rules. A series holds rules too, inside."""


EVERYTHING, SUCCESS = "goal_met and all_done", "success_met"
"""When a journey is complete, unless the playbook says so itself."""


_ALWAYS = Answer(True)


def _as_it_is(checklist: Any) -> Any:
    """What is written as `use` was replaced before."""
    return checklist


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
    complete_when: Condition | None = Field(None, description="When the journey is complete")
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
    scores: Mapping[Name, Annotated[tuple[Points, ...], BeforeValidator(listed, json_schema_input_type=Points | list[Points])]] = Field(
        default_factory=dict
    )
    segments: Mapping[Name, tuple[SegmentRule, ...]] = Field(default_factory=dict)
    checklist: Annotated[tuple[Module, ...], BeforeValidator(_as_it_is, json_schema_input_type=list[Module | Use])] = Field(min_length=1)
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

    @cached_property
    def _tests(self) -> dict[str, Ask]:
        """The bare function of each condition: this is asked more than anything else."""
        return {source: expression.asked for source, expression in self._expressions.items()}

    @cached_property
    def _models(self) -> dict[str, RiskModel]:
        return {}

    _languages: dict[str, Playbook] = PrivateAttr(default_factory=dict)

    def compiled(self, expressions: Mapping[str, Expression]) -> Playbook:
        """The same playbook with its conditions compiled (source → expression). Called once, by the reader."""
        self._expressions.update(expressions)
        self._forget_made()
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Playbook:
        """The same playbook with some of it said otherwise."""
        copy = super().model_copy(update=update, deep=deep)
        copy._forget_made()
        return copy

    def _forget_made(self) -> None:
        for made in ("_needs", "_shares", "_asked_for", "_steps", "_by_name", "renames", "ours", "ours_by_name", "plan", "_tests"):
            self.__dict__.pop(made, None)

    def modelled(self, models: Mapping[str, RiskModel]) -> Playbook:
        """The same playbook with the models that its scores name (file → model). Called once, by the reader."""
        self._models.update(models)
        return self

    def model(self, file: str) -> RiskModel:
        """The model of that file. Raises KeyError for one that was not read; the reader refuses such a playbook."""
        return self._models[file]

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
            return _ALWAYS
        return self._expressions[when].ask(facts)

    def holds(self, when: str | None, facts: Mapping[str, Any]) -> bool:
        """The same for who needs no reason."""
        if when is None:
            return True
        try:
            held: bool = self._tests[when](facts)
        except CANNOT_BE_ASKED:
            return False
        return held

    def number(self, source: str | None, facts: Mapping[str, Any]) -> float:
        """What an expression comes to. None is 0. Never raises."""
        return 0.0 if source is None else self._expressions[source].number(facts)

    def asks(self, fact: str) -> bool:
        """Whether any condition asks for that fact."""
        return fact in self._asked_for

    @cached_property
    def _asked_for(self) -> frozenset[str]:
        return frozenset().union(*(expression.names for expression in self._expressions.values()))

    @property
    def completes_when(self) -> str:
        """The condition of completion: the written one, else all of `success`, else the goal met and every required step settled."""
        return self.complete_when or (SUCCESS if self.success else EVERYTHING)

    def goal_of(self, facts: Mapping[str, Any]) -> Goal:
        """The goal of somebody: the first whose `among` holds, else the last."""
        return next((goal for goal in self.goal if self.holds(goal.among, facts)), self.goal[-1])

    def steps(self) -> tuple[tuple[Module, Step], ...]:
        """Every step with its module, in the order written."""
        return self._steps

    @cached_property
    def _steps(self) -> tuple[tuple[Module, Step], ...]:
        return tuple((module, step) for module in self.checklist for step in module.steps)

    @cached_property
    def plan(self) -> Plan:
        """What every decision asks of its form."""
        return plan_of(self)

    def step(self, name: str) -> Step | None:
        """The step with that id, or with that former id."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Step]:
        """The first that is or was called so."""
        names = ((name, step) for _, step in self.steps() for name in (step.step, step.was) if name is not None)
        found: dict[str, Step] = {}
        for name, step in names:
            found.setdefault(name, step)
        return found

    @cached_property
    def ours(self) -> tuple[TaskRule, ...]:
        """What our people have to do: the steps of ours in the order of the checklist, and then the tasks."""
        return rules_of(self._steps, self.tasks)

    @cached_property
    def ours_by_name(self) -> Mapping[str, TaskRule]:
        """The same by their names and former names."""
        return by_name(self.ours)

    @cached_property
    def renames(self) -> bool:
        """Whether anything in it had another name before."""
        parts: tuple[tuple[object, ...], ...] = (self.sequence, self.triggers, self.nudges, self.recurring, self.invitations, self.surveys)
        tips = tuple(tip for one in self.series for tip in one.messages)
        every = (*(step for _, step in self._steps), *(one for part in parts for one in part), *self.series, *tips)
        return any(getattr(one, "was", None) for one in every)

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

    def tally_needs(self) -> tuple[Need, ...]:
        """What must be counted: for signals, steps, first value, summary and attendance.

        Where `active_days` is asked or a summary told, all that the playbook names.
        """
        return self._needs

    def asks_shares(self) -> bool:
        """Whether a condition asks what the account's other people do."""
        return self._shares

    @cached_property
    def _shares(self) -> bool:
        return any(name == "share_active" or name.startswith("share.") for name in self._asked_for)

    @cached_property
    def _needs(self) -> tuple[Need, ...]:
        return tuple(self._all_needs())

    def _all_needs(self) -> Iterator[Need]:
        yield from (signal_need(signal, self._where(signal.key, signal.where)) for signal in self.signals.values())
        for by in (by for _, step in self.steps() for by in step.by_events):
            yield Need(key=by.key, events=frozenset([by.event]), where=self._where(by.key, by.where), firsts=by.times)
        attended = {one.attended for one in self.invitations if one.attended}
        yield from (Need(key=name, events=frozenset([name]), days=max(DAYS, self.ends.days + 2)) for name in attended)
        plain = {*self.summary, *filter(None, [self.first_value])}
        if self.summary or self.asks("active_days"):
            plain |= set(self.events)
        yield from (Need(key=name, events=frozenset([name])) for name in sorted(plain))

    def _where(self, key: str, where: str | None) -> Expression | None:
        return self._expressions.get(key) if where else None
