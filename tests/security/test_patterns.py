"""Regular expressions: none of ours looks back for every character of what a stranger wrote."""

from __future__ import annotations

import importlib
import re
import time
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
LONG = 1_000


def _patterns() -> dict[str, re.Pattern[str] | re.Pattern[bytes]]:
    """Every expression that a module of ours keeps, by its name."""
    found: dict[str, re.Pattern[str] | re.Pattern[bytes]] = {}
    for room in ("bot", "flows", "storage"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if {"migrations", "playground"} & {*path.parts} or path.name == "__main__.py":
                continue
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            found |= {f"{module.__name__}.{name}": value for name, value in vars(module).items() if isinstance(value, re.Pattern)}
    return found


def _costs(pattern: re.Pattern[str] | re.Pattern[bytes], text: str) -> float:
    said: str | bytes = text.encode("utf-8") if isinstance(pattern.pattern, bytes) else text
    began = time.process_time()
    pattern.search(said)  # type: ignore[arg-type]
    pattern.fullmatch(said)  # type: ignore[arg-type]
    return time.process_time() - began


TRUSTED_OR_SHORT: dict[str, str] = {}
"""Expressions that are slow on long texts and never see one of a stranger's: by name, with the reason."""


@pytest.mark.gate
def test_no_pattern_takes_longer_than_its_text_is_long():
    """A thousand characters cost next to nothing; what looks back for each of them, and then again, takes seconds of CPU."""
    slow = {}
    for name, pattern in _patterns().items():
        for many in REPEATED:
            for begins in BEGINNINGS:
                for ends in ENDS:
                    text = begins + many * (LONG // len(many)) + ends
                    if (cost := _costs(pattern, text)) > 0.25 and name not in TRUSTED_OR_SHORT:
                        slow[name] = (round(cost, 2), begins, many, ends)
                        break
    assert not slow
