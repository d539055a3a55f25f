"""Which of the files in several folders count."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bot.message_files import taken_apart


def in_force(folders: Iterable[Iterable[Path]]) -> dict[str, Path]:
    """The files that count, by name: of two of one name the later folder's.

    A translation goes with what it translates: once a later folder says that in its own words, nobody reads the old ones in German.
    """
    found: dict[str, tuple[int, Path]] = {}
    for number, paths in enumerate(folders):
        found |= {path.name: (number, path) for path in paths}
    return {name: path for name, (number, path) in found.items() if number >= found.get(_original(name), (0, path))[0]}


def _original(name: str) -> str:
    """The file that this one translates, '' when it is no translation."""
    try:
        apart = taken_apart(name)
    except ValueError:  # its name is told as a problem when it is read
        return ""
    return ".".join(filter(None, (apart.message, apart.variant, "md"))) if apart.locale else ""
