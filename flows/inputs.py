"""What a module file leaves open: `{{ app }}` in its texts, told by the playbook that uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flows.problems import Path

Inputs = Mapping[str, Any]
"""The values by name: texts, numbers, true or false."""

_INPUT = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_]*)\s*\}\}")
_BRACES = re.compile(r"\{\{|\{%|\}\}|%\}")


def filled(value: Any, inputs: Inputs) -> Any:
    """The same data with every input in its place. A text that is one input alone becomes its value, a number stays one."""
    match value:
        case str():
            alone = _INPUT.fullmatch(value.strip())
            if alone and alone[1] in inputs:
                return inputs[alone[1]]
            return _INPUT.sub(lambda found: _written(inputs.get(found[1], found[0])), value)
        case list():
            return [filled(one, inputs) for one in value]
        case dict():
            return {key: filled(one, inputs) for key, one in value.items()}
    return value


def asked_for(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every input that the data asks for, with its place."""
    for where, text in _texts(value, path):
        yield from ((where, name) for name in _INPUT.findall(text))


def stray_braces(value: Any) -> Iterator[Path]:
    """The places of braces that hold no input."""
    return (where for where, text in _texts(value, ()) if _BRACES.search(_INPUT.sub("", text)))


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    match value:
        case str():
            yield path, value
        case list():
            for place, one in enumerate(value):
                yield from _texts(one, (*path, place))
        case dict():
            for key, one in value.items():
                yield from _texts(one, (*path, key))


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
