"""The messages there are: loaded from folders, checked, compiled once, and picked for a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import TemplateError

from bot.articles import Articles, load_articles
from bot.compiling import Layouts, Message, compile_message, read_layouts
from bot.layers import in_force
from bot.message_checks import fails, wrong_in
from bot.message_files import Unreadable, read_message
from bot.words import Words, load_words
from flows.languages import language_chain
from flows.playbook import Playbook
from flows.problems import Problem

Key = tuple[str, str, str]
"""Message, variant, language."""


@dataclass(frozen=True, slots=True)
class Messages:
    """Everything that can be said: messages, words and help articles."""

    found: Mapping[Key, Message]
    layouts: Layouts
    words: Words
    articles: Articles
    _spoken: dict[str, Layouts] = field(default_factory=dict, init=False, repr=False, compare=False)

    def layouts_in(self, locale: str) -> Layouts:
        """The layouts in the language of a message: compiled when somebody is first written to in it."""
        if locale not in self._spoken:
            self._spoken[locale] = self.layouts.spoken(self.words.language(locale))
        return self._spoken[locale]

    def pick(self, name: str, variants: Sequence[str] = (), locale: str = "") -> Message:
        """The most specific file: by experiment variant, then segment variant (the order given), then language.

        The first of `variants` is the experiment's, '' for none. Of day3.story.technical.md, day3.story.md, day3.technical.md and day3.md
        the first that there is. Raises KeyError when there is no such message at all.
        """
        languages = language_chain("" if locale.startswith("en") else locale)
        for variant in _ways(variants):
            for language in languages:
                if message := self.found.get((name, variant, language)):
                    return message
        raise KeyError(f"there is no message {name}")

    def variants(self) -> dict[str, frozenset[str]]:
        """Every message that somebody without a variant can read, and the variants it has files for."""
        whole = [name for name, variant, locale in self.found if not variant and not locale]
        return {name: frozenset(v for found, v, _ in self.found if found == name and v) for name in whole}


def _ways(variants: Sequence[str]) -> Iterator[str]:
    """What may stand in a file's name, the most specific first."""
    arm, segments = (variants[0] if variants else ""), [segment for segment in variants[1:] if segment]
    if arm:
        yield from (f"{arm}.{segment}" for segment in segments)
        yield arm
    yield from segments
    yield ""


def load_messages(
    folders: Sequence[Path], playbooks: Iterable[Playbook] = (), arms: Collection[str] = ()
) -> tuple[Messages, list[Problem]]:
    """Load and compile what the folders hold; a later folder overrides by file name.

    `folders` are template roots, with messages/, layouts/ and words.yaml; help articles lie in content/ inside or beside them.
    With `playbooks` each message is checked against the facts of those that say it. `arms` are the variants of experiments: files of
    theirs stand for themselves, others go with the message they are a form of. Returns what is good and all that is wrong.
    """
    books = tuple(playbooks)
    words, problems = load_words(folders)
    articles, wrong_articles = load_articles([place / "content" for folder in folders for place in (folder.parent, folder)])
    layouts, wrong_layouts = _layouts(folders)
    problems += wrong_articles + wrong_layouts
    paths = in_force((_message_paths(folder) for folder in folders), arms)
    found: dict[Key, Message] = {}
    for path in paths.values():
        if path.name.endswith(".md") and not path.name.endswith((".slack.md", ".email.md")):
            message, wrong = _load(path, _overrides(path, paths), books, words, articles)
            problems += wrong
            if message is not None:
                found[message.name, message.variant, message.locale] = message
    problems += _orphans(paths, found)
    return Messages(found, layouts, words, articles), problems


def _message_paths(folder: Path) -> Iterator[Path]:
    yield from sorted((folder / "messages").glob("[!.]*.md"))
    yield from sorted((folder / "messages").glob("[!.]*.email.mjml"))


def _overrides(path: Path, paths: Mapping[str, Path]) -> dict[str, Path]:
    stem = path.name.removesuffix(".md")
    named = {"slack": f"{stem}.slack.md", "email": f"{stem}.email.mjml"}
    return {surface: paths[name] for surface, name in named.items() if name in paths}


def _layouts(folders: Sequence[Path]) -> tuple[Layouts, list[Problem]]:
    """The layouts as overridden, or as shipped when one of the overriding ones is wrong."""
    layouts, problems = read_layouts(folders)
    if layouts is None:
        layouts, broken = read_layouts(folders[:1])
        if layouts is None:
            raise ValueError("; ".join(str(problem) for problem in broken))
    return layouts, problems


def _load(
    path: Path, overrides: Mapping[str, Path], playbooks: Sequence[Playbook], words: Words, articles: Articles
) -> tuple[Message | None, list[Problem]]:
    try:
        file = read_message(path)
    except Unreadable as error:
        return None, [error.problem]
    except (OSError, UnicodeError) as error:
        return None, [Problem(str(path), 1, path.name, f"cannot be read: {error}")]
    problems = list(wrong_in(file, overrides, playbooks, articles)) or list(fails(file, playbooks, words))
    if problems:
        return None, problems
    try:
        return compile_message(file, overrides), []
    except (ValueError, TemplateError) as error:
        return None, [Problem(file.file, file.body_line, "body", str(error))]


def _orphans(paths: Mapping[str, Path], found: Mapping[Key, Message]) -> Iterator[Problem]:
    """Forms for one surface that belong to no message."""
    stems = {Path(message.file).name.removesuffix(".md") for message in found.values()}
    for name, path in paths.items():
        stem, _, surface = name.removesuffix(".md").removesuffix(".mjml").rpartition(".")
        if name.endswith(".email.md"):
            yield Problem(str(path), 1, name, "the form for mail is written in MJML: name it .email.mjml")
        elif name.endswith((".slack.md", ".email.mjml")) and stem not in stems:
            yield Problem(str(path), 1, name, f"there is no {stem}.md that this could be the {surface} form of")
