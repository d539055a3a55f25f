"""Scores: points with their reasons, from 0 to 100. They may ask every fact but segments; segments may ask them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.parts.behaviour import Points
from flows.playbook import Playbook

LOWEST, HIGHEST = 0, 100


@dataclass(frozen=True, slots=True)
class Contribution:
    """Points that somebody has now, with the reason in the playbook's words, else its own condition."""

    points: int
    because: str


def scores(playbook: Playbook, facts: Mapping[str, Any]) -> dict[str, int]:
    """Every score of a playbook (name → 0 to 100) for somebody with these facts."""
    return {name: score(playbook, name, facts) for name in playbook.scores}


def score(playbook: Playbook, name: str, facts: Mapping[str, Any]) -> int:
    """What the points of one score come to."""
    return min(HIGHEST, max(LOWEST, sum(_points(playbook, line, facts) for line in playbook.scores[name])))


def contributions(playbook: Playbook, name: str, facts: Mapping[str, Any]) -> list[Contribution]:
    """The lines of a score that give or take points now, in the order written; of a model every feature that does, or why it is silent."""
    return [one for line in playbook.scores[name] for one in _given(playbook, line, facts)]


def _given(playbook: Playbook, line: Points, facts: Mapping[str, Any]) -> list[Contribution]:
    if line.model is not None and playbook.holds(line.when, facts):
        return [Contribution(one.points, one.because) for one in playbook.model(line.model).contributions(facts)]
    points = _points(playbook, line, facts)
    return [Contribution(points, _why(playbook, line, facts))] if points else []


def _points(playbook: Playbook, line: Points, facts: Mapping[str, Any]) -> int:
    if not playbook.holds(line.when, facts):
        return 0
    if line.model is not None:
        return playbook.model(line.model).score(facts)
    if line.per is None:
        return line.points
    times = playbook.number(line.per, facts)
    points = round(line.points * min(max(times, 0), _FAR))
    return points if line.up_to is None else max(-line.up_to, min(line.up_to, points))


_FAR = 1e9
"""Beyond this it makes no difference, and no number can be too big."""


def _why(playbook: Playbook, line: Points, facts: Mapping[str, Any]) -> str:
    if line.because:
        return line.because
    asked = [playbook.ask(line.when, facts).because] if line.when else []
    return ", ".join([*asked, *([f"{playbook.number(line.per, facts):g} × {' '.join(line.per.split())}"] if line.per else [])])
