"""Who stands behind a playbook, and what is known of whom it guides."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from flows.durations import Length, LengthOf
from flows.notation import Guess, Part, TraitName
from flows.parts.times import Hours


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


class KnownTraits(Part):
    """What the product may tell us, with our guess until then; the guesses give the types."""

    person: Mapping[TraitName, Guess] = Field(default_factory=dict)
    account: Mapping[TraitName, Guess] = Field(default_factory=dict)


class Intake(Part):
    """A question about the person, asked once beside their goal: their choice becomes a trait of theirs."""

    ask: TraitName
    text: str
    options: Mapping[str, str] = Field(min_length=2, max_length=10, description="The trait's value, and what the person reads")
