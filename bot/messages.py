"""The messages there are: loaded from folders, checked, compiled once, and picked for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError

from bot.articles import Articles, load_articles
from bot.compiling import Layouts, Message, compile_message, read_layouts
from bot.fact_names import Place, known_facts, users, wrong_facts
from bot.message_files import FileName, MessageFile, Unreadable, guarded, read_message, taken_apart
from bot.surfaces import TEXT
from bot.trials import trials
from bot.words import Words, language_chain, load_words
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

    def pick(self, name: str, variants: Sequence[str] = (), locale: str = "") -> Message:
        """The most specific file: by experiment variant, then segment variant (the order given), then language.

        Raises KeyError when there is no such message at all.
        """
        for variant in (*(v for v in variants if v), ""):
            for language in language_chain("" if locale.startswith("en") else locale):
                if message := self.found.get((name, variant, language)):
                    return message
        raise KeyError(f"there is no message {name}")

    def variants(self) -> dict[str, frozenset[str]]:
        """Every message that somebody without a variant can read, and the variants it has files for."""
        whole = [name for name, variant, locale in self.found if not variant and not locale]
        return {name: frozenset(v for found, v, _ in self.found if found == name and v) for name in whole}


def load_messages(folders: Sequence[Path], playbooks: Iterable[Playbook] = ()) -> tuple[Messages, list[Problem]]:
    """Load and compile what the folders hold; a later folder overrides by file name.

    `folders` are template roots, with messages/, layouts/ and words.yaml; help articles lie in content/ inside or beside them.
    With `playbooks` each message is checked against the facts of those that say it. Returns what is good and all that is wrong.
    """
    books = tuple(playbooks)
    words, problems = load_words(folders)
    articles, wrong_articles = load_articles([place / "content" for folder in folders for place in (folder.parent, folder)])
    layouts, wrong_layouts = _layouts(folders)
    problems += wrong_articles + wrong_layouts
    paths = {path.name: path for folder in folders for path in _message_paths(folder)}
    found: dict[Key, Message] = {}
    for path in paths.values():
        if path.name.endswith(".md") and not path.name.endswith((".slack.md", ".email.md")):
            message, wrong = _load(path, _overrides(path, paths), books, words)
            problems += wrong
            if message is not None:
                found[message.name, message.variant, message.locale] = message
    problems += _orphans(paths, found)
    return Messages(found, layouts, words, articles), problems


def _message_paths(folder: Path) -> Iterator[Path]:
    yield from sorted((folder / "messages").glob("*.md"))
    yield from sorted((folder / "messages").glob("*.email.mjml"))


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


def _load(path: Path, overrides: Mapping[str, Path], playbooks: Sequence[Playbook], words: Words) -> tuple[Message | None, list[Problem]]:
    try:
        file = read_message(path)
    except Unreadable as error:
        return None, [error.problem]
    problems = list(_wrong(file, overrides, playbooks)) or list(_fails(file, playbooks, words))
    if problems:
        return None, problems
    try:
        return compile_message(file, overrides), []
    except (ValueError, TemplateError) as error:
        return None, [Problem(file.file, file.body_line, "body", str(error))]


def _wrong(file: MessageFile, overrides: Mapping[str, Path], playbooks: Sequence[Playbook]) -> Iterator[Problem]:
    known = known_facts(file.name.message, playbooks)
    if not file.subject.text and file.audience == "customer":
        yield Problem(file.file, 1, "subject", "a message needs a subject, its first line in a mailbox")
    for line, text, where in _texts(file):
        yield from wrong_facts(text, Place(file.file, line, where), known)
    for surface, path in overrides.items():
        source = path.read_text(encoding="utf-8")
        yield from wrong_facts(source, Place(str(path), 1, surface), {**known, **dict.fromkeys(_LAYOUT_FACTS)})


def _texts(file: MessageFile) -> Iterator[tuple[int, str, str]]:
    yield file.subject.line, file.subject.text, "subject"
    yield file.preheader.line, file.preheader.text, "preheader"
    for where, pairs in [("button", file.button), *(("choices", choice) for choice in file.choices)]:
        for key in ("text", "link"):
            entry = guarded(pairs, key)
            yield entry.line, entry.text, f"{where}.{key}"
    yield file.body_line, file.body, "body"


def _fails(file: MessageFile, playbooks: Sequence[Playbook], words: Words) -> Iterator[Problem]:
    """Try every text of the file on two people; a text that fails for one is a problem now and not on their third day."""
    for line, text, where in _texts(file):
        if "{" not in text:
            continue
        try:
            template = TEXT.from_string(text)
        except TemplateSyntaxError as error:
            yield Problem(file.file, line + error.lineno - 1, where, str(error.message).rstrip("."))
            continue
        for who, facts in _people(file.name.message, playbooks, words):
            try:
                template.render(facts)
            except Exception as error:
                yield Problem(file.file, line + _line_in_template(error) - 1, where, f"fails for {who}: {error}")
                break


def _people(message: str, playbooks: Sequence[Playbook], words: Words) -> Iterator[tuple[str, dict[str, Any]]]:
    for playbook in users(message, playbooks) or (None,):
        yield from trials(message, playbook, words)


def _line_in_template(error: Exception) -> int:
    lines, trace = [1], error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return lines[-1]


def _orphans(paths: Mapping[str, Path], found: Mapping[Key, Message]) -> Iterator[Problem]:
    for path in paths.values():
        if path.name.endswith((".slack.md", ".email.mjml", ".email.md")):
            name = taken_apart(path.name.removesuffix(".mjml").removesuffix(".md"))
            if path.name.endswith(".email.md"):
                yield Problem(str(path), 1, path.name, "the form for mail is written in MJML: name it .email.mjml")
            elif _key(name) not in found and not any(name.message == key[0] for key in found):
                yield Problem(str(path), 1, path.name, f"there is no {name.message}.md that this could be the {name.surface} form of")


def _key(name: FileName) -> Key:
    return name.message, name.variant, name.locale


_LAYOUT_FACTS = ("subject", "lang", "word", "button", "choices", "actions", "posts", "modules", "postal_address", "body", "rail")
"""What a layout has beyond a message's facts."""
