"""Help articles: Markdown without anything personal in it, written out once for every surface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.markup import html, plain
from bot.markup.reading import read
from bot.message_files import taken_apart
from bot.words import language_chain
from flows.problems import Problem


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language. `tips` are the lines that usually help, as plain text; `html` is for pages, `mail` for mail."""

    name: str
    title: str
    tips: tuple[str, ...]
    html: str
    mail: str
    text: str
    slack: str


@dataclass(frozen=True, slots=True)
class Articles(Mapping[str, Article]):
    """Articles by name; `in_language` finds their translations."""

    found: Mapping[tuple[str, str], Article]

    def __getitem__(self, name: str) -> Article:
        return self.found[name, ""]

    def __iter__(self) -> Iterator[str]:
        return (name for name, locale in self.found if not locale)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def in_language(self, name: str, locale: str) -> Article | None:
        """The article in that language, else in a wider one; None when nobody wrote it."""
        return next((a for tag in language_chain(locale) if (a := self.found.get((name, tag)))), None)


def load_articles(folders: Sequence[Path]) -> tuple[Articles, list[Problem]]:
    """Read content/*.md; a later folder overrides by file name. Reads files, raises nothing for what is in them."""
    paths = {path.name: path for folder in folders for path in sorted(folder.glob("[!.]*.md"))}
    found: dict[tuple[str, str], Article] = {}
    problems: list[Problem] = []
    for path in paths.values():
        try:
            name = taken_apart(path.name)
            found[name.message, name.locale] = _read(path, name.message)
        except (OSError, ValueError, yaml.YAMLError) as error:
            problems.append(Problem(str(path), 1, path.name, str(error)))
    return Articles(found), problems


def _read(path: Path, name: str) -> Article:
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    front: Any = {}
    body = text
    if text.startswith("---\n"):
        head, _, body = text[4:].partition("\n---\n")
        front = yaml.load(head, Loader=yaml.BaseLoader) or {}
    if not isinstance(front, dict) or set(front) - {"title", "tips"}:
        raise ValueError(f"an article has title and tips, not {', '.join(front)}")
    if "{{" in body or "{%" in body:
        raise ValueError("an article says the same to everyone: no {{ … }} here")
    tree, tags = read(body)
    return Article(
        name=name,
        title=str(front.get("title") or name.replace("-", " ").capitalize()),
        tips=tuple(str(tip) for tip in front.get("tips", ())),
        html=html.write(tree, tags, styled=False),
        mail=html.write(tree, tags),
        text=plain.write(tree, tags, plain.TEXT_SIGNS).strip(),
        slack=plain.write(tree, tags, plain.SLACK_SIGNS).strip(),
    )
