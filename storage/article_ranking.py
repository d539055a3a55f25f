"""Which articles answer a question, by what the index found of each word. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Literal

Part = Literal["title", "alias", "body"]

ALIAS, TITLE, BODY = 4.0, 2.0, 1.0
"""What a word is worth: in an alias that was said whole, in a title or a part of an alias, in the text."""
ENOUGH = 2.5
"""From here on an article is offered, whatever else was said: one alias reaches it, one word of a title or two common ones do not."""
MOST_OF_IT = 0.499
"""Below ENOUGH, half of what was asked has to be found in title and aliases, or all of it in the text, whose words count half."""
BESIDE = 0.3
"""An article is not offered beside one that fits so much better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A word of the question stands in a part of an article. `row` is one title, one alias or one text; `size` counts its words."""

    word: str
    row: int
    name: str
    part: Part
    size: int


def rank(asked: Sequence[str], found: Iterable[Hit], articles: int) -> dict[str, float]:
    """The articles worth offering with their scores, the best first. `articles` is how many there are in that language."""
    hits = list(found)
    whole = _said_whole(hits)
    worth: dict[str, dict[str, float]] = {}
    for hit in hits:
        words = worth.setdefault(hit.name, {})
        words[hit.word] = max(words.get(hit.word, 0), BODY if hit.part == "body" else ALIAS if hit.row in whole else TITLE)
    heads = _rarity((hit for hit in hits if hit.part != "body"), articles)
    rarity = _rarity(hits, articles) | heads
    total = sum(rarity.get(word, 1) for word in asked)
    scores = {}
    for name, words in worth.items():
        score = sum(each * rarity[word] for word, each in words.items())
        share = sum(rarity[word] if each > BODY else rarity[word] / 2 for word, each in words.items()) / total
        if score >= ENOUGH or share >= MOST_OF_IT:
            scores[name] = score
    best = max(scores.values(), default=0)
    return dict(sorted(((n, s) for n, s in scores.items() if s >= best * BESIDE), key=lambda each: (-each[1], each[0])))


def _said_whole(hits: Iterable[Hit]) -> set[int]:
    """The aliases of which every word was said."""
    said: dict[tuple[int, int], set[str]] = {}
    for hit in hits:
        if hit.part == "alias":
            said.setdefault((hit.row, hit.size), set()).add(hit.word)
    return {row for (row, size), words in said.items() if len(words) >= size}


def _rarity(hits: Iterable[Hit], articles: int) -> dict[str, float]:
    """How much a word tells: 1 when one article has it, less the more have it."""
    names: dict[str, set[str]] = {}
    for hit in hits:
        names.setdefault(hit.word, set()).add(hit.name)
    return {word: log(1 + articles / len(having)) / log(1 + articles) for word, having in names.items()}
