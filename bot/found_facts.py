"""Facts that are found when somebody asks for them: there are many about a person, and a message names few."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Finders = Mapping[str, Callable[[Any], Any]]
"""How each fact is found, by its name, from what is known."""


class Facts(Mapping[str, Any]):
    """Facts by name: those in `known`, those that `found` knows how to find from `about`, once each, and all the others from `under`.

    `at_hand` answers a template quickest: a dict that finds what it does not have yet, and does not tell what else could be found.
    """

    __slots__ = ("at_hand", "found", "under")

    def __init__(
        self, known: Mapping[str, Any], *, found: Finders | None = None, about: object = None, under: Mapping[str, Any] | None = None
    ) -> None:
        self.found = found or {}
        self.under: Mapping[str, Any] = under if under is not None else {}
        self.at_hand: _AtHand = _AtHand(known, self.found, about, self.under.at_hand if isinstance(self.under, Facts) else self.under)

    def __getitem__(self, name: str) -> Any:
        return self.at_hand[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self.at_hand, *self.found, *self.under)))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        """All of them, worked out, and others instead of those of the same name."""
        return {**self, **other}


class _AtHand(dict[str, Any]):
    """What was asked for until now."""

    __slots__ = ("_about", "_found", "_under")

    def __init__(self, known: Mapping[str, Any], found: Finders, about: object, under: Mapping[str, Any]) -> None:
        super().__init__(known)
        self._found, self._about, self._under = found, about, under

    def __missing__(self, name: str) -> Any:
        find = self._found.get(name)
        self[name] = value = find(self._about) if find else self._under[name]
        return value
