"""What people of ours do: tasks beside the checklist, meetings, and forms they fill in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

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


class Task(Part):
    """Something that one of our people does, beside the checklist and unseen by the customer. Never done by itself.

    It opens when `when` holds, once, or again and again `every` so long while it does. `due` counts from its opening. `form` asks for what
    becomes traits of the account, each with its question; `says` is the message that the customer gets when it is done.
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
    form: Mapping[TraitName, str] = Field(default_factory=dict)
    says: Name | None = None
    by: Literal["human"] = "human"
    paused: Flag = False
    was: str | None = None
