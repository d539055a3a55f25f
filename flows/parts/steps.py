"""The checklist: modules and the steps in them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from flows.durations import LengthOf
from flows.notation import Condition, Flag, Guess, Name, Part, TraitName, listed
from flows.parts.tasks import Form, Meeting, Owner
from flows.tallies import tally_key

WORD = "their word"
"""In `done_by`: the person's own word is enough."""


class DoneBy(Part):
    """What proves a step: an event, perhaps several times, perhaps only where its properties are right."""

    event: str
    times: int = Field(1, ge=1)
    where: Condition | None = None

    @cached_property
    def key(self) -> str:
        """The key of the tally that tells."""
        return tally_key((self.event,), self.where)


def _done_by(value: Any) -> Any:
    return [{"event": v} if isinstance(v, str) else v for v in listed(value)]


class Step(Part):
    """One thing to do. `outcome` says how anybody sees that it is done, in words.

    A step of ours (`owner`) is a task in the team's channel, and the customer sees who is at it; with `by: human` no event finishes it.
    `needs` are steps that come before it, `due` is counted from joining. While `sooner_when` holds it comes before the module's others,
    while `later_when` does after them. `meeting`, `form` and `says` are those of a task.
    """

    step: Name
    title: str
    why: str = ""
    link: str = ""
    help: str = Field("", description="The article content/<help>.md")
    minutes: int | None = Field(None, ge=1)
    outcome: str = ""
    owner: Owner = "customer"
    by: Literal["human"] | None = None
    needs: Annotated[tuple[Name, ...], BeforeValidator(listed, json_schema_input_type=str | list[str])] = ()
    done_by: Annotated[tuple[DoneBy, ...], BeforeValidator(_done_by, json_schema_input_type=str | DoneBy | list[str | DoneBy])] = ()
    done_when: Condition | None = None
    asks: Literal["goal"] | None = Field(None, description="The step asks for their goal in their own words; the answer finishes it")
    scope: Literal["person", "account"] = "person"
    expect_within: LengthOf | None = None
    due: LengthOf | None = None
    priority: int = Field(0, description="Of the steps that are open the higher is recommended first")
    sooner_when: Condition | None = None
    later_when: Condition | None = None
    meeting: Meeting | None = None
    form: Form = Field(default_factory=dict)
    says: Name | None = None
    only_when: Condition | None = None
    optional: Flag = False
    milestone: Flag = False
    paused: Flag = False
    was: str | None = None

    @model_validator(mode="after")
    def _can_be_done(self) -> Step:
        if not (self.done_by or self.done_when or self.owner != "customer"):
            raise ValueError("say what proves it: done_by (an event, or their word), done_when, or an owner of ours")
        return self

    @cached_property
    def by_word(self) -> bool:
        """Whether their own word is enough."""
        return any(by.event == WORD for by in self.done_by)

    @cached_property
    def by_events(self) -> tuple[DoneBy, ...]:
        """The product events that prove it."""
        return tuple(by for by in self.done_by if by.event != WORD)


class Use(Part):
    """In a checklist, in place of a module: the one of modules/<use>.yaml, `with` inputs of its own and what is said otherwise here.

    `flows.using` puts the module there before anything is validated, so no playbook ever holds one of these.
    """

    use: str
    with_: Mapping[TraitName, Guess] = Field(default_factory=dict, alias="with")
    module: str | None = None
    objective: str | None = None
    opens_when: Condition | None = None
    locked: str | None = None
    optional: Flag | None = None
    sooner_when: Condition | None = None
    later_when: Condition | None = None
    paused: Flag | None = None


class Module(Part):
    """Steps that belong together, open at once or when a condition holds."""

    module: str
    objective: str = ""
    opens_when: Condition | None = None
    locked: str = Field("", description="Why it is not open yet, in words people read; else we say which step opens it")
    optional: Flag = False
    sooner_when: Condition | None = None
    later_when: Condition | None = None
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
