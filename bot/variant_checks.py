"""Forms of a message or an article for somebody: their names are variants of experiments, segments or languages, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from bot.articles import Articles
from bot.compiling import Message
from bot.fact_names import users
from bot.messages import Messages
from flows.kinds import closest
from flows.playbook import Playbook
from flows.problems import Problem


def strange_variants(messages: Messages, playbooks: Sequence[Playbook], shipped: Path | None = None) -> list[Problem]:
    """Files that nobody ever reads, because a word in their name is nothing. Those under `shipped` are left out.

    A project with playbooks of its own has not the segments of the shipped ones.
    """
    languages = {locale for _, _, locale in messages.found if locale}
    found = (*_of_messages(messages.found.values(), playbooks, languages), *_of_articles(messages.articles, playbooks, languages))
    return sorted(problem for problem in found if shipped is None or not Path(problem.file).is_relative_to(shipped))


def _of_messages(messages: Iterable[Message], playbooks: Sequence[Playbook], languages: Collection[str]) -> Iterator[Problem]:
    for message in messages:
        if not message.variant:
            continue
        books = users(message.name, playbooks)
        arms, segments = _arms(message.name, books), _segments(books)
        first, _, second = message.variant.partition(".")
        for word, known in ((first, arms | (set() if second else segments)), (second, segments)):
            if word and word not in known:
                yield _strange(message.file, message.name, word, known, languages)


def _of_articles(articles: Articles, playbooks: Sequence[Playbook], languages: Collection[str]) -> Iterator[Problem]:
    segments = _segments(playbooks)
    for article in articles.variants.values():
        if article.variant not in segments:
            yield _strange(article.file, article.name, article.variant, segments, languages)


def _arms(message: str, playbooks: Sequence[Playbook]) -> set[str]:
    """The variants of the experiments that this message takes part in."""
    tried = {rule.experiment for book in playbooks for _, rule in book.rules() if rule.message == message}
    return {arm for book in playbooks for one in book.experiments if one.experiment in tried for arm in one.split}


def _segments(playbooks: Sequence[Playbook]) -> set[str]:
    return {rule.is_ for book in playbooks for rules in book.segments.values() for rule in rules}


def _strange(file: str, name: str, word: str, known: Collection[str], languages: Collection[str]) -> Problem:
    meant = closest(word, sorted(known)) or closest(word.lower(), sorted(languages))
    told = f"nobody reads {Path(file).name}: {word} is no segment, no variant of an experiment of {name} and no language"
    return Problem(file, 1, name, told + (f", did you mean {meant}?" if meant else ""))
