"""Reading on after a wrong key or value, so that everything else that is wrong is said in the same breath."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pydantic_core import ErrorDetails

from flows.problems import Path, Source
from flows.refusals import meant_key


def repaired(data: dict[str, Any], errors: Iterable[ErrorDetails], source: Source) -> tuple[dict[str, Any], Source]:
    """What was probably meant: misspelt keys by their right name, values that cannot be read left out."""
    data = copy.deepcopy(data)
    for error in errors:
        path = source.written(error["loc"])
        owner, key = _owner(data, path)
        if not isinstance(owner, dict) or key not in owner:
            continue
        value = owner.pop(key)
        meant = meant_key(path) if error["type"] == "extra_forbidden" else ""
        if meant and meant not in owner:
            owner[meant] = value
            source = _renamed(source, path, (*path[:-1], meant))
    return data, source


def _owner(data: Any, path: Path) -> tuple[Any, str | int]:
    """The innermost written mapping or list on the way, and the key in it."""
    for place, key in enumerate(path[:-1]):
        inner = data.get(key) if isinstance(data, dict) else data[key] if isinstance(key, int) and key < len(data) else None
        if not isinstance(inner, dict | list) or place == len(path) - 1:
            return data, key
        data = inner
    return data, path[-1]


def _renamed(source: Source, old: Path, new: Path) -> Source:
    """The same places under the right key."""

    def moved(path: Path) -> Path:
        return (*new, *path[len(old) :]) if path[: len(old)] == old else path

    lines = {moved(path): line for path, line in source.lines.items()}
    ids = {moved(path): name for path, name in source.ids.items()}
    return replace(source, lines=lines, ids=ids, files={moved(path): name for path, name in source.files.items()})
