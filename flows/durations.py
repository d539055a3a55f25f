"""Lengths of time as people write them: "2 hours", "1 day", "4 working hours"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from flows.once import once

Unit = Literal["minutes", "hours", "days", "weeks", "working hours", "working days"]

_FORM = re.compile(r"^\s*(\d+)\s+(working\s+)?(minute|hour|day|week)s?\s*$")
_MINUTES = {"minutes": 1, "hours": 60, "days": 1440, "weeks": 10080}


@dataclass(frozen=True)
class Length:
    """An amount of a unit. Working units count only a team's opening hours or open days."""

    amount: int
    unit: Unit

    @property
    def working(self) -> bool:
        """Whether it counts opening hours only."""
        return self.unit.startswith("working")

    @once
    def days(self) -> int:
        """Whole days, for lengths written in days or weeks; shorter ones round down to 0."""
        return self.span.days

    @once
    def span(self) -> timedelta:
        """The length on an ordinary clock. A working day counts as a day, a working hour as an hour."""
        return timedelta(minutes=self.amount * _MINUTES[self.unit.removeprefix("working ")])

    def __str__(self) -> str:
        unit = self.unit[:-1] if self.amount == 1 else self.unit
        return f"{self.amount} {unit}"


def parse(text: Any) -> Length:
    """Read "3 days". Raises ValueError with the form expected."""
    if isinstance(text, Length):
        return text
    found = _FORM.match(text) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"{text!r} is not a length of time; write it like 2 hours, 3 days or 4 working hours")
    unit = f"{found[3]}s"
    return Length(int(found[1]), f"working {unit}" if found[2] else unit)  # type: ignore[arg-type]


LengthOf = Annotated[
    Length,
    BeforeValidator(parse),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+ (working )?(minute|hour|day|week)s?$"}),
]
