"""What is counted of people's doings: properties that lead nowhere, sums of what is no number, scores without points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows.checks.names import unknown
from flows.kinds import NUMBER, Kind, kind_of_value
from flows.parts.behaviour import KnownEvent
from flows.playbook import Playbook
from flows.problems import Path
from flows.vocabulary import properties_of

Find = tuple[Path, str]


def check(playbook: Playbook) -> Iterator[Find]:
    """Everything about properties, signals and scores, besides their conditions."""
    for name, event in playbook.events.items():
        for own, guess in event.properties.items():
            if kind_of_value(guess) is None:
                yield ("events", name, "properties", own), f"the guess for {own} should be a text, a number, or true or false"
    for name, signal in playbook.signals.items():
        path: Path = ("signals", name)
        if signal.of is not None:
            yield from _summed(properties_of(playbook, signal.events), signal.of, (*path, "of"))
        if signal.of is not None or signal.where is not None:
            yield from _two_kinds(playbook, signal.events, (*path, "event"))
    for name, lines in playbook.scores.items():
        if not lines:
            yield ("scores", name), f"{name} has no points: write a list of lines, each with `points` or a `model`"
        for place, line in enumerate(lines):
            if line.up_to is not None and line.per is None:
                yield ("scores", name, place, "up_to"), "`up_to` bounds what `per` adds up, and there is no `per` here"
            if line.up_to is not None and line.up_to < 1:
                yield ("scores", name, place, "up_to"), "`up_to` is a number of points above 0; points below 0 are bounded by it too"


def _summed(known: Mapping[str, Kind], of: str, path: Path) -> Iterator[Find]:
    if of not in known:
        yield path, unknown("property", of, known) + ("" if known else "; the event declares no properties")
    elif known[of] != NUMBER:
        yield path, f"{of} is {known[of].words}; only a number can be summed up"


def _two_kinds(playbook: Playbook, events: tuple[str, ...], path: Path) -> Iterator[Find]:
    known: dict[str, tuple[str, Kind]] = {}
    for name in events or tuple(playbook.events):
        for own, guess in playbook.events.get(name, KnownEvent(title=name)).properties.items():
            if (kind := kind_of_value(guess)) and known.setdefault(own, (name, kind))[1] != kind:
                first, other = known[own]
                yield path, f"{own} is {other.words} in {first} and {kind.words} in {name}; one signal needs one of them"
