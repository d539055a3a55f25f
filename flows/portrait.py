"""What somebody's behaviour comes to now, for people to look at: signals, and scores with every contribution. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flows.facts import standing
from flows.people import Subject
from flows.playbook import Playbook
from flows.scores import Contribution, contributions


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """One score, 0 to 100, and what it is made of."""

    name: str
    value: int
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Portrait:
    """Signals by name, and the scores in the order of the playbook. A signal is None where nothing happened that it counts from."""

    signals: Mapping[str, int | float | None]
    scores: tuple[Score, ...]


def portrait(playbook: Playbook, subject: Subject, now: datetime) -> Portrait:
    """How a playbook sees somebody at `now` (world time)."""
    facts = standing(playbook, subject, now).facts
    scores = (Score(name=n, value=facts["score"][n], contributions=tuple(contributions(playbook, n, facts))) for n in playbook.scores)
    return Portrait(signals={name: facts[name] for name in playbook.signals}, scores=tuple(scores))
