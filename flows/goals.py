"""What success is for somebody, and how far it is reached: criteria, all of them together, the goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.people import Journey
from flows.playbook import Playbook


def criteria_met(playbook: Playbook, facts: Mapping[str, Any]) -> dict[str, bool]:
    """Which criteria of success hold, from the other facts."""
    return {one.criterion: playbook.holds(one.when, facts) for one in playbook.success}


def goal_met(playbook: Playbook, journey: Journey | None, facts: Mapping[str, Any]) -> bool:
    """Whether the goal is met, from the other facts and the criteria. Once met it stays met."""
    if journey and journey.goal_at:
        return True
    return playbook.holds(playbook.goal_of(facts).when, facts)
