"""Jinja tags kept safe while another parser reads the text around them.

Inside Markdown each tag is one private-use character, which no parser takes for punctuation; inside MJML it is a short word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_FIRST = 0xE000
_MARK = re.compile("[\ue000-\uf0ff]")
MOST = 0xF0FF - _FIRST + 1

COMPONENTS = ("checklist", "next_step", "progress", "week_chart")
"""What a body places with {{ checklist }}: each surface draws it in its own way."""

WHOLE_BLOCKS = ("article.body",)
"""Facts that are paragraphs and lists themselves: where one stands alone on its line, no paragraph goes around it."""

COMPONENT_MARKS = {name: chr(0xF8F0 + n) for n, name in enumerate(COMPONENTS)}
QUOTE_OPENS, QUOTE_CLOSES = "\uf8f8", "\uf8f9"
"""Marks that a rendered text carries until its quotations have their `> ` on every line."""


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags taken out of one text, by their marks."""

    found: tuple[str, ...]

    def source(self, mark: str) -> str:
        """The tag behind a mark."""
        return self.found[ord(mark) - _FIRST]

    def expression(self, mark: str) -> str:
        """What a tag says, '' for a statement or a comment."""
        tag = self.source(mark)
        return tag[2:-2].strip(" -+\n") if tag.startswith("{{") else ""

    def is_statement(self, mark: str) -> bool:
        """Whether it is {% … %} or a comment, which says nothing itself."""
        return not self.source(mark).startswith("{{")

    def nesting(self, mark: str) -> int:
        """1 for a statement that opens a block, -1 for one that closes it, else 0."""
        word = self._keyword(mark)
        return 1 if word in ("if", "for") else -1 if word in ("endif", "endfor") else 0

    def turns(self, marks: str) -> bool:
        """Whether a line of tags begins with the other half of a block: {% else %} or {% elif %}."""
        return self._keyword(marks[:1] or "\0") in ("else", "elif")

    def opens_if(self, marks: str) -> bool:
        """Whether a line of tags begins with {% if %}."""
        return self._keyword(marks[:1] or "\0") == "if"

    def _keyword(self, mark: str) -> str:
        if not is_mark(mark) or not self.source(mark).startswith("{%"):
            return ""
        return (self.source(mark)[2:-2].strip(" -+\n").split() or [""])[0]

    def component(self, mark: str) -> str:
        """The component's name when the tag is {{ checklist }} or another one, else ''."""
        name = self.expression(mark)
        return name if name in COMPONENTS else ""

    def restore(self, text: str) -> str:
        """The text with its tags in place again."""
        return _MARK.sub(lambda found: self.source(found[0]), text)


def take_out(text: str) -> tuple[str, Tags]:
    """The text with a mark for each tag. Raises ValueError when it holds characters of ours, or too many tags."""
    if re.search("[\ue000-\uf8ff]", text):
        raise ValueError("holds a private-use character, which no font shows; remove it")
    found: list[str] = []

    def mark(tag: re.Match[str]) -> str:
        found.append(tag[0])
        return chr(_FIRST + len(found) - 1)

    marked = _TAG.sub(mark, text)
    if len(found) > MOST:
        raise ValueError(f"holds more than {MOST} tags")
    return marked, Tags(tuple(found))


def through(parser: Callable[[str], str], source: str) -> str:
    """Run a parser over a text in which each Jinja tag is a word it will not look into."""
    found: list[str] = []

    def word(tag: re.Match[str]) -> str:
        found.append(tag[0])
        return f"jinja{len(found) - 1:04d}tag"

    parsed = parser(_TAG.sub(word, source))
    return re.sub(r"jinja(\d{4})tag", lambda tag: found[int(tag[1])], parsed)


def is_mark(character: str) -> bool:
    """Whether the character stands for a tag."""
    return bool(_MARK.match(character))


def split_marks(text: str) -> list[str]:
    """The text cut into marks and what lies between them."""
    return [part for part in re.split("([\ue000-\uf0ff])", text) if part]
