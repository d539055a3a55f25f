"""The playbook language as frozen values. Reading files and checking them live in `reading` and `checks`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import time
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, PrivateAttr

from flows.durations import Length, LengthOf
from flows.expressions import Answer, Expression
from flows.languages import language_chain
from flows.notation import Answers, ClockTime, Condition, Days, Flag, Guess, Name, Number, Part, TraitName, listed
from flows.problems import Path

PARTS = ("sequence", "triggers", "nudges", "recurring", "invitations", "surveys")
"""The parts of a playbook that are lists of rules. A series holds rules too, inside."""
WORD = "their word"
"""In `done_by`: the person's own word is enough."""
About = Literal["steps", "tips", "summaries", "invitations", "questions"]
"""What a message is about, as far as people can do without it."""
KINDS: tuple[About, ...] = get_args(About)
"""Kinds of messages that people can do without. Answers to what they did are none of them."""


class Hours(Part):
    """When we may speak: days, from and to (local), and whose zone: `theirs` or an IANA name."""

    days: Days = (0, 1, 2, 3, 4)
    from_: ClockTime = Field(time(9), alias="from")
    to: ClockTime = time(17)
    zone: str = "theirs"


class Limit(Part):
    """The attention budget of one person across all channels."""

    per_day: int = Field(1, ge=1)
    per_week: int = Field(4, ge=1)


class Team(Part):
    """The CSMs behind a playbook: their Slack channel (name or id), zone and hours, and how they work on cases."""

    channel: str
    zone: str = "UTC"
    hours: Hours = Hours(zone="team")
    reasons: tuple[str, ...] = Field(
        (
            "How it works was not clear",
            "Something was set up wrong",
            "A fault of ours",
            "Something we can't do yet",
            "They changed their mind",
        ),
        min_length=1,
        max_length=20,
    )
    claim_lasts: LengthOf = Length(1, "working days")
    remind_after: LengthOf = Length(2, "working hours")
    escalate_to: str = ""
    max_new_cases: int | None = Field(None, ge=1)


class WaitFor(Part):
    """Enrolment may wait a little for a trait that another system tells."""

    trait: str
    up_to: LengthOf


class Goal(Part):
    """What success is."""

    name: str
    when: Condition


class Signal(Part):
    """Behaviour, counted as it happens: how often `event` came, in all or `in` the last days (UTC days, today included)."""

    event: str
    within: LengthOf | None = Field(None, alias="in")


class SegmentRule(Part):
    """One line of a dimension: the name, and when it holds. `keep`: once in it, they stay."""

    is_: str = Field(alias="is")
    when: Condition | None = None
    keep: Flag = False


class DoneBy(Part):
    """What proves a step: an event, perhaps several times."""

    event: str
    times: int = Field(1, ge=1)


def _done_by(value: Any) -> Any:
    return [{"event": v} if isinstance(v, str) else v for v in listed(value)]


class Step(Part):
    """One thing to do."""

    step: Name
    title: str
    why: str = ""
    link: str = ""
    help: str = Field("", description="The article content/<help>.md")
    minutes: int | None = Field(None, ge=1)
    done_by: Annotated[tuple[DoneBy, ...], BeforeValidator(_done_by, json_schema_input_type=str | DoneBy | list[str | DoneBy])]
    asks: Literal["goal"] | None = Field(None, description="The step asks for their goal in their own words; the answer finishes it")
    scope: Literal["person", "account"] = "person"
    expect_within: LengthOf | None = None
    only_when: Condition | None = None
    optional: Flag = False
    milestone: Flag = False
    paused: Flag = False
    was: str | None = None

    @property
    def by_word(self) -> bool:
        """Whether their own word is enough."""
        return any(by.event == WORD for by in self.done_by)

    @property
    def by_events(self) -> tuple[DoneBy, ...]:
        """The product events that prove it."""
        return tuple(by for by in self.done_by if by.event != WORD)


class Module(Part):
    """Steps that belong together, open at once or when a condition holds."""

    module: str
    objective: str = ""
    opens_when: Condition | None = None
    locked: str = Field("", description="Why it is not open yet, in words people read; else we say which step opens it")
    optional: Flag = False
    paused: Flag = False
    steps: tuple[Step, ...] = Field(min_length=1)

    _title: str = PrivateAttr("")

    @property
    def title(self) -> str:
        """What people read; `module` is its id, whatever language they read."""
        return self._title or self.module

    def called(self, title: str) -> Module:
        """The same module under another title, or its own for ''."""
        renamed = self.model_copy()
        renamed._title = title
        return renamed


class Rule(Part):
    """What every rule that says something has in common."""

    message: Name
    when: Condition | None = None
    kind: About = "steps"
    by: Literal["slack", "email", "all"] | None = None
    priority: int = Field(0, description="When several are due, the higher goes first")
    experiment: str | None = None
    paused: Flag = False
    was: str | None = None


class Dated(Rule):
    """A message with a day. Without `at` or `between`, a minute of the opening hours that is the person's own."""

    right_away: Flag = False
    after: LengthOf | None = None
    at: ClockTime | None = None
    between: tuple[ClockTime, ClockTime] | None = None


class Trigger(Rule):
    """A message when something happens: an event's name, or milestone, completed, module_opened, left, segment.<dimension>, step_done."""

    on: str
    wait: LengthOf | None = None
    once: Flag = False


class Nudge(Rule):
    """A message when nothing happens."""

    again_after: LengthOf | None = None
    at_most: int = Field(1, ge=1)


class Survey(Dated):
    """One question. Dated when it has `after`; with `on: left` asked once as they leave; else asked when its condition holds."""

    survey: Name
    answers: Answers
    kind: About = "questions"
    on: Literal["left"] | None = None
    again_after: LengthOf | None = None
    at_most: int = Field(1, ge=1)


class Tip(Rule):
    """One message of a series."""

    kind: About = "tips"


class Series(Part):
    """Messages for a span of local days, counted from joining: each open day the first that holds and was not said yet.

    `limit` is a budget of its own: the common one neither pays for a series nor counts it.
    """

    series: Name
    title: str = ""
    from_: LengthOf = Field(alias="from")
    to: LengthOf
    at: ClockTime | None = None
    between: tuple[ClockTime, ClockTime] | None = None
    limit: Limit = Limit()
    when: Condition | None = None
    messages: tuple[Tip, ...] = Field(min_length=1)
    paused: Flag = False
    was: str | None = None


class Recurring(Rule):
    """A message that comes again and again, `every` so many local days from joining. Each round has one chance, as a dated message has."""

    kind: About = "summaries"
    every: LengthOf
    at: ClockTime | None = None
    between: tuple[ClockTime, ClockTime] | None = None

    def round(self, n: int) -> Dated:
        """Round `n`, from 1, as the dated message it is."""
        if n not in self._rounds:
            after = Length(n * max(1, self.every.days), "days")
            own = {name: getattr(self, name) for name in (*Rule.model_fields, "at", "between")}
            self._rounds[n] = Dated.model_construct(None, **own, after=after)
        return self._rounds[n]

    @cached_property
    def _rounds(self) -> dict[int, Dated]:
        return {}


class Invitation(Rule):
    """An invitation to each date of a session, `ahead` of it; who missed it gets the message `recording` when there is one.

    `attended` is the event that tells who was there.
    """

    kind: About = "invitations"
    session: Name
    ahead: LengthOf = Length(3, "days")
    recording: Name | None = None
    attended: str | None = None


class Escalation(Part):
    """When a human should come: on their asking, or when a condition turns true."""

    escalation: Name
    title: str = Field("", description="Why now, in words, for the card")
    on: Literal["says_stuck"] | None = None
    when: Condition | None = None
    severity: Literal["low", "normal", "high"] = "normal"
    risk: Number | None = None
    instead: Name | None = Field(None, description="The message they get when the day has no room for a case")
    respond_within: LengthOf | None = None
    remind_after: LengthOf | None = None
    escalate_to: str = ""
    close_when: Condition | None = None
    close_by: Literal["human"] | None = None
    paused: Flag = False


class Experiment(Part):
    """Two or more variants of a message, compared."""

    experiment: Name
    hypothesis: str
    among: Condition | None = None
    split: Mapping[str, int]
    measure: str
    within: LengthOf
    unit: Literal["account", "person"] = "account"
    paused: Flag = False


class Intake(Part):
    """A question about the person, asked once beside their goal: their choice becomes a trait of theirs."""

    ask: TraitName
    text: str
    options: Mapping[str, str] = Field(min_length=2, max_length=10, description="The trait's value, and what the person reads")


class KnownTraits(Part):
    """What the product may tell us, with our guess until then; the guesses give the types."""

    person: Mapping[TraitName, Guess] = Field(default_factory=dict)
    account: Mapping[TraitName, Guess] = Field(default_factory=dict)


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
    goal: Goal
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
    events: Mapping[str, str] = Field(default_factory=dict)
    signals: Mapping[Name, Signal] = Field(default_factory=dict)
    summary: Mapping[str, str] = Field(default_factory=dict)
    segments: Mapping[Name, tuple[SegmentRule, ...]] = Field(default_factory=dict)
    checklist: tuple[Module, ...] = Field(min_length=1)
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
        yield from (signal.event for signal in self.signals.values())
        yield from (by.event for _, step in self.steps() for by in step.by_events)
        yield from (one.attended for one in self.invitations if one.attended)
        yield from self.summary
        if self.first_value:
            yield self.first_value
        if self.summary or any("active_days" in expression.names for expression in self._expressions.values()):
            yield from self.events
