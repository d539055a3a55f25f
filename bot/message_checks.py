"""What is wrong with a message file, found when it loads and told with its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateSyntaxError

from bot.fact_names import Place, known_facts, users, wrong_facts
from bot.message_files import MessageFile, guarded
from bot.surfaces import TEXT
from bot.trials import trials
from bot.words import Words
from flows.checks.names import unknown
from flows.playbook import Playbook
from flows.problems import Problem

_LAYOUT_FACTS = ("subject", "lang", "word", "button", "choices", "step_links", "posts", "modules", "postal_address", "body", "rail")
"""What a layout has beyond a message's facts."""


def wrong_in(
    file: MessageFile, overrides: Mapping[str, Path], playbooks: Sequence[Playbook], articles: Collection[str]
) -> Iterator[Problem]:
    """What is wrong in the words of a file and of its own forms for a surface. `articles` are the help articles there are."""
    known = known_facts(file.name.message, playbooks)
    if not file.subject.text and file.audience == "customer":
        yield Problem(file.file, 1, "subject", "a message needs a subject, its first line in a mailbox")
    if file.article.text and file.article.text not in articles:
        what = unknown("article", file.article.text, articles)
        yield Problem(file.file, file.article.line, "article", f"{what} (no file content/{file.article.text}.md)")
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


def fails(file: MessageFile, playbooks: Sequence[Playbook], words: Words) -> Iterator[Problem]:
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
