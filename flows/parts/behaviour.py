"""What people do, and what it says about them: events, signals, segments, scores, goals."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from flows.durations import LengthOf
from flows.notation import Condition, Flag, Guess, Name, Number, Part, TraitName, listed
from flows.tallies import tally_key

ANY = "any"
"""In a signal's `event`: whatever they do in the product."""
Measure = Literal["times", "days", "sum", "since_first", "since_last", "streak", "minutes"]
"""What a signal counts: how often, on how many days, what a property adds up to, how many days ago, days in a row, minutes spent."""
UNBOUND = ("since_first", "since_last", "streak")
"""Measures that mean nothing within some last days."""


ModelFile = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\.json$", description="A JSON file in the project, or beside the playbook")
]


class KnownEvent(Part):
    """One event that the product sends. `properties` are those that a `where` may ask, each with our guess; the guesses give the types."""

    title: str
    properties: Mapping[TraitName, Guess] = Field(default_factory=dict)


class Signal(Part):
    """Behaviour, counted as it happens: what `event` (or any of several) came to, in all or `in` the last days (UTC days, today included).

    `where` asks the event's declared properties by their bare names; `of` is the property that is summed up.
    """

    event: Annotated[tuple[str, ...], BeforeValidator(listed, json_schema_input_type=str | list[str])] = Field(min_length=1)
    counts: Measure = "times"
    of: TraitName | None = None
    where: Condition | None = None
    within: LengthOf | None = Field(None, alias="in")

    @model_validator(mode="after")
    def _whole(self) -> Signal:
        if (self.counts == "sum") != (self.of is not None):
            raise ValueError("counts: sum and of: <property> go together")
        if self.within is not None and self.counts in UNBOUND:
            raise ValueError(f"counts: {self.counts} looks at all they did; take `in` away")
        if self.within is not None and self.within.unit not in ("days", "weeks"):
            raise ValueError(f"`in` counts days of the calendar: write 7 days, not {self.within}")
        if ANY in self.event and len(self.event) > 1:
            raise ValueError("event: any is every event; it stands alone")
        return self

    @property
    def events(self) -> tuple[str, ...]:
        """The events it names; none for any."""
        return () if ANY in self.event else self.event

    @cached_property
    def key(self) -> str:
        """The key of its tally."""
        return tally_key(self.events, self.where)


class SegmentRule(Part):
    """One line of a dimension: the name, and when it holds. `keep`: once in it, they stay."""

    is_: str = Field(alias="is")
    when: Condition | None = None
    keep: Flag = False


class Points(Part):
    """One line of a score: so many points while it holds, or so many for each of `per`, `up_to` at most. `because` says it in words.

    Or the file of a trained `model` (docs/risk.md), whose chance in percent are the points.
    """

    points: int = 0
    model: ModelFile | None = None
    when: Condition | None = None
    per: Number | None = None
    up_to: int | None = None
    because: str = ""

    @model_validator(mode="after")
    def _one_of_two(self) -> Points:
        if self.model is None and "points" not in self.model_fields_set:
            raise ValueError("a line of a score has points, or a model")
        if self.model is not None and self.model_fields_set & {"points", "per", "up_to", "because"}:
            raise ValueError("a model gives its own points and reasons; only `when` may stand beside it")
        return self


class Goal(Part):
    """What success is. Of several, theirs is the first whose `among` holds."""

    name: str
    when: Condition
    among: Condition | None = None


class Criterion(Part):
    """One measurable condition of success, agreed with the customer."""

    criterion: Name
    title: str
    when: Condition


def known_event(value: Any) -> Any:
    """An event that is written as its title alone."""
    return {"title": value} if isinstance(value, str) else value
