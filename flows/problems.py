"""What is wrong in a file, in words, with the line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""The way to a value inside a file: keys and positions, such as ("nudges", 0, "when")."""


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One thing to correct. `where` names the part (`nudges > gone_quiet > when`), `line` counts from 1."""

    file: str
    line: int
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where everything in a file was written: the line of every key and list item, and the ids of the items."""

    file: str
    lines: Mapping[Path, int]
    ids: Mapping[Path, str]

    def problem(self, path: Path, message: str) -> Problem:
        """A problem at that place, or at the nearest thing around it that was written."""
        return Problem(self.file, self.line(path), self.where(path), message)

    def line(self, path: Path) -> int:
        """The line of that key, or of what it belongs to."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def where(self, path: Path) -> str:
        """The way there in words: positions by the id of what stands there."""
        parts = (path[:n] for n in range(1, len(path) + 1))
        return " > ".join(self.ids.get(part, str(part[-1])) for part in parts)
