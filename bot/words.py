"""The fixed phrases of every surface: templates/words.yaml, its translations, and what a project says instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Template, TemplateError, meta

from bot.sandbox import said
from bot.surfaces import TEXT
from bot.yaml_texts import compose
from flows.languages import language_chain
from flows.problems import Problem

SHIPPED = Path(__file__).resolve().parent.parent / "templates"
"""The templates that come with Handrail."""

OPEN_GROUPS = ("choices", "notes", "case")
"""Groups in which a project may invent keys: answers of its own surveys, reasons of its own escalations."""


_MOST_LOCALES = 1000
"""Names of languages of which we remember whose words they are: people may call theirs what they like."""
_MOST_COUNTED = 4096
_INT = frozenset({int})


@dataclass(frozen=True, slots=True)
class _Phrase:
    """`names` are the facts that it needs; `number_words` every phrase has."""

    text: str
    names: frozenset[str]
    template: Template | None
    file: str
    line: int


class Language:
    """Our words as one language says them."""

    def __init__(self, phrases: Mapping[str, _Phrase]) -> None:
        self.phrases = phrases
        self._counted = lru_cache(_MOST_COUNTED)(self._with_numbers)

    def say(self, key: str, facts: Mapping[str, Any] | None = None) -> str:
        """The phrase as plain text: the surface escapes it.

        Raises KeyError for an unknown key and jinja2.UndefinedError for a fact the phrase needs and `facts` lack.
        """
        phrase = self.phrase(key)
        if phrase.template is None:
            return phrase.text
        known = tuple([facts.get(name) for name in phrase.names]) if facts else ()
        if _INT.issuperset(map(type, known)):
            return self._counted(key, known)  # the same few numbers are said to everybody
        return said(phrase.template, {**(facts or {}), "number_words": self.numbers})

    def phrase(self, key: str) -> _Phrase:
        """As it is written."""
        try:
            return self.phrases[key]
        except KeyError:
            raise KeyError(f"words.yaml has no {key}") from None

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Small numbers as words."""
        return listed(self.phrase("time.numbers").text)

    def _with_numbers(self, key: str, numbers: tuple[int, ...]) -> str:
        phrase = self.phrase(key)
        assert phrase.template is not None
        return said(phrase.template, {**dict(zip(phrase.names, numbers, strict=False)), "number_words": self.numbers})


@dataclass(frozen=True, slots=True)
class Words:
    """Phrases by language and key. What they return is plain text: the surface escapes it."""

    phrases: Mapping[tuple[str, str], _Phrase] = field(default_factory=dict)
    _languages: dict[str, Language] = field(default_factory=dict, init=False, repr=False, compare=False)

    def get(self, key: str, locale: str = "", facts: Mapping[str, Any] | None = None) -> str:
        """The phrase in that language, else in a wider one (pt-BR, pt, then as shipped).

        Raises KeyError for an unknown key and jinja2.UndefinedError for a fact the phrase needs and `facts` lack.
        """
        return self.language(locale).say(key, facts)

    def has(self, key: str) -> bool:
        """Whether anybody wrote that phrase."""
        return ("", key) in self.phrases

    def keys(self) -> frozenset[str]:
        """Every key there is."""
        return frozenset(key for locale, key in self.phrases if not locale)

    def listed(self, key: str, locale: str = "") -> tuple[str, ...]:
        """A phrase that is a list: `time.months`."""
        return listed(self.language(locale).phrase(key).text)

    def in_every_language(self, key: str) -> tuple[str, ...]:
        """A phrase in all the languages it is written in; none when nobody wrote it."""
        return tuple(phrase.text for (_, name), phrase in self.phrases.items() if name == key)

    def speaker(self, locale: str) -> Callable[..., str]:
        """`get` in one language, for templates: `word("button.done")`. They can call it, and see nothing of what it knows."""
        return self.language(locale).say

    def language(self, locale: str) -> Language:
        """The words somebody of that language reads."""
        found = self._languages.get(locale)
        if found is None:
            found = self._language_of(language_chain(locale))
            if len(self._languages) < _MOST_LOCALES:
                self._languages[locale] = found
        return found

    def _language_of(self, tags: tuple[str, ...]) -> Language:
        """One for all locales of which we have the same words: the narrowest says anew what it knows to say."""
        spoken = {tag for tag, _ in self.phrases}
        ours = next((tag for tag in tags if tag in spoken), "")
        if ours not in self._languages:
            said_in = {tag: {key: phrase for (one, key), phrase in self.phrases.items() if one == tag} for tag in tags}
            self._languages[ours] = Language({key: phrase for tag in reversed(tags) for key, phrase in said_in[tag].items()})
        return self._languages[ours]


@lru_cache(256)
def listed(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in text.split(","))


def language_named(words: Words, tag: str) -> str:
    """What a language calls itself, the tag where nobody wrote that down."""
    key = f"language.{tag}"
    return words.get(key) if words.has(key) else tag


def load_words(folders: Sequence[Path]) -> tuple[Words, list[Problem]]:
    """Read words.yaml and words.<language>.yaml of each folder; a later folder overrides single keys, and with them their translations.

    Reads files; never raises for their content: what is wrong is told, and that phrase is as it was.
    """
    phrases: dict[tuple[str, str], _Phrase] = {}
    problems: list[Problem] = []
    for folder in folders:
        for path in sorted(folder.glob("words*.yaml"), key=lambda p: (p.name != "words.yaml", p.name != "words.en.yaml", p.name)):
            locale = path.name.removeprefix("words").removesuffix(".yaml").strip(".")
            _take(path, "" if locale in ("", "en") else locale, phrases, problems)
    return Words(phrases), problems


@cache
def shipped_words() -> Words:
    """The phrases that come with Handrail, read once."""
    return load_words([SHIPPED])[0]


def _take(path: Path, locale: str, phrases: dict[tuple[str, str], _Phrase], problems: list[Problem]) -> None:
    known = {key: phrase for (tag, key), phrase in phrases.items() if not tag}
    languages = {tag for tag, _ in phrases}
    try:
        entries = list(_entries(path))
    except (OSError, UnicodeError) as error:
        problems.append(Problem(str(path), 1, path.name, f"cannot be read: {error}"))
        return
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        problems.append(Problem(str(path), line, "yaml", str(getattr(error, "problem", error))))
        return
    for key, text, line in entries:
        wrong = _wrong_key(key, known) if known else ""
        try:
            phrase = _phrase(text, str(path), line)
        except TemplateError as error:
            wrong = wrong or f"cannot be read: {error.message}"
        else:
            wrong = wrong or _wrong_names(key, phrase, known)
        if wrong:
            problems.append(Problem(str(path), line, key, wrong))
            continue
        if not locale:  # said anew, it is no longer what the translations before it say
            for tag in languages:
                phrases.pop((tag, key), None)
        phrases[locale, key] = phrase


def _entries(path: Path) -> Iterator[tuple[str, str, int]]:
    root = compose(path.read_text(encoding="utf-8"))
    for group, pairs in root.value if isinstance(root, yaml.MappingNode) else ():
        for key, value in pairs.value if isinstance(pairs, yaml.MappingNode) else ():
            yield f"{group.value}.{key.value}", str(value.value), key.start_mark.line + 1


def _phrase(text: str, file: str, line: int) -> _Phrase:
    if "{{" not in text and "{%" not in text:
        return _Phrase(text, frozenset(), None, file, line)
    names = frozenset(meta.find_undeclared_variables(TEXT.parse(text)))
    return _Phrase(text, names, TEXT.from_string(text), file, line)


def _wrong_key(key: str, known: Mapping[str, _Phrase]) -> str:
    if key in known or key.partition(".")[0] in OPEN_GROUPS:
        return ""
    close = get_close_matches(key, known, 1)
    return "no surface says this" + (f", did you mean {close[0]}?" if close else "")


def _wrong_names(key: str, phrase: _Phrase, known: Mapping[str, _Phrase]) -> str:
    if key not in known or phrase.names <= known[key].names:
        return ""
    unknown = ", ".join(sorted(phrase.names - known[key].names))
    return f"knows no {unknown} here; it may say {', '.join(sorted(known[key].names)) or 'nothing in braces'}"
