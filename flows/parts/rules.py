"""What is said when, and when a human comes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Literal, get_args

from pydantic import Field

from flows.durations import Length, LengthOf
from flows.notation import Answers, ClockTime, Condition, Flag, Name, Number, Part
from flows.parts.times import Limit

About = Literal["steps", "tips", "summaries", "invitations", "questions"]
"""What a message is about, as far as people can do without it."""
KINDS: tuple[About, ...] = get_args(About)
"""Kinds of messages that people can do without. Answers to what they did are none of them."""


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
