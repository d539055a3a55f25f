"""What people do, and what it says about them: events, signals, segments, scores, goals."""

from __future__ import annotations

from pydantic import Field

from flows.durations import LengthOf
from flows.notation import Condition, Flag, Part


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
