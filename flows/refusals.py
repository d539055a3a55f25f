"""What pydantic refuses, in words for people who never heard of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from flows.kinds import closest
from flows.notation import Part
from flows.playbook import Playbook
from flows.problems import Path, Problem, Source


def refused(error: ValidationError, whole: type[Part] = Playbook) -> list[ErrorDetails]:
    """What was refused, without what only follows: a list that is short of its wrong items, a key missing under its right name."""
    errors = error.errors(include_url=False)
    misspelt = {(*e["loc"][:-1], meant_key(e["loc"], whole)) for e in errors if e["type"] == "extra_forbidden"}
    outer = {e["loc"][:n] for e in errors for n in range(len(e["loc"]))}
    return [
        e for e in errors if not (e["type"] == "too_short" and e["loc"] in outer) and not (e["type"] == "missing" and e["loc"] in misspelt)
    ]


def in_words(errors: Iterable[ErrorDetails], source: Source, whole: type[Part] = Playbook) -> Iterator[Problem]:
    """Every refusal as a problem with its line. `whole` is what the file holds."""
    for details in errors:
        yield source.problem(details["loc"], _message(details, details["loc"], whole))


def _message(details: ErrorDetails, path: Path, whole: type[Part]) -> str:
    key = next((part for part in reversed(path) if isinstance(part, str) and part != "[key]"), "")
    said = details.get("ctx", {})
    match details["type"]:
        case "extra_forbidden":
            return _unknown_key(path, whole)
        case "missing":
            return f"`{key}` is missing"
        case "value_error":
            return f"`{key}`: {said['error']}"
        case "literal_error":
            meant = closest(str(details["input"]), [word.strip("'") for word in str(said["expected"]).replace(" or ", ", ").split(", ")])
            return f"`{key}` is {said['expected']}, not {details['input']!r}" + (f", did you mean {meant}?" if meant else "")
        case "string_pattern_mismatch":
            return f"`{key}`: {details['input']!r} is no id; use small letters, digits and _, and start with a letter"
        case "greater_than_equal":
            return f"`{key}` is at least {said['ge']}"
        case "too_short":
            return f"`{key}` needs at least {said['min_length']}"
    return f"`{key}` should be {_EXPECTED.get(details['type'], details['msg'])}"


_EXPECTED = {
    "string_type": "a text; put it in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "model_type": "keys and values",
    "mapping_type": "keys and values",
    "dict_type": "keys and values",
    "tuple_type": "a list",
    "list_type": "a list",
}


def _unknown_key(path: Path, whole: type[Part]) -> str:
    meant = meant_key(path, whole)
    return f"unknown key `{path[-1]}`" + (f", did you mean {meant}?" if meant else f"; known here: {', '.join(_keys_at(path[:-1], whole))}")


def meant_key(path: Path, whole: type[Part] = Playbook) -> str:
    """The key that was probably meant by an unknown one, or empty."""
    return closest(str(path[-1]), _keys_at(path[:-1], whole))


def _keys_at(path: Path, whole: type[Part]) -> list[str]:
    """The keys of the part that stands at a place of the file."""
    part = whole
    ways = iter(path)
    for step in ways:
        field = next((f for name, f in part.model_fields.items() if step in (f.alias, name)), None)
        if field is None:
            continue
        part = _part_in(field.annotation) or part
        if get_origin(field.annotation) is Mapping:
            next(ways, None)
    return [field.alias or name for name, field in part.model_fields.items()]


def _part_in(annotation: Any) -> type[Part] | None:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _part_in(inner))), None)
