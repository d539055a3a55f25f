"""What every decision asks of a playbook's form, worked out once: which steps there are, which are theirs, what proves them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.parts.rules import Dated, Escalation, Nudge, Survey
from flows.parts.steps import Module, Step

if TYPE_CHECKING:
    from flows.playbook import Playbook  # it makes its plan, by what is here

Placed = tuple[Module, Step]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The steps and questions of one playbook, sorted by what a decision does with them.

    `kept` are the ids under which a step may be remembered, with whether it is the account's; `names` are all their ids. `running` are
    steps for everybody, `asked` those for whom a condition holds; what is paused is in neither. `required` are those that are not optional.
    `proofs` are steps that events may finish, with the keys of their tallies, `done_when` those that a condition may, `expected` the
    customer's that may be late. `questions` are surveys with the names in `journey.sent` that facts rest on.

    `as_written` is the order of everybody, None where some part comes sooner or later for some.

    The rules stand with the names that `journey.sent` and reasons know them by: `nudges` that are not paused, `asking` surveys that nothing
    but time and conditions brings, `escalations` that a condition brings. `dated` are messages and surveys with a day of their own; it
    `welcomes` when one goes out right away. `lasting` are dimensions with segments that nobody leaves.
    """

    kept: tuple[tuple[str, str | None, bool], ...]
    names: frozenset[str]
    running: frozenset[str]
    asked: tuple[tuple[str, frozenset[str]], ...]
    required: frozenset[str]
    proofs: tuple[tuple[Step, tuple[str, ...]], ...]
    done_when: tuple[Placed, ...]
    expected: tuple[Placed, ...]
    questions: tuple[tuple[str, str], ...]
    sequence: tuple[tuple[str, Dated], ...]
    dated: tuple[tuple[str, Dated], ...]
    welcomes: bool
    nudges: tuple[tuple[str, Nudge], ...]
    asking: tuple[tuple[str, Survey], ...]
    escalations: tuple[tuple[str, Escalation], ...]
    lasting: frozenset[tuple[str, str]]
    as_written: tuple[tuple[Module, tuple[Step, ...]], ...] | None


def plan_of(playbook: Playbook) -> Plan:
    """The plan of a playbook."""
    steps, surveys = playbook.steps(), playbook.surveys
    here = [(module, step) for module, step in steps if not (module.paused or step.paused)]
    theirs = [(module, step) for module, step in steps if step.owner == "customer" and not module.paused]
    sequence = tuple((f"sequence.{rule.message}", rule) for rule in playbook.sequence)
    moved = any(part.sooner_when is not None or part.later_when is not None for placed in steps for part in placed)
    return Plan(
        kept=tuple((step.step, step.was, step.scope == "account") for _, step in steps),
        names=frozenset(step.step for _, step in steps),
        running=frozenset(step.step for _, step in here if step.only_when is None),
        asked=_by_condition(step for _, step in here),
        required=frozenset(step.step for module, step in here if not (module.optional or step.optional)),
        proofs=tuple((step, tuple(by.key for by in step.by_events)) for _, step in steps if step.by != "human" and step.by_events),
        done_when=tuple((module, step) for module, step in steps if step.done_when is not None and step.by != "human"),
        expected=tuple((module, step) for module, step in theirs if step.expect_within or step.due),
        questions=tuple((survey.survey, f"survey.{survey.survey}") for survey in surveys),
        sequence=sequence,
        dated=(*sequence, *((f"survey.{rule.survey}", rule) for rule in surveys if rule.after)),
        welcomes=any(rule.right_away for rule in playbook.sequence),
        nudges=tuple((f"nudge.{rule.message}", rule) for rule in playbook.nudges if not rule.paused),
        asking=tuple((f"survey.{rule.survey}", rule) for rule in surveys if not rule.on),
        escalations=tuple((f"escalation.{one.escalation}", one) for one in playbook.escalations if one.when is not None and not one.paused),
        lasting=frozenset((name, rule.is_) for name, rules in playbook.segments.items() for rule in rules if rule.keep),
        as_written=None if moved else tuple((module, module.steps) for module in playbook.checklist),
    )


def _by_condition(steps: Iterable[Step]) -> tuple[tuple[str, frozenset[str]], ...]:
    """The steps for which each condition decides whether they are theirs: many share one."""
    found: dict[str, frozenset[str]] = {}
    for step in steps:
        if step.only_when is not None:
            found[step.only_when] = found.get(step.only_when, frozenset()) | {step.step}
    return tuple(found.items())
