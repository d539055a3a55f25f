"""Kinds of messages that people do without. Answers to what they did are of no kind."""

from __future__ import annotations

from flows.parts.rules import Rule
from flows.people import Person


def does_without(person: Person, rule: Rule) -> bool:
    """Whether they asked for no messages of that kind."""
    without = person.chosen.get("without")
    return without is not None and rule.kind in without.replace(" ", "").split(",")
