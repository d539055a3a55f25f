"""How the values that change most are changed."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def changed(value: T, changes: dict[str, Any]) -> T:
    """What `dataclasses.replace` does, in a twentieth of its time: it asks again for every field, and a person has 35 of them.

    For dataclasses without slots and without `__post_init__`: a person, a journey and a decision in the making, changed at every step.
    """
    new: T = object.__new__(type(value))
    object.__setattr__(new, "__dict__", value.__dict__ | changes)
    return new
