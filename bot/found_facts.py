"""Facts that are found when somebody asks for them: there are many about a person, and a message names few."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Finders = Mapping[str, Callable[[Any], Any]]
"""How each fact is found, by its name, from what is known."""


class Facts(Mapping[str, Any]):
    """Facts by name: those in `known`, those that `found` knows how to find from `about`, once each, and all the others from `under`."""

    __slots__ = ("_about", "_found", "_known", "under")

    def __init__(
        self, known: Mapping[str, Any], *, found: Finders | None = None, about: object = None, under: Mapping[str, Any] | None = None
    ) -> None:
        self._known, self._found, self._about = dict(known), found or {}, about
        self.under = under if under is not None else {}

    def __getitem__(self, name: str) -> Any:
        known = self._known
        if name in known:
            return known[name]
        find = self._found.get(name)
        known[name] = value = find(self._about) if find else self.under[name]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._known, *self._found, *self.under)))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        """All of them, worked out, and others instead of those of the same name."""
        return {**self, **other}
