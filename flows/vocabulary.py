"""Every condition of a playbook, where it stands, and the words it may use there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flows.kinds import FLAG, NUMBER, TEXT, Kind, Vocabulary, kind_of_value, one_of
from flows.playbook import Playbook
from flows.problems import Path

MOMENTS = ("milestone", "completed", "module_opened", "step_done", "left")
"""What a trigger may wait for besides the product's events and segment.<dimension>."""

COUNTS = ("steps_done", "steps_left", "days_in", "days_idle", "active_days", "behind_days", "nudges_unanswered")
FLAGS = ("goal_met", "all_done")
FAMILIES = ("person", "account", "segment", "done", "settled", "answers", "waiting")

_OF_ALL_STEPS = "it follows from which steps apply, and this decides that"


@dataclass(frozen=True, slots=True)
class Placed:
    """One condition in its place."""

    path: Path
    source: str
    words: Vocabulary
    number: bool = False


def facts_of(playbook: Playbook) -> dict[str, Kind]:
    """All facts there are for one person (name → kind), as conditions and messages may use them."""
    steps = [step.step for _, step in playbook.steps()]
    known = {f"person.{name}": TEXT for name in ("name", "email", "locale", "zone")} | {"account.name": TEXT}
    for owner, traits in (("person", playbook.traits.person), ("account", playbook.traits.account)):
        known |= {f"{owner}.{name}": kind for name, guess in traits.items() if (kind := kind_of_value(guess))}
    known |= dict.fromkeys(playbook.signals, NUMBER)
    known |= {f"segment.{name}": one_of(dict.fromkeys(rule.is_ for rule in rules)) for name, rules in playbook.segments.items()}
    known |= {f"{family}.{step}": FLAG for family in ("done", "settled") for step in steps}
    known |= {f"answers.{survey.survey}": one_of(survey.answers, or_none=True) for survey in playbook.surveys}
    known |= {f"waiting.{survey.survey}": NUMBER for survey in playbook.surveys}
    return known | dict.fromkeys(COUNTS, NUMBER) | dict.fromkeys(FLAGS, FLAG)


def conditions(playbook: Playbook) -> Iterator[Placed]:
    """Every condition that was written or is meant, from top to bottom."""
    facts = facts_of(playbook)
    anything = Vocabulary(facts, {})
    unknown_yet = {name: "before someone enrols only person.… and account.… are known" for name in facts if not _is_trait(name)}
    yield Placed(("enroll_when",), playbook.enroll_when, Vocabulary(facts, unknown_yet))
    for place, goal in enumerate(playbook.goal):
        yield Placed(("goal", place, "when"), goal.when, Vocabulary(facts, {"goal_met": "this is what decides it"}))
    yield Placed(("complete_when",), playbook.complete_when, anything)
    yield from _of_segments(playbook, facts)
    yield from _of_checklist(playbook, facts)
    for path, source in asked(playbook):
        yield Placed((*path, "when"), source, anything)
    for place, escalation in enumerate(playbook.escalations):
        if escalation.close_when is not None:
            yield Placed(("escalations", place, "close_when"), escalation.close_when, anything)
        if escalation.risk is not None:
            yield Placed(("escalations", place, "risk"), escalation.risk, anything, number=True)
    for place, experiment in enumerate(playbook.experiments):
        if experiment.among is not None:
            yield Placed(("experiments", place, "among"), experiment.among, anything)


def asked(playbook: Playbook) -> Iterator[tuple[Path, str]]:
    """The `when` of everything that says something or opens a case, with the place of its rule."""
    yield from ((path, rule.when) for path, rule in playbook.rules() if rule.when is not None)
    for part in ("series", "escalations"):
        for place, rule in enumerate(getattr(playbook, part)):
            if rule.when is not None:
                yield (part, place), rule.when


def _of_segments(playbook: Playbook, facts: Mapping[str, Kind]) -> Iterator[Placed]:
    later = {f"segment.{name}": "a dimension may ask only for those above it" for name in playbook.segments}
    for name, rules in playbook.segments.items():
        words = Vocabulary(facts, dict(later))
        for place, rule in enumerate(rules):
            if rule.when is not None:
                yield Placed(("segments", name, place, "when"), rule.when, words)
        del later[f"segment.{name}"]


def _of_checklist(playbook: Playbook, facts: Mapping[str, Kind]) -> Iterator[Placed]:
    derived = ("steps_left", "all_done", "behind_days", "goal_met", *(name for name in facts if name.startswith("settled.")))
    for_steps = Vocabulary(facts, dict.fromkeys(derived, _OF_ALL_STEPS))
    for place, module in enumerate(playbook.checklist):
        if module.opens_when is not None:
            yield Placed(("checklist", place, "opens_when"), module.opens_when, Vocabulary(facts, {}))
        for position, step in enumerate(module.steps):
            if step.only_when is not None:
                yield Placed(("checklist", place, "steps", position, "only_when"), step.only_when, for_steps)


def _is_trait(name: str) -> bool:
    return name.startswith(("person.", "account."))
