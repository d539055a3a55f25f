"""How the values that change most are changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def changed(value: T, changes: Mapping[str, Any]) -> T:
    """What `dataclasses.replace` does, in an eighth of its time: it asks again for every field, and a person has 35 of them.

    For dataclasses without slots and without `__post_init__`: a person, a journey and a decision in the making, changed at every step.
    """
    new: T = object.__new__(type(value))
    fields = new.__dict__
    fields.update(value.__dict__)
    fields.update(changes)
    return new
