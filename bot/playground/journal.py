"""What survives a kill: every change of the world as one line in a file, written before the call is answered."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

Change = tuple[str, str, Any]
"""A table, a key in it, and the value now kept there; `None` takes the key away."""


class Journal:
    """Changes in a JSON-lines file, the last one of a key wins. Without a path nothing is kept.

    A line handed to the operating system outlives the process; that is what a demo needs, so nothing is fsynced.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file = None if path is None else self._tidied(path)

    def read(self) -> Iterator[Change]:
        """Every value still kept, in the order in which its key first appeared."""
        if self._path is not None:
            yield from _surviving(self._path)

    def write(self, change: Change) -> None:
        """Keep one change; on return it is with the operating system."""
        if self._file is not None:
            self._file.write(_line(change))

    def clear(self) -> None:
        """Forget everything."""
        if self._file is not None:
            self._file.truncate(0)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @staticmethod
    def _tidied(path: Path) -> BinaryIO:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(path.suffix + ".new")
        fresh.write_bytes(b"".join(_line(change) for change in _surviving(path)))
        os.replace(fresh, path)
        return path.open("ab", buffering=0)


def _line(change: Change) -> bytes:
    return (json.dumps(change, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _surviving(path: Path) -> Iterator[Change]:
    kept: dict[tuple[str, str], Any] = {}
    for table, key, value in _lines(path):
        if value is None:
            kept.pop((table, key), None)
        else:
            kept[table, key] = value
    yield from ((table, key, value) for (table, key), value in kept.items())


def _lines(path: Path) -> Iterator[Change]:
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n"):
        try:
            table, key, value = json.loads(line)
        except ValueError:
            continue  # the line that a kill tore apart was never answered
        yield table, key, value
