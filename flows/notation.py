"""How single values are written in a playbook: days, times of day, answers, conditions, names."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _days(text: Any) -> tuple[int, ...]:
    if isinstance(text, tuple | list):
        return tuple(text)
    found: list[int] = []
    for part in str(text).replace(" ", "").lower().split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f"{text!r} are no days; write them like mon-fri or mon, wed")
        a, b = DAYS.index(first), DAYS.index(last or first)
        found += [d % 7 for d in range(a, b + 1 if b >= a else b + 8)]
    return tuple(sorted(set(found)))


def _clock_time(text: Any) -> time:
    if isinstance(text, time):
        return text
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(text))
    if not found:
        raise ValueError(f'{text!r} is not a time of day; write it like "09:30"')
    return time(int(found[1]), int(found[2]))


def listed(value: Any) -> Any:
    """One value is a list of one."""
    return list(value) if isinstance(value, list | tuple) else [value]


def _answers(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d+) to (\d+)", value)
    if not found or not int(found[1]) < int(found[2]) <= 10:
        raise ValueError(f"{value!r} are no answers; write 1 to 5, or a list of words")
    return tuple(range(int(found[1]), int(found[2]) + 1))


def _condition(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool | int | float) else value


Days = Annotated[
    tuple[int, ...],
    BeforeValidator(_days),
    PlainSerializer(lambda days: ", ".join(DAYS[d] for d in days)),
    WithJsonSchema({"type": "string", "examples": ["mon-fri"]}),
]
ClockTime = Annotated[
    time,
    BeforeValidator(_clock_time),
    PlainSerializer(lambda t: t.strftime("%H:%M")),
    WithJsonSchema({"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$"}),
]
Answers = Annotated[
    tuple[str | int, ...],
    BeforeValidator(_answers),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^\d+ to \d+$"}, {"type": "array"}]}),
]
Condition = Annotated[
    str,
    BeforeValidator(_condition),
    Field(description="A bare Jinja condition, such as steps_done >= 3 and not goal_met"),
    WithJsonSchema({"type": ["string", "boolean"]}),
]
Number = Annotated[
    str,
    BeforeValidator(_condition),
    Field(description="A number, or what one is made of, such as account.employees + 10"),
    WithJsonSchema({"type": ["string", "number"]}),
]
Flag = Annotated[bool, Field(strict=True)]
"""true or false, and no other word for it."""
TraitName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", description="A trait as the product calls it")]
Guess = Annotated[Any, WithJsonSchema({"type": ["string", "number", "boolean"]})]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="A stable id: small letters, digits and _")]


class Part(BaseModel):
    """Anything written in a playbook. Unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
