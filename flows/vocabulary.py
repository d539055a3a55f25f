"""Every condition of a playbook, where it stands, and the words it may use there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flows.kinds import DAYS_OR_NONE, FLAG, NUMBER, TEXT, Kind, Vocabulary, kind_of_value, one_of
from flows.parts.behaviour import KnownEvent, Signal
from flows.playbook import Playbook
from flows.problems import Path

MOMENTS = ("milestone", "completed", "module_opened", "step_done", "left")
"""What a trigger may wait for besides the product's events and segment.<dimension>."""

COUNTS = ("steps_done", "steps_left", "days_in", "days_idle", "active_days", "behind_days", "nudges_unanswered", "share_active")
FLAGS = ("goal_met", "all_done", "success_met", "contact")
FAMILIES = ("person", "account", "segment", "done", "settled", "answers", "waiting", "criteria", "score", "share", "tasks")

_OF_ALL_STEPS = "it follows from which steps apply, and this decides that"


_OF_SCORES = "scores follow from what is decided here"
_OF_SEGMENTS = "segments may ask for scores, so that scores cannot ask for segments"


@dataclass(frozen=True, slots=True)
class Placed:
    """One condition in its place. `key` is what a `where` is known by: the same words mean something else for another event."""

    path: Path
    source: str
    words: Vocabulary
    number: bool = False
    key: str = ""


def facts_of(playbook: Playbook) -> dict[str, Kind]:
    """All facts there are for one person (name → kind), as conditions and messages may use them."""
    steps = [step.step for _, step in playbook.steps()]
    known = {f"person.{name}": TEXT for name in ("name", "email", "locale", "zone")} | {"account.name": TEXT}
    for owner, traits in (("person", playbook.traits.person), ("account", playbook.traits.account)):
        known |= {f"{owner}.{name}": kind for name, guess in traits.items() if (kind := kind_of_value(guess))}
    known |= {name: kind_of_signal(signal) for name, signal in playbook.signals.items()}
    known |= {f"score.{name}": NUMBER for name in playbook.scores}
    known |= {f"share.{step.step}": NUMBER for _, step in playbook.steps() if step.scope == "person"}
    known |= {f"segment.{name}": one_of(dict.fromkeys(rule.is_ for rule in rules)) for name, rules in playbook.segments.items()}
    known |= {f"{family}.{step}": FLAG for family in ("done", "settled") for step in steps}
    known |= {f"answers.{survey.survey}": one_of(survey.answers, or_none=True) for survey in playbook.surveys}
    known |= {f"waiting.{survey.survey}": NUMBER for survey in playbook.surveys}
    known |= {f"criteria.{one.criterion}": FLAG for one in playbook.success}
    known |= {f"tasks.{task.task}": FLAG for task in playbook.tasks}
    return known | dict.fromkeys(COUNTS, NUMBER) | dict.fromkeys(FLAGS, FLAG)


def conditions(playbook: Playbook) -> Iterator[Placed]:
    """Every condition that was written or is meant, from top to bottom."""
    facts = facts_of(playbook)
    anything = Vocabulary(facts, {})
    unknown_yet = {name: "before someone enrols only person.… and account.… are known" for name in facts if not _is_trait(name)}
    yield Placed(("enroll_when",), playbook.enroll_when, Vocabulary(facts, unknown_yet))
    of_scores = dict.fromkeys((name for name in facts if name.startswith("score.")), _OF_SCORES)
    for place, goal in enumerate(playbook.goal):
        words = Vocabulary(facts, {"goal_met": "this is what decides it"} | of_scores)
        yield Placed(("goal", place, "when"), goal.when, words)
        if goal.among is not None:
            yield Placed(("goal", place, "among"), goal.among, words)
    yield from _of_success(playbook, facts)
    yield Placed(("complete_when",), playbook.completes_when, anything)
    yield from _of_behaviour(playbook)
    yield from _of_scores(playbook, facts)
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


def _of_success(playbook: Playbook, facts: Mapping[str, Kind]) -> Iterator[Placed]:
    later = ("goal_met", "success_met", *(f"criteria.{one.criterion}" for one in playbook.success))
    of_scores = dict.fromkeys((name for name in facts if name.startswith("score.")), _OF_SCORES)
    words = Vocabulary(facts, dict.fromkeys(later, "the criteria decide it") | of_scores)
    for place, one in enumerate(playbook.success):
        yield Placed(("success", place, "when"), one.when, words)


def asked(playbook: Playbook) -> Iterator[tuple[Path, str]]:
    """The `when` of everything that says something, opens a case or a task, with the place of its rule."""
    yield from ((path, rule.when) for path, rule in playbook.rules() if rule.when is not None)
    for part in ("series", "escalations", "tasks"):
        for place, rule in enumerate(getattr(playbook, part)):
            if rule.when is not None:
                yield (part, place), rule.when


def kind_of_signal(signal: Signal) -> Kind:
    """What a signal comes to: days since something are none before it happened."""
    return DAYS_OR_NONE if signal.counts.startswith("since") else NUMBER


def properties_of(playbook: Playbook, events: Iterable[str]) -> dict[str, Kind]:
    """The properties that these events (none named: all) declare, each with its kind; of two kinds for one name the first counts."""
    known: dict[str, Kind] = {}
    for name in tuple(events) or tuple(playbook.events):
        declared = playbook.events.get(name, KnownEvent(title=name)).properties
        known = {own: kind for own, guess in declared.items() if (kind := kind_of_value(guess))} | known
    return known


def _of_behaviour(playbook: Playbook) -> Iterator[Placed]:
    """Every `where`: it asks an event's properties and nothing else."""
    for name, signal in playbook.signals.items():
        if signal.where is not None:
            words = Vocabulary(properties_of(playbook, signal.events), {}, "property")
            yield Placed(("signals", name, "where"), signal.where, words, key=signal.key)
    for place, module in enumerate(playbook.checklist):
        for position, step in enumerate(module.steps):
            for number, by in enumerate(step.done_by):
                if by.where is not None:
                    words = Vocabulary(properties_of(playbook, (by.event,)), {}, "property")
                    path = ("checklist", place, "steps", position, "done_by", number, "where")
                    yield Placed(path, by.where, words, key=by.key)


def _of_scores(playbook: Playbook, facts: Mapping[str, Kind]) -> Iterator[Placed]:
    not_here = {name: _OF_SEGMENTS for name in facts if name.startswith("segment.")}
    not_here |= {name: "a score may ask everything but segments and scores" for name in facts if name.startswith("score.")}
    words = Vocabulary(facts, not_here)
    for name, lines in playbook.scores.items():
        for place, line in enumerate(lines):
            if line.when is not None:
                yield Placed(("scores", name, place, "when"), line.when, words)
            if line.per is not None:
                yield Placed(("scores", name, place, "per"), line.per, words, number=True)


def _of_segments(playbook: Playbook, facts: Mapping[str, Kind]) -> Iterator[Placed]:
    later = {f"segment.{name}": "a dimension may ask only for those above it" for name in playbook.segments}
    for name, rules in playbook.segments.items():
        words = Vocabulary(facts, dict(later))
        for place, rule in enumerate(rules):
            if rule.when is not None:
                yield Placed(("segments", name, place, "when"), rule.when, words)
        del later[f"segment.{name}"]


def _of_checklist(playbook: Playbook, facts: Mapping[str, Kind]) -> Iterator[Placed]:
    derived = (
        "steps_left",
        "all_done",
        "behind_days",
        *FLAGS,
        *(name for name in facts if name.startswith(("settled.", "criteria.", "score."))),
    )
    for_steps, anything = Vocabulary(facts, dict.fromkeys(derived, _OF_ALL_STEPS)), Vocabulary(facts, {})
    for place, module in enumerate(playbook.checklist):
        for key in ("opens_when", "sooner_when", "later_when"):
            if (asked := getattr(module, key)) is not None:
                yield Placed(("checklist", place, key), asked, anything)
        for position, step in enumerate(module.steps):
            path = ("checklist", place, "steps", position)
            if step.only_when is not None:
                yield Placed((*path, "only_when"), step.only_when, for_steps)
            if step.done_when is not None:
                own = dict.fromkeys((f"done.{step.step}", f"settled.{step.step}"), "this is what decides it")
                yield Placed((*path, "done_when"), step.done_when, Vocabulary(facts, own))
            for key in ("sooner_when", "later_when"):
                if (asked := getattr(step, key)) is not None:
                    yield Placed((*path, key), asked, anything)


def _is_trait(name: str) -> bool:
    return name.startswith(("person.", "account."))
