"""Help articles: Markdown without anything personal in it, written out once for every surface, and found by what people type."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from bot.front_matter import Sheet, read_sheet
from bot.layers import in_force
from bot.markup import html, plain
from bot.markup.reading import read
from bot.message_files import Unreadable
from flows.languages import language_chain
from flows.problems import Problem
from storage.article_search import ArticleSearch, Entry
from storage.article_words import words_of

Level = Literal["getting-started", "use-case", "feature", "video"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""What kind of help it is, from the first to read to the last."""

TEXTS, LISTS = ("title", "url", "level", "minutes"), ("tips", "aliases", "steps", "segments")
"""What may stand in front of an article."""

MOST_FOUND = 3
"""So many articles a question is answered with; never one alone as if it were the answer, always beside a person."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language ("" as shipped), for everybody or for one segment (`variant`).

    `tips` are the lines that usually help, as plain text; `html` is for pages, `mail` for mail.
    `aliases` are words that customers use for it, `url` the address where it lives, "" when that is here. `minutes` is how long it takes.
    `steps` are those it helps with, besides the ones that name it; with `segments` it is offered to people in one of these alone.
    """

    name: str
    title: str
    tips: tuple[str, ...]
    html: str
    mail: str
    text: str
    slack: str
    locale: str = ""
    aliases: tuple[str, ...] = ()
    url: str = ""
    level: Level = "feature"
    minutes: int | None = None
    steps: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    file: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Articles(Mapping[str, Article]):
    """Articles by name; `in_language` finds their translations, and the variants that a segment has of them."""

    found: Mapping[tuple[str, str], Article]
    variants: Mapping[tuple[str, str, str], Article] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Article:
        return self.found[name, ""]

    def __iter__(self) -> Iterator[str]:
        return (name for name, locale in self.found if not locale)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def in_language(self, name: str, locale: str, segments: Sequence[str] = ()) -> Article | None:
        """The article in that language, else in a wider one; None when nobody wrote it.

        One for a segment of the reader goes before the one for everybody; the first of `segments` before the others.
        """
        for segment in segments:
            for tag in language_chain(locale):
                if article := self.variants.get((name, segment, tag)):
                    return article
        return next((a for tag in language_chain(locale) if (a := self.found.get((name, tag)))), None)

    def only(self, names: Collection[str]) -> Articles:
        """Those of these names, with their translations."""
        return Articles(
            {key: article for key, article in self.found.items() if key[0] in names},
            {key: article for key, article in self.variants.items() if key[0] in names},
        )


class Library:
    """Finds articles for a question. `articles` gives those that may be offered, as they are now."""

    def __init__(self, search: ArticleSearch, articles: Callable[[], Articles]) -> None:
        self._search = search
        self._articles = articles
        self._indexed: Articles | None = None

    def refresh(self) -> None:
        """Bring the index up to date with the files, at a start and at every look for edited ones; when none was, it costs nothing."""
        articles = self._articles()
        if articles is not self._indexed:
            self._search.rebuild(_entry(article) for article in articles.found.values())
            self._indexed = articles

    def find(self, text: str, locale: str = "") -> tuple[str, ...]:
        """The names of the articles that may answer, the likeliest first, three at most; often none."""
        articles = self._articles()
        return tuple(found.name for found in self._search.find(text, locale, MOST_FOUND) if found.name in articles)


def _entry(article: Article) -> Entry:
    return Entry(name=article.name, locale=article.locale, title=article.title, aliases=article.aliases, text=article.text)


def load_articles(folders: Sequence[Path]) -> tuple[Articles, list[Problem]]:
    """Read content/*.md; a later folder overrides by file name. Reads files, raises nothing for what is in them."""
    paths = in_force(sorted(folder.glob("[!.]*.md")) for folder in folders)
    found: dict[tuple[str, str], Article] = {}
    variants: dict[tuple[str, str, str], Article] = {}
    problems: list[Problem] = []
    for path in paths.values():
        try:
            sheet = read_sheet(path, texts=TEXTS, lists=LISTS, variants=True)
            if wrong := list(_wrong_in(sheet)):
                problems += wrong
            elif sheet.name.variant:
                variants[sheet.name.message, sheet.name.variant, sheet.name.locale] = _article(sheet)
            else:
                found[sheet.name.message, sheet.name.locale] = _article(sheet)
        except Unreadable as error:
            problems.append(error.problem)
    for (name, locale), article in found.items():
        if locale and f"{name}.md" not in paths:
            problems.append(Problem(article.file, 1, name, f"there is no {name}.md that this could be the translation of"))
    for (name, variant, _), article in variants.items():
        if f"{name}.md" not in paths:
            problems.append(Problem(article.file, 1, name, f"there is no {name}.md that this could be the {variant} form of"))
    return Articles(found, variants), problems


def _wrong_in(sheet: Sheet) -> Iterator[Problem]:
    if braces := re.search(r"\{\{|\{%", sheet.body):
        yield sheet.in_body(braces, "an article says the same to everyone: no {{ … }} here")
    if "url" in sheet.texts and not re.match(r"https?://[^/\s]", sheet.text("url")):
        yield sheet.problem("url", "an address begins with https:// or http://")
    if "level" in sheet.texts and sheet.text("level") not in LEVELS:
        yield sheet.problem("level", f"`level` is {', '.join(LEVELS[:-1])} or {LEVELS[-1]}, not {sheet.text('level')!r}")
    if "minutes" in sheet.texts and not re.fullmatch(r"[1-9]\d{0,2}", sheet.text("minutes"), re.ASCII):
        yield sheet.problem("minutes", "`minutes` is a whole number, such as 5")
    if sheet.text("level") == "video" and not sheet.text("url"):
        yield sheet.problem("level", "a video lives somewhere: say where with `url`")
    for line in sheet.lists.get("aliases", ()):
        if not words_of(line.text, sheet.name.locale):
            told = f"nobody is found by {line.text!r}: everybody says these words" if line.text.strip() else "an alias says something"
            yield Problem(sheet.file, line.line, "aliases", told)
    try:
        read(sheet.body)
    except ValueError as error:
        yield Problem(sheet.file, sheet.body_line, "body", str(error))


def _article(sheet: Sheet) -> Article:
    tree, tags = read(sheet.body)
    return Article(
        name=sheet.name.message,
        title=sheet.text("title") or sheet.name.message.replace("-", " ").capitalize(),
        tips=sheet.listed("tips"),
        html=html.write(tree, tags, styled=False),
        mail=html.write(tree, tags),
        text=plain.write(tree, tags, plain.TEXT_SIGNS).strip(),
        slack=plain.write(tree, tags, plain.SLACK_SIGNS).strip(),
        locale=sheet.name.locale,
        aliases=sheet.listed("aliases"),
        url=sheet.text("url"),
        level=next((level for level in LEVELS if level == sheet.text("level")), "feature"),
        minutes=int(sheet.text("minutes")) if sheet.text("minutes") else None,
        steps=sheet.listed("steps"),
        segments=sheet.listed("segments"),
        file=sheet.file,
        variant=sheet.name.variant,
    )
