"""What a batch said: the calls that could be read, each with its place in it, and what could not be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.ingest.bodies import MOST_ITEMS, TooLarge, written
from bot.ingest.calls import Call, Refusal
from bot.ingest.reading import Unreadable, an_object


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """`calls`: the calls of each item that could be read, with the item's place; an item may say several things, or nothing.

    `items` counts all that came.
    """

    items: int
    calls: tuple[tuple[int, Call], ...]
    refused: tuple[Refusal, ...] = ()


def heard_all(items: Sequence[Any], read: Callable[[Mapping[str, Any], str], Sequence[Call]]) -> Heard:
    """Each item by `read`, which gets it with the text it is kept as; what cannot be read stays behind, and says why. Raises TooLarge."""
    if len(items) > MOST_ITEMS:
        raise TooLarge(f"one batch may have at most {MOST_ITEMS} calls")
    calls: list[tuple[int, Call]] = []
    refused: list[Refusal] = []
    for index, item in enumerate(items):
        try:
            calls += [(index, call) for call in read(an_object(item), written(item))]
        except Unreadable as error:
            refused.append(Refusal(index=index, code=code_of(error), message=str(error)))
    return Heard(items=len(items), calls=tuple(calls), refused=tuple(refused))


def code_of(error: Unreadable) -> str:
    """What an answer calls a refusal."""
    return "too_large" if isinstance(error, TooLarge) else "invalid_request"
