"""What is wrong in a file, in words, with the line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    """Where everything in a file was written: the line of every key and list item, and the ids of the items.

    `files` names the file of what was written elsewhere, and of what is inside it.
    """

    file: str
    lines: Mapping[Path, int]
    ids: Mapping[Path, str]
    files: Mapping[Path, str] = field(default_factory=dict)

    def problem(self, path: Path, message: str) -> Problem:
        """A problem at that place, or at the nearest thing around it that was written."""
        place = self._nearest(self.written(path))
        return Problem(self._file(place), self.lines.get(place, 1), self.where(path), message)

    def line(self, path: Path) -> int:
        """The line of that key, or of what it belongs to."""
        return self.lines.get(self._nearest(self.written(path)), 1)

    def where(self, path: Path) -> str:
        """The way there in words: positions by the id of what stands there."""
        path = self.written(path)
        parts = (path[:n] for n in range(1, len(path) + 1))
        return " > ".join(self.ids.get(part, str(part[-1])) for part in parts)

    def written(self, path: Path) -> Path:
        """The way as it was written: a list of one may stand without being one, such as `goal`."""
        way: Path = ()
        for key in path:
            if key != 0 or (*way, 0) in self.lines or way not in self.lines:
                way = (*way, key)
        return way

    def _nearest(self, path: Path) -> Path:
        while path and path not in self.lines:
            path = path[:-1]
        return path

    def _file(self, path: Path) -> str:
        ways = (path[:n] for n in range(len(path), 0, -1))
        return next((self.files[way] for way in ways if way in self.files), self.file)
