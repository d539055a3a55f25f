"""Message files as written: names taken apart, front matter read with its lines. Nothing is compiled here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import yaml

from bot.yaml_texts import compose
from flows.problems import Problem

Audience = Literal["customer", "team"]

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*\n", re.DOTALL | re.MULTILINE)
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_KEYS = ("subject", "preheader", "article", "button", "choices", "audience")
_BUTTON_KEYS = ("text", "link", "when")
_CHOICE_KEYS = ("text", "do", "when")


class Unreadable(Exception):
    """A file that cannot be a message; carries what is wrong."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Line:
    """A text of the front matter and the line it stands on."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class FileName:
    """`day3.story.de.slack.md` taken apart."""

    message: str
    variant: str = ""
    locale: str = ""
    surface: str = ""


@dataclass(frozen=True, slots=True)
class MessageFile:
    """One file, read. `body` starts on line `body_line`."""

    file: str
    name: FileName
    audience: Audience
    subject: Line
    preheader: Line
    article: Line
    button: Mapping[str, Line]
    choices: tuple[Mapping[str, Line], ...]
    body: str
    body_line: int


def guarded(entries: Mapping[str, Line], key: str) -> Line:
    """One text of a button or choice, said only `when` its condition holds."""
    entry = entries.get(key, Line("", 1))
    return Line(f"{{% if {entries['when'].text} %}}{entry.text}{{% endif %}}", entry.line) if "when" in entries else entry


def taken_apart(file_name: str) -> FileName:
    """What a file's name says: two small letters are a language (de, pt-BR), slack is a surface, the rest a variant.

    A variant may be an experiment's and, after it, a segment's: `story.technical`. Raises ValueError for a name that says more of a kind.
    """
    message, *parts = file_name.removesuffix(".md").removesuffix(".mjml").split(".")
    found = {"variant": "", "locale": "", "surface": ""}
    for part in parts:
        kind = "surface" if part in ("slack", "email") else "locale" if _LANGUAGE.fullmatch(part) else "variant"
        if found[kind] and (kind != "variant" or "." in found[kind]):
            number = "three" if kind == "variant" else "two"
            raise ValueError(f"names {number} {kind}s: {found[kind].replace('.', ', ')} and {part}")
        found[kind] = f"{found[kind]}.{part}" if found[kind] else part
    locale = "" if found["locale"] == "en" else found["locale"]
    return FileName(message, found["variant"], locale, found["surface"])


def read_message(path: Path) -> MessageFile:
    """Read one Markdown file. Raises Unreadable."""
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    try:
        name = taken_apart(path.name)
    except ValueError as error:
        raise Unreadable(Problem(str(path), 1, path.name, str(error))) from None
    front = _FRONT.match(text)
    entries = dict(_front_matter(path, front[1])) if front else {}
    choices = entries.get("choices", [])
    button = entries.get("button", {})
    if not isinstance(choices, list) or not isinstance(button, dict):
        raise Unreadable(Problem(str(path), 1, "choices", "a button has text and link; choices are a list of text and do"))
    return MessageFile(
        file=str(path),
        name=name,
        audience="team" if _line(entries, "audience").text == "team" else "customer",
        subject=_line(entries, "subject"),
        preheader=_line(entries, "preheader"),
        article=_line(entries, "article"),
        button=button,
        choices=tuple(choices),
        body=text[front.end() :] if front else text,
        body_line=text[: front.end()].count("\n") + 1 if front else 1,
    )


def _line(entries: Mapping[str, object], key: str) -> Line:
    found = entries.get(key)
    return found if isinstance(found, Line) else Line("", 1)


def _front_matter(path: Path, text: str) -> Iterator[tuple[str, Line | dict[str, Line] | list[dict[str, Line]]]]:
    try:
        root = compose(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise Unreadable(Problem(str(path), line, "front matter", f"{getattr(error, 'problem', error)}")) from None
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode):
        raise Unreadable(Problem(str(path), 2, "front matter", "write it as `subject: …`"))
    for key, node in root.value:
        _refuse_unknown(path, key, _KEYS)
        match node:
            case yaml.ScalarNode():
                yield key.value, Line(node.value, node.start_mark.line + 2)
            case yaml.MappingNode():
                yield key.value, _pairs(path, node, _BUTTON_KEYS)
            case yaml.SequenceNode():
                yield key.value, [_pairs(path, item, _CHOICE_KEYS) for item in node.value]


def _pairs(path: Path, node: yaml.Node, allowed: tuple[str, ...]) -> dict[str, Line]:
    if not isinstance(node, yaml.MappingNode):
        line = node.start_mark.line + 2
        raise Unreadable(Problem(str(path), line, "front matter", f"needs {' and '.join(allowed[:2])}"))
    for key, _ in node.value:
        _refuse_unknown(path, key, allowed)
    return {key.value: Line(str(value.value), value.start_mark.line + 2) for key, value in node.value}


def _refuse_unknown(path: Path, key: yaml.Node, allowed: tuple[str, ...]) -> None:
    if key.value not in allowed:
        close = get_close_matches(key.value, allowed, 1)
        hint = f", did you mean {close[0]}?" if close else f"; there are {', '.join(allowed)}"
        raise Unreadable(Problem(str(path), key.start_mark.line + 2, str(key.value), f"unknown key{hint}"))
