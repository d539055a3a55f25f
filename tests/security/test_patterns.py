"""Regular expressions: none of ours looks back for every character of what a stranger wrote."""

from __future__ import annotations

import importlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REPEATED = (
    *(
        "a",
        " ",
        "\t",
        "\n",
        "0",
        "1.",
        "-",
        "_",
        "=",
        "<",
        ">",
        '"',
        "'",
        "@",
        "a@",
        "a.",
        "/",
        ":",
        "a ",
        "\\",
        "(",
        "[",
        "{",
        "|",
        "#",
        ",",
    ),
    *("*", "`", "&#", "=?", "--", "<a ", "<!--", "{{", "{%", " \n", "> ", "\u00e9", "\ufeff", "Sent from ", "From: ", "http://a.", "Mon "),
    "boundary=",
)
BEGINNINGS = ("", "<", "a", "<a ", "---\n", "{{", '"', "=?x?q?")
ENDS = ("", "!", "\x01")
LONG = 2_000
SUSPECT = 0.003
"""Seconds of CPU for LONG characters beyond which it is looked at how they grow: the linear ones cost a fraction of it."""
GROWS = 8.0
"""Four times the text may cost four times as much, and more where the machine is busy; what is quadratic costs sixteen times as much."""

TRUSTED_OR_SHORT = {
    "bot.email.sendgrid._ADDRESS": "SendGrid's own words",
    "bot.ingest.reading._ADDRESS": "handed to a function that asks with fullmatch",
    "bot.ingest.reading._SLACK_USER": "handed to a function that asks with fullmatch",
    "bot.markup.tags._TAG": "a project's files",
    "bot.render._LINK": "Slack's links as we write them: in what somebody else wrote < is escaped",
}
"""Expressions that are slow on long texts and never see one of a stranger's: by name, with the reason."""

AnyPattern = re.Pattern[str] | re.Pattern[bytes]


@dataclass(frozen=True)
class Kept:
    """An expression that a module of ours keeps, and how it is asked: from the text's beginning alone, or from every character on."""

    name: str
    pattern: AnyPattern
    ways: frozenset[str]

    def costs(self, text: str) -> float:
        """Seconds of CPU."""
        said: str | bytes = text.encode("utf-8") if isinstance(self.pattern.pattern, bytes) else text
        began = time.process_time()
        for way in self.ways:
            getattr(self.pattern, way)(said)
        return time.process_time() - began

    def grows(self, text: Callable[[int], str]) -> bool:
        """Whether it costs much more than four times as much for four times the text."""
        short, long = (min(self.costs(text(n)) for _ in range(3)) for n in (LONG, 4 * LONG))
        return long > GROWS * short


def _patterns() -> list[Kept]:
    """All of them, also those in tuples and dictionaries."""
    found = []
    for room in ("bot", "flows", "storage"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if {"migrations", "playground"} & {*path.parts} or path.name == "__main__.py":
                continue
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            source = path.read_text(encoding="utf-8")
            for name, value in vars(module).items():
                found += [Kept(f"{module.__name__}.{name}", one, _ways(source, name)) for one in _within(value)]
    return found


def _within(value: object) -> Iterator[AnyPattern]:
    match value:
        case re.Pattern():
            yield value
        case Mapping():
            yield from _within((*value.keys(), *value.values()))
        case tuple() | list() | set() | frozenset():
            for one in value:
                yield from _within(one)


def _ways(source: str, name: str) -> frozenset[str]:
    """`match` and `fullmatch` begin once; whatever else is done with it begins at every character, as `search` does."""
    asked = set(re.findall(rf"\b{name}\.(\w+)", source)) - {"pattern", "flags", "groupindex"}
    return frozenset(way if way in ("match", "fullmatch") else "search" for way in asked) or frozenset({"search"})


def _texts() -> Iterator[Callable[[int], str]]:
    """What strangers write, of any length."""
    for many in REPEATED:
        for begins in BEGINNINGS:
            for ends in ENDS:
                yield lambda long, many=many, begins=begins, ends=ends: begins + many * (long // len(many)) + ends


def _slow(kept: Iterable[Kept]) -> dict[str, str]:
    """Those that take longer than their text is long, each with the beginning of a text that shows it."""
    texts = [(text, text(LONG)) for text in _texts()]
    found = {}
    for one in kept:
        told = next((said for text, said in texts if one.costs(said) > SUSPECT and one.grows(text)), None)
        if told is not None:
            found[one.name] = told[:20]
    return found


@pytest.mark.gate
def test_no_pattern_takes_longer_than_its_text_is_long():
    """What looks back for every character, and then again, takes seconds of CPU for a text that fits into a header."""
    assert _slow(one for one in _patterns() if one.name not in TRUSTED_OR_SHORT) == {}


def test_one_that_looks_back_for_every_character_is_found_wherever_it_stands():
    pairs = {"addresses": ((re.compile(r"[^\s]+@[^\s]+"), "…"),), "words": (re.compile(r"\w+"), "…")}
    kept = [Kept(name, pattern, frozenset({"search"})) for name, value in pairs.items() for pattern in _within(value)]
    assert list(_slow(kept)) == ["addresses"]
