"""In which order somebody sees modules and steps: as written, with what comes sooner or later for them moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.parts.steps import Module, Step
from flows.playbook import Playbook

Ordered = tuple[tuple[Module, tuple[Step, ...]], ...]


def in_order(playbook: Playbook, facts: Mapping[str, Any]) -> Ordered:
    """The modules with their steps, in the order of one person."""

    def place(part: Module | Step) -> int:
        if part.sooner_when is not None and playbook.holds(part.sooner_when, facts):
            return -1
        return int(part.later_when is not None and playbook.holds(part.later_when, facts))

    if playbook.plan.as_written is not None:
        return playbook.plan.as_written
    modules = sorted(playbook.checklist, key=place)
    return tuple((module, tuple(sorted(module.steps, key=place))) for module in modules)
