"""What was measured, as people and as programs read it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Database = Literal["sqlite", "postgresql"]
DATABASES: tuple[Database, ...] = ("sqlite", "postgresql")

NAMES = ("messages", "messages-http", "lateness", "events-batch", "events-single", "tick", "memory", "workers")
"""The workloads, in the order in which they run and are told."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measurement. `how` tells it from others of the same name; `chief` is the one that its bar speaks of.

    `floor` is what hand-written code reached in the same unit, `floor_ratio` ours by it; `vs` ours by that of each peer. Both are so
    that more is better. `bar` says in words what the issue asks for, and `held` whether that is reached; None where nothing is asked.
    """

    name: str
    database: Database
    value: float
    unit: str
    how: str = ""
    chief: bool = True
    floor: float | None = None
    floor_ratio: float | None = None
    vs: Mapping[str, float] = field(default_factory=dict)
    bar: str = ""
    held: bool | None = None

    def told(self) -> dict[str, Any]:
        """The six fields that programs rely on."""
        return {
            "name": self.name,
            "database": self.database,
            "value": _short(self.value),
            "unit": self.unit,
            "floor_ratio": None if self.floor_ratio is None else _short(self.floor_ratio),
            "vs": {peer: _short(ratio) for peer, ratio in self.vs.items()},
        }


def as_json(figures: Iterable[Figure]) -> str:
    """The chief figure of each workload on each database."""
    return json.dumps([figure.told() for figure in figures if figure.chief], indent=2)


def _short(value: float) -> float:
    return float(f"{value:.4g}") if abs(value) < 1000 else round(value, 1)
