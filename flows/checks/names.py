"""Names that lead nowhere: events, moments, traits, experiments, zones."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flows.hours import zone_named
from flows.kinds import closest, kind_of_value
from flows.parts.steps import WORD
from flows.playbook import Playbook
from flows.problems import Path
from flows.vocabulary import COUNTS, FAMILIES, FLAGS, MOMENTS, facts_of

Find = tuple[Path, str]
"""A place in the playbook and what is wrong there."""


def check(playbook: Playbook) -> Iterator[Find]:
    """Every name that nothing answers to, with the one that was probably meant."""
    yield from _events(playbook)
    yield from _moments(playbook)
    yield from _experiments(playbook)
    yield from _traits(playbook)
    yield from _zones(playbook)
    for name in playbook.signals:
        if name in (*COUNTS, *FLAGS, *FAMILIES):
            yield ("signals", name), f"a signal cannot be called {name}: conditions know that word already"


def unknown(noun: str, name: str, known: Collection[str]) -> str:
    """`unknown event report.creatd, did you mean report.created?`"""
    meant = closest(name, known)
    return f"unknown {noun} {name}, did you mean {meant}?" if meant else f"unknown {noun} {name}"


def _events(playbook: Playbook) -> Iterator[Find]:
    mentioned: list[tuple[Path, str]] = [
        (("signals", name, "event"), event) for name, signal in playbook.signals.items() for event in signal.events
    ]
    if playbook.first_value:
        mentioned.append((("first_value",), playbook.first_value))
    if playbook.leaves_on:
        mentioned.append((("leaves_on",), playbook.leaves_on))
    mentioned += [(("summary", event), event) for event in playbook.summary]
    mentioned += [(("invitations", place, "attended"), one.attended) for place, one in enumerate(playbook.invitations) if one.attended]
    for place, module in enumerate(playbook.checklist):
        for position, step in enumerate(module.steps):
            mentioned += [(("checklist", place, "steps", position, "done_by"), by.event) for by in step.by_events]
    for path, event in mentioned:
        if event not in playbook.events:
            known = [*playbook.events, WORD] if path[-1] == "done_by" else playbook.events
            yield path, unknown("event", event, known)


def _moments(playbook: Playbook) -> Iterator[Find]:
    known = [*playbook.events, *MOMENTS, *(f"segment.{name}" for name in playbook.segments)]
    known += [f"done.{step.step}" for _, step in playbook.steps()] + [f"task.{task.task}" for task in playbook.tasks]
    for place, trigger in enumerate(playbook.triggers):
        if trigger.on not in known:
            yield ("triggers", place, "on"), unknown("event", trigger.on, known)


def _experiments(playbook: Playbook) -> Iterator[Find]:
    known = [experiment.experiment for experiment in playbook.experiments]
    used = set()
    for path, rule in playbook.rules():
        used.add(rule.experiment)
        if rule.experiment is not None and rule.experiment not in known:
            yield (*path, "experiment"), unknown("experiment", rule.experiment, known)
    measures = [step.step for _, step in playbook.steps()] + [*playbook.events, "goal_met"]
    for place, experiment in enumerate(playbook.experiments):
        if experiment.measure not in measures:
            yield ("experiments", place, "measure"), unknown("step", experiment.measure, measures)
        if experiment.experiment not in used:
            yield ("experiments", place), f"no message takes part in {experiment.experiment}; one says experiment: {experiment.experiment}"


def _traits(playbook: Playbook) -> Iterator[Find]:
    for owner, traits in (("person", playbook.traits.person), ("account", playbook.traits.account)):
        for name, guess in traits.items():
            if kind_of_value(guess) is None:
                yield ("traits", owner, name), f"the guess for {owner}.{name} should be a text, a number, or true or false"
    for place, question in enumerate(playbook.intake):
        guess = playbook.traits.person.get(question.ask)
        if guess is None:
            yield ("intake", place, "ask"), unknown("trait", question.ask, list(playbook.traits.person))
        elif not isinstance(guess, str):
            yield ("intake", place, "ask"), f"{question.ask} is no text; what people choose is one"
    if playbook.wait_for:
        traits_known = [name for name in facts_of(playbook) if name.startswith(("person.", "account."))]
        if playbook.wait_for.trait not in traits_known:
            yield ("wait_for", "trait"), unknown("trait", playbook.wait_for.trait, traits_known)


def _zones(playbook: Playbook) -> Iterator[Find]:
    named: list[tuple[Path, str, tuple[str, ...]]] = [
        (("zone",), playbook.zone, ()),
        (("hours", "zone"), playbook.hours.zone, ("theirs",)),
        (("team", "zone"), playbook.team.zone, ()),
        (("team", "hours", "zone"), playbook.team.hours.zone, ("theirs", "team")),
    ]
    for path, zone, words in named:
        if zone not in words and zone_named(zone) is None:
            yield path, f"unknown zone {zone}; write {' or '.join((*words, 'a name like Europe/Berlin'))}"
