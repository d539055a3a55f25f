"""YAML text as plain data, with the line of everything. Narrower than YAML: no tags, no anchors, `yes` and 10:30 are texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import Resolver
from yaml.scanner import Scanner

from flows.problems import Path, Problem, Source


@dataclass(frozen=True, slots=True)
class Document:
    """What was written, None when it could not be read at all."""

    data: dict[str, Any] | None
    source: Source
    problems: tuple[Problem, ...]


def read_document(text: str, file: str) -> Document:
    """Read one YAML file that holds keys and values."""
    reading = _Reading(file)
    try:
        node = _Yaml(text).get_single_node()
        data = reading.value(node, ()) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return Document(None, reading.source, (Problem(file, line, "", _in_words(error)),))
    except (yaml.YAMLError, RecursionError) as error:
        why = "it is too deep" if isinstance(error, RecursionError) else str(error)
        return Document(None, reading.source, (Problem(file, 1, "", f"this cannot be read: {why}"),))
    if not isinstance(data, dict):
        reading.say((), "the file is empty" if node is None else "a file holds keys and values, like title: Onboarding")
        data = None
    return Document(data, reading.source, tuple(reading.problems))


class _Yaml(Reader, Scanner, Parser, Composer, Resolver):
    """PyYAML without its constructors, and with fewer words that are no texts."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        Resolver.__init__(self)


_Yaml.yaml_implicit_resolvers = {}
_YAML_ORG = "tag:yaml.org,2002:"
_DIGITS = list("-0123456789")
for _name, _form, _starts in (
    ("bool", "true|false", ["t", "f"]),
    ("int", r"-?(0|[1-9]\d{0,17})", _DIGITS),
    ("float", r"-?\d{1,18}\.\d{1,18}", _DIGITS),
    ("null", "~|null|", ["~", "n", ""]),
):
    _Yaml.add_implicit_resolver(_YAML_ORG + _name, re.compile(f"^(?:{_form})$"), _starts)


def _scalar(kind: str, text: str) -> str | int | float | bool | None:
    match kind:
        case "bool":
            return text == "true"
        case "int":
            return int(text)
        case "float":
            return float(text)
    return None if kind == "null" else text


@dataclass(slots=True)
class _Reading:
    """A walk through the nodes of one file, noting lines, ids and problems on the way."""

    file: str
    lines: dict[Path, int] = field(default_factory=lambda: {(): 1})
    ids: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)

    @property
    def source(self) -> Source:
        return Source(self.file, self.lines, self.ids)

    def say(self, path: Path, message: str, line: int | None = None) -> None:
        """Note a problem. What follows from it at the same place need not be said again."""
        where = self.source.where(path)
        self.problems.append(Problem(self.file, line or self.source.line(path), where, message))
        self.told.add(where)

    def value(self, node: yaml.Node, path: Path) -> Any:
        """The plain value of a node; None when nothing can be used of it."""
        kind = node.tag.removeprefix(_YAML_ORG)
        if id(node) in self.seen:
            return self.say(path, "a value is written out where it belongs; & and * are not read here")
        if kind not in ("str", "bool", "int", "float", "null", "seq", "map"):
            return self.say(path, f"{node.tag} is not read here; put a text that starts with ! in quotes")
        self.seen.add(id(node))
        match node:
            case yaml.MappingNode():
                return self.mapping(node, path)
            case yaml.SequenceNode():
                return [self.item(item, (*path, place)) for place, item in enumerate(node.value)]
        return _scalar(kind, str(node.value))

    def item(self, node: yaml.Node, path: Path) -> Any:
        """One item of a list, known by the first thing written in it."""
        self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode) and node.value and isinstance(node.value[0][1], yaml.ScalarNode):
            self.ids[path] = str(node.value[0][1].value)
        return self.value(node, path)

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        """Keys and values; a key that stands alone or twice is a problem."""
        found: dict[str, Any] = {}
        before: tuple[str, str] | None = None
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = str(key.value)
            here = (*path, name)
            if not isinstance(key, yaml.ScalarNode):
                self.say(path, "braces around a key are not read here; write a condition without braces", line)
            elif _stands_alone(node, value):
                self.cut(path, before, name, line)
            elif name in found:
                self.say(here, f"`{name}` is written twice here; the first time on line {self.lines[here]}", line)
            elif isinstance(value, yaml.ScalarNode) and value.tag == f"{_YAML_ORG}null":
                self.say(here, f"`{name}` has no value", line)
            else:
                self.lines[here] = line
                found[name] = self.value(value, here)
                before = (name, value.value) if isinstance(value, yaml.ScalarNode) and value.style is None else None
        return found

    def cut(self, path: Path, before: tuple[str, str] | None, rest: str, line: int) -> None:
        """Inside {…} a comma ends a value: what stood after it became a key of its own."""
        if before is None:
            self.say((*path, rest), f"`{rest}` stands alone inside {{…}}; a key has a value", line)
            return
        key, start = before
        if self.source.where((*path, key)) not in self.told:
            advice = "put it in quotes, or write it on a line of its own"
            self.say((*path, key), f"a comma cut `{key}: {start}` in two before `{rest}`; {advice}", line)


def _stands_alone(node: yaml.MappingNode, value: yaml.Node) -> bool:
    return bool(node.flow_style) and value.start_mark.index == value.end_mark.index and value.tag == f"{_YAML_ORG}null"


_KNOWN_TROUBLE = (
    ("got '['", "inside {…} a list cannot stand in a condition; put the condition in quotes, or write one key a line"),
    ("found character '\\t'", "a tab stands here; indent with spaces"),
    ("mapping values are not allowed", "this line has a colon too many, or the line before lacks one; a text with a colon needs quotes"),
    ("could not find expected ':'", "a key lacks its colon"),
    ("'<scalar>'", "a value that starts with a quote must end with it; put the whole condition in double quotes"),
    ("cannot start any token", "this sign cannot start a value; put the value in quotes"),
    ("another document", "one file holds one playbook; --- starts another"),
    ("unexpected end of stream", "a quote or bracket is not closed"),
    ("<stream end>", "a quote or bracket is not closed"),
    ("undefined alias", "a value that starts with * needs quotes"),
    ("<block end>", "the indentation does not fit the lines above"),
)


def _in_words(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    return next((words for sign, words in _KNOWN_TROUBLE if sign in problem), f"this is no YAML: {problem}")
