"""What success is for somebody, and how far it is reached: criteria, all of them together, the goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.people import Journey
from flows.playbook import Playbook


def success_facts(playbook: Playbook, journey: Journey | None, facts: Mapping[str, Any]) -> dict[str, Any]:
    """criteria.<name>, success_met (never without any criteria) and goal_met, from the other facts. A goal once met stays met."""
    criteria = {one.criterion: playbook.ask(one.when, facts).holds for one in playbook.success}
    found = {"criteria": criteria, "success_met": bool(criteria) and all(criteria.values())}
    if journey and journey.goal_at:
        return found | {"goal_met": True}
    known = {**facts, **found}
    return found | {"goal_met": playbook.ask(playbook.goal_of(known).when, known).holds}
