"""The front matter of articles and written replies: texts and lists, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import yaml

from bot.message_files import FileName, Line, Unreadable, taken_apart
from bot.yaml_texts import compose
from flows.problems import Problem

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*\n", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One file, read: what stands in front, and the text that begins on line `body_line`."""

    file: str
    name: FileName
    texts: Mapping[str, Line]
    lists: Mapping[str, tuple[Line, ...]]
    body: str
    body_line: int

    def text(self, key: str) -> str:
        """A text of the front matter, "" when it is not there."""
        return self.texts[key].text.strip() if key in self.texts else ""

    def listed(self, key: str) -> tuple[str, ...]:
        """A list of the front matter, without what is empty."""
        return tuple(line.text.strip() for line in self.lists.get(key, ()) if line.text.strip())

    def problem(self, key: str, message: str) -> Problem:
        """A problem with that key, on its line."""
        lines = [self.texts[key]] if key in self.texts else list(self.lists.get(key, ()))
        return Problem(self.file, lines[0].line if lines else 1, key, message)

    def in_body(self, found: re.Match[str], message: str) -> Problem:
        """A problem with something in the text, on its line."""
        return Problem(self.file, self.body_line + found.string[: found.start()].count("\n"), "body", message)


def read_sheet(path: Path, *, texts: Sequence[str], lists: Sequence[str], variants: bool = False) -> Sheet:
    """Read one file whose front matter may have those texts and lists. Raises Unreadable for anything else.

    `variants`: there may be one of it for each segment.
    """
    try:
        whole = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
        name = taken_apart(path.name)
    except (OSError, ValueError) as error:
        raise Unreadable(Problem(str(path), 1, path.name, f"cannot be read: {error}")) from None
    if name.surface or (name.variant and not variants) or "." in name.variant:
        told = f"its name may end in a language, such as {name.message}.de.md, and not in {name.surface or name.variant}"
        raise Unreadable(Problem(str(path), 1, path.name, told))
    front = _FRONT.match(whole)
    if front is None and whole.startswith("---\n"):
        raise Unreadable(Problem(str(path), 1, "front matter", "it begins with --- and has no line --- that ends it"))
    said = dict(_pairs(path, front[1], (*texts, *lists))) if front else {}
    return Sheet(
        file=str(path),
        name=name,
        texts={key: _text(path, key, node) for key, node in said.items() if key in texts},
        lists={key: _list(path, key, node) for key, node in said.items() if key in lists},
        body=whole[front.end() :] if front else whole,
        body_line=whole[: front.end()].count("\n") + 1 if front else 1,
    )


def _text(path: Path, key: str, node: yaml.Node) -> Line:
    if not isinstance(node, yaml.ScalarNode):
        raise Unreadable(Problem(str(path), _line(node), key, f"write it as `{key}: …`"))
    return Line(str(node.value), _line(node))


def _list(path: Path, key: str, node: yaml.Node) -> tuple[Line, ...]:
    if not isinstance(node, yaml.SequenceNode) or not all(isinstance(item, yaml.ScalarNode) for item in node.value):
        raise Unreadable(Problem(str(path), _line(node), key, f"write it as `{key}: [one, another]`"))
    return tuple(Line(str(item.value), _line(item)) for item in node.value)


def _line(node: yaml.Node) -> int:
    """The line in the file: the front matter begins on the second."""
    return int(node.start_mark.line) + 2


def _pairs(path: Path, text: str, known: Sequence[str]) -> Iterator[tuple[str, yaml.Node]]:
    try:
        root = compose(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        told = str(getattr(error, "problem", None) or "this is no YAML")
        raise Unreadable(Problem(str(path), mark.line + 2 if mark else 1, "front matter", told)) from None
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode):
        raise Unreadable(Problem(str(path), 2, "front matter", "write it as `title: …`"))
    for key, node in root.value:
        if key.value not in known:
            close = get_close_matches(str(key.value), known, 1)
            hint = f", did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"
            raise Unreadable(Problem(str(path), _line(key), str(key.value), f"unknown key{hint}"))
        yield key.value, node
