"""What every decision asks of a playbook's form, worked out once: which steps there are, which are theirs, what proves them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.parts.steps import Module, Step

if TYPE_CHECKING:
    from flows.parts.rules import Survey  # the playbook makes its plan, by what is here

Placed = tuple[Module, Step]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The steps and questions of one playbook, sorted by what a decision does with them.

    `kept` are the ids under which a step may be remembered, with whether it is the account's; `names` are all their ids. `running` are steps
    for everybody, `asked` those for whom it holds; what is paused is in neither. `required` are those that are not optional. `proofs` are
    steps that events may finish, `done_when` those that a condition may, `expected` the customer's that may be late. `questions` are the
    names in `journey.sent` that facts rest on.
    """

    kept: tuple[tuple[str, str | None, bool], ...]
    names: frozenset[str]
    running: frozenset[str]
    asked: tuple[tuple[str, str], ...]
    required: frozenset[str]
    proofs: tuple[Step, ...]
    done_when: tuple[Placed, ...]
    expected: tuple[Placed, ...]
    questions: tuple[tuple[str, str], ...]


def plan_of(steps: Iterable[Placed], surveys: Iterable[Survey]) -> Plan:
    """The plan for these steps in these modules, and these surveys."""
    steps = tuple(steps)
    here = [(module, step) for module, step in steps if not (module.paused or step.paused)]
    theirs = [(module, step) for module, step in steps if step.owner == "customer" and not module.paused]
    return Plan(
        kept=tuple((step.step, step.was, step.scope == "account") for _, step in steps),
        names=frozenset(step.step for _, step in steps),
        running=frozenset(step.step for _, step in here if step.only_when is None),
        asked=tuple((step.step, step.only_when) for _, step in here if step.only_when is not None),
        required=frozenset(step.step for module, step in here if not (module.optional or step.optional)),
        proofs=tuple(step for _, step in steps if step.by != "human" and step.by_events),
        done_when=tuple((module, step) for module, step in steps if step.done_when is not None and step.by != "human"),
        expected=tuple((module, step) for module, step in theirs if step.expect_within or step.due),
        questions=tuple((survey.survey, f"survey.{survey.survey}") for survey in surveys),
    )
