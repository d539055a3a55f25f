"""What people of ours do: tasks beside the checklist, meetings, and forms they fill in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from flows.durations import Length, LengthOf
from flows.notation import Condition, Flag, Name, Part, TraitName

Owner = Literal["customer", "csm", "specialist", "sales"]
"""Who does something. All but the customer are people of ours, and hear of it in the team's channel."""


class Meeting(Part):
    """A meeting that goes with a task. `agenda` and `invitation` are messages; the second brings the customer a date for their calendar."""

    agenda: Name
    invitation: Name
    minutes: int = Field(45, ge=5)
    link: str = ""


class Question(Part):
    """A question of a form. With `options` one of these is chosen and becomes the trait as it is written here, else a text is."""

    ask: str = Field(description="The question as our people read it")
    options: tuple[str | int | float, ...] = Field((), description="What may be chosen; the trait becomes the one that was")


def _asked(value: Any) -> Any:
    return {"ask": value} if isinstance(value, str) else value


Form = Mapping[TraitName, Annotated[Question, BeforeValidator(_asked, json_schema_input_type=str | Question)]]
"""What is asked when something of ours is done: each becomes a trait of the account."""


class Task(Part):
    """Something that one of our people does, beside the checklist and unseen by the customer. Never done by itself.

    It opens when `when` holds, once, or again and again `every` so long while it does, and nobody has to do it any more when it does not.
    `due` counts from its opening. `form` asks for what becomes traits of the account, each with its question; `says` is the message that
    the customer gets when it is done.
    """

    task: Name
    title: str
    why: str = ""
    owner: Literal["csm", "specialist", "sales"] = "csm"
    scope: Literal["person", "account"] = "account"
    when: Condition | None = None
    due: LengthOf = Length(1, "working days")
    every: LengthOf | None = None
    remind_after: LengthOf = Length(1, "working days")
    meeting: Meeting | None = None
    form: Form = Field(default_factory=dict)
    says: Name | None = None
    by: Literal["human"] = "human"
    paused: Flag = False
    was: str | None = None
