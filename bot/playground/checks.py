"""Small checks of JSON values that compose into tables, and complain in Slack's words.

A check takes a value and where it stands (a JSON pointer) and yields what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any, str], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object: how its value is checked, and whether it must be there."""

    check: Check
    required: bool


def must(check: Check) -> Field:
    """A field that has to be there."""
    return Field(check, required=True)


def may(check: Check) -> Field:
    """A field that can be left out."""
    return Field(check, required=False)


def said(problem: str, at: str) -> str:
    """A complaint with its place, as Slack words it."""
    return f"{problem} [json-pointer:{at}]"


def anything(_value: object, _at: str) -> Iterator[str]:
    """Every value will do."""
    return iter(())


def any_object(value: object, at: str) -> Iterator[str]:
    """An object whose inside is not looked at."""
    if not isinstance(value, dict):
        yield said("must provide an object", at)


def flag(value: object, at: str) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield said("must provide a boolean", at)


def integer(value: object, at: str) -> Iterator[str]:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        yield said("must provide an integer", at)


def string(most: int, least: int = 1) -> Check:
    """A string of `least` to `most` characters."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield said("must provide a string", at)
        elif len(value) < least:
            yield said(f"must be more than {least - 1} characters", at)
        elif len(value) > most:
            yield said(f"must be less than {most + 1} characters", at)

    return check


def url(most: int) -> Check:
    """An absolute address that a browser can open."""
    short_enough = string(most)

    def check(value: object, at: str) -> Iterator[str]:
        yield from short_enough(value, at)
        if isinstance(value, str) and not (urlsplit(value).scheme and urlsplit(value).path + urlsplit(value).netloc):
            yield said("must be a valid URL", at)

    return check


def word(*allowed: str) -> Check:
    """One of these words."""

    def check(value: object, at: str) -> Iterator[str]:
        if value not in allowed:
            yield said(f"value must be one of {', '.join(allowed)}", at)

    return check


def array(item: Check, most: int, least: int = 1) -> Check:
    """A list of `least` to `most` such items."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield said("must be an array", at)
            return
        if len(value) < least:
            yield said(f"no less than {least} items allowed", at)
        if len(value) > most:
            yield said(f"no more than {most} items allowed", at)
        for place, entry in enumerate(value):
            yield from item(entry, f"{at}/{place}")

    return check


def shape(**fields: Field) -> Check:
    """An object with these fields and no others."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield said("must provide an object", at)
            return
        for name, field in fields.items():
            if name in value:
                yield from field.check(value[name], f"{at}/{name}")
            elif field.required:
                yield said(f"missing required field: {name}", at)
        yield from (said(f"invalid additional property: {name}", at) for name in value if name not in fields)

    return check


def needs(*names: str, of: Check) -> Check:
    """The same check; at least one of the named fields has to be there."""

    def check(value: object, at: str) -> Iterator[str]:
        if isinstance(value, dict) and not any(name in value for name in names):
            yield said(f"missing required field: {names[0]}", at)
        yield from of(value, at)

    return check


def one_of(kinds: Mapping[str, Check]) -> Check:
    """An object that its `type` makes one of these kinds."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield said("must provide an object", at)
        elif "type" not in value:
            yield said("missing required field: type", at)
        elif value["type"] not in kinds:
            yield said(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            yield from kinds[value["type"]](value, at)

    return check


def schema(check: Check) -> Check:
    """The same check; when it fails, Slack first says that no schema matched."""

    def checked(value: object, at: str) -> Iterator[str]:
        problems = list(check(value, at))
        if problems:
            yield said("failed to match all allowed schemas", at)
            yield from problems

    return checked
