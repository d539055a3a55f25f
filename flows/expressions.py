"""Conditions: Jinja's grammar, a meaning narrowed by us. Compiled when a playbook loads, asked with plain facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a condition holds, and why or why not, in words for a person (`when: steps_done >= 3 (steps_done is 1)`)."""

    holds: bool
    because: str


class Expression:
    """One compiled condition."""

    source: str
    names: frozenset[str]

    def ask(self, facts: Mapping[str, Any]) -> Answer:
        """Evaluate. Never raises: an error while running is a no with its reason."""
        raise NotImplementedError
