"""The phrases that people type, read from templates/phrases.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.plain_words import plain_words
from bot.yaml_texts import compose
from flows.durations import parse as parse_length
from flows.notation import DAYS
from flows.problems import Problem

FILE = "phrases.yaml"
WHOLE = (
    "hello",
    "thanks",
    "done",
    "done_and_next",
    "skip",
    "next",
    "help",
    "how",
    "later",
    "stop",
    "undo",
    "human",
    "stuck",
    "yes",
    "not_yet",
)
PARTS = ("courtesies", "negations", "human_anywhere", "not_human", "stuck_starts")
TIME_WORDS = ("remind", "fillers", "at", "on", "in", "the", "of", "next", "this", "week", "ordinals", "oclock", "am", "pm")
TIME_MEANINGS = ("days", "today_at", "parts", "lengths", "numbers", "weekdays", "months")

Phrase = tuple[str, ...]


class Meanings:
    """Phrases of one or more words, each with what it means; found at a place in a text, the longest first."""

    def __init__(self, meanings: Mapping[Phrase, Any]) -> None:
        self._meanings = dict(meanings)
        self._longest = max(map(len, meanings), default=0)

    def get(self, words: Sequence[str]) -> Any:
        """What exactly these words mean, None when nothing."""
        return self._meanings.get(tuple(words))

    def starting(self, words: Sequence[str], at: int = 0) -> tuple[Any, int] | None:
        """The longest phrase that starts at that word: its meaning and the index after it."""
        for end in range(min(len(words), at + self._longest), at, -1):
            if (phrase := tuple(words[at:end])) in self._meanings:
                return self._meanings[phrase], end
        return None

    def ending(self, words: Sequence[str]) -> int | None:
        """Where the longest phrase begins that ends the words."""
        for start in range(max(0, len(words) - self._longest), len(words)):
            if tuple(words[start:]) in self._meanings:
                return start
        return None


NOTHING = Meanings({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """All phrases of all languages; those of times by language, so that they are read in the person's own first."""

    whole: Meanings = NOTHING
    courtesies: Meanings = NOTHING
    negations: Meanings = NOTHING
    human_anywhere: Meanings = NOTHING
    not_human: Meanings = NOTHING
    stuck_starts: Meanings = NOTHING
    times: Mapping[str, Mapping[str, Meanings]] = field(default_factory=dict)


def load_phrases(folders: Iterable[Path]) -> tuple[Phrases, list[Problem]]:
    """Read phrases.yaml of each folder; a later folder replaces single lists of an earlier one.

    Reads files; never raises for their content: what is wrong is told, and what can be read is used.
    """
    problems: list[Problem] = []
    entries: dict[tuple[str, ...], _Entry] = {}
    for folder in folders:
        if (path := folder / FILE).is_file():
            entries.update(_entries(path, problems))
    if not entries and not problems:
        problems.append(Problem(FILE, 1, "", "there are no phrases: no folder has a phrases.yaml"))
    return _assembled(entries, problems), problems


@dataclass(frozen=True, slots=True)
class _Entry:
    """One list of the file: each phrase with its line."""

    file: str
    phrases: tuple[tuple[Phrase, int], ...]


def _entries(path: Path, problems: list[Problem]) -> Iterator[tuple[tuple[str, ...], _Entry]]:
    """The lists of a file by where they stand: ("en", "done"), ("en", "times", "months", "3")."""
    try:
        root = compose(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        problems.append(Problem(str(path), mark.line + 1 if mark else 1, "", f"this is not YAML: {getattr(error, 'problem', error)}"))
        return
    if root is not None:
        yield from _lists(root, (), str(path), problems)


def _lists(node: yaml.Node, where: tuple[str, ...], file: str, problems: list[Problem]) -> Iterator[tuple[tuple[str, ...], _Entry]]:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lists(value, (*where, str(key.value)), file, problems)
    elif isinstance(node, yaml.SequenceNode) and _is_known(where):
        yield where, _Entry(file, tuple(_phrases(node, where, file, problems)))
    else:
        what = "must be a list of phrases" if _is_known(where) else "is no list that means something here"
        problems.append(Problem(file, line, ".".join(where), f"{where[-1] if where else 'the file'} {what}"))


def _is_known(where: tuple[str, ...]) -> bool:
    match where:
        case (_, name):
            return name in WHOLE + PARTS
        case (_, "times", name):
            return name in TIME_WORDS
        case (_, "times", name, meaning):
            return name in TIME_MEANINGS and _meaning(name, meaning) is not None
    return False


def _phrases(node: yaml.SequenceNode, where: tuple[str, ...], file: str, problems: list[Problem]) -> Iterator[tuple[Phrase, int]]:
    for item in node.value:
        words = plain_words(item.value) if isinstance(item, yaml.ScalarNode) else ()
        if words:
            yield words, item.start_mark.line + 1
        else:
            problems.append(Problem(file, item.start_mark.line + 1, ".".join(where), "a phrase needs words: letters or digits"))


def _meaning(name: str, text: str) -> Any:
    """What a key under `times` stands for, None when it cannot be read."""
    try:
        if name in ("parts", "today_at"):
            return time.fromisoformat(text)
        if name == "lengths":
            return parse_length(text)
        if name == "weekdays":
            return DAYS.index(text)
        return timedelta(days=int(text)) if name == "days" else int(text)
    except ValueError:
        return None


def _assembled(entries: Mapping[tuple[str, ...], _Entry], problems: list[Problem]) -> Phrases:
    whole: dict[Phrase, str] = {}
    parts: dict[str, dict[Phrase, bool]] = {name: {} for name in PARTS}
    times: dict[str, dict[str, dict[Phrase, Any]]] = {}
    for where, entry in entries.items():
        language, name = where[0], where[1]
        for phrase, line in entry.phrases:
            if name == "times":
                value = _meaning(where[2], where[3]) if len(where) == 4 else True
                times.setdefault(language, {}).setdefault(where[2], {})[phrase] = value
            elif name in PARTS:
                parts[name][phrase] = True
            elif (other := whole.setdefault(phrase, name)) != name:
                problems.append(Problem(entry.file, line, ".".join(where), f'"{" ".join(phrase)}" already means {other}'))
    return Phrases(
        whole=Meanings(whole),
        **{name: Meanings(found) for name, found in parts.items()},
        times={language: {name: Meanings(found) for name, found in kinds.items()} for language, kinds in times.items()},
    )
