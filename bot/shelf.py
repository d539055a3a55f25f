"""What is read from files and may change while the app runs: playbooks, messages, words, phrases, articles and replies."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.articles import Articles
from bot.guides import wrong_guides
from bot.hooks.reading import FOLDER as SOURCES
from bot.hooks.reading import read_sources
from bot.hooks.sources import Sources
from bot.messages import Messages, load_messages
from bot.phrases import Phrases, load_phrases
from bot.replies import Replies, load_replies
from bot.settings import SHIPPED
from bot.variant_checks import strange_variants
from bot.words import Words
from flows.checks import check_playbooks
from flows.csms import FILE as CSMS
from flows.csms import read_roster, teams_nobody_has
from flows.endpoints import FILE as WEBHOOKS
from flows.endpoints import read_endpoints
from flows.library import SHIPPED as SHIPPED_PLAYBOOKS
from flows.library import Playbooks
from flows.model_files import MODELS
from flows.playbook import Playbook
from flows.problems import Problem
from flows.reading import MODULES, read_playbooks
from flows.sessions import FILE as SESSIONS
from flows.sessions import read_sessions, sessions_nobody_hears_of

log = logging.getLogger("handrail.shelf")

Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Books:
    """One consistent reading of all files. `offered` are the articles that a question may be answered with."""

    playbooks: Playbooks
    messages: Messages
    words: Words
    phrases: Phrases
    articles: Articles
    offered: Articles
    replies: Replies
    sources: Sources


def read_books(project: Path | None) -> tuple[Books, list[Problem]]:
    """Read the shipped files and a project's over them. The problems are all there are; with none the books are good to use."""
    roots = [SHIPPED / "templates", *([project / "templates"] if project else [])]
    books = [SHIPPED_PLAYBOOKS, *([project / "playbooks"] if project else [])]
    phrases, phrase_problems = load_phrases(roots)
    playbooks, playbook_problems = read_playbooks(books)
    roster, roster_problems = read_roster(project)
    playbooks = playbooks.staffed(roster)
    channels = {draft.playbook.team.channel for draft in playbooks.drafts if draft.playbook}
    roster_problems += teams_nobody_has(project, roster, channels)
    sessions, session_problems = read_sessions(project)
    drafted = {draft.name: draft.playbook for draft in playbooks.drafts if draft.playbook}
    session_problems += sessions_nobody_hears_of(project, sessions, drafted)
    endpoints, endpoint_problems = read_endpoints(project, drafted)
    sources, source_problems = read_sources(project)
    playbooks = playbooks.planned(sessions).announcing(endpoints)
    messages, message_problems = load_messages(roots, playbooks.taking(), _arms(drafted))
    if len(drafted) == len(playbooks.drafts):  # else a segment may be known that we could not read
        taking = [playbook for name, playbook in drafted.items() if name not in playbooks.resting]
        message_problems += wrong_guides(messages.articles, drafted.values(), SHIPPED / "templates" if project else None)
        message_problems += strange_variants(messages, taking, SHIPPED / "templates" if project else None)
    replies, reply_problems = load_replies([place / "replies" for root in roots for place in (root.parent, root)])
    named = check_playbooks(playbooks, messages=messages.variants(), articles=messages.articles)
    reply_problems += _steps_nobody_has(replies, playbooks, theirs=project is not None)
    of_playbooks = [*playbook_problems, *roster_problems, *session_problems, *endpoint_problems, *source_problems, *named]
    problems = dict.fromkeys([*phrase_problems, *of_playbooks, *message_problems, *reply_problems])
    articles = messages.articles
    return Books(playbooks, messages, messages.words, phrases, articles, _offered(articles, playbooks), replies, sources), list(problems)


def _arms(playbooks: Mapping[str, Playbook]) -> set[str]:
    """The variants of all experiments."""
    return {arm for playbook in playbooks.values() for experiment in playbook.experiments for arm in experiment.split}


def _offered(articles: Articles, playbooks: Playbooks) -> Articles:
    """All of them; where a project has its own playbooks, its own and those its steps name. The others help with a product nobody has."""
    if not playbooks.resting:
        return articles
    named = {step.help for playbook in playbooks.taking() for _, step in playbook.steps()}
    return articles.only({name for name, article in articles.items() if name in named or not _is_shipped(article.file)})


def _steps_nobody_has(replies: Replies, playbooks: Playbooks, *, theirs: bool) -> list[Problem]:
    """A project may have replaced the playbook that a shipped reply was written for: only its own files are a problem then."""
    steps = {step.step for draft in playbooks.drafts if draft.playbook for _, step in draft.playbook.steps()}
    return [problem for problem in replies.unknown_steps(steps) if not (theirs and _is_shipped(problem.file))]


def _is_shipped(file: str) -> bool:
    return any(Path(file).is_relative_to(SHIPPED / "templates" / folder) for folder in ("content", "replies"))


class Shelf:
    """The books in use. An edited file is taken within seconds; one that does not load is refused and the old books stay."""

    def __init__(self, project: Path | None, books: Books) -> None:
        self._project = project
        self._books = books
        self._stamp = stamp_of(project)
        self._lock = threading.Lock()

    @property
    def books(self) -> Books:
        """The books as last read without a problem."""
        return self._books

    def playbooks(self) -> Playbooks:
        """The playbooks in use."""
        return self._books.playbooks

    def offered(self) -> Articles:
        """The articles that a question may be answered with."""
        return self._books.offered

    def refresh(self) -> Reading | None:
        """Look whether a file changed since the last look; None when not."""
        with self._lock:
            stamp = stamp_of(self._project)
            if stamp == self._stamp:
                return None
            changed = sorted({name for name, *_ in set(stamp) ^ set(self._stamp)})
            mark = hashlib.blake2b(repr(stamp).encode(), digest_size=8).hexdigest()
            books, problems = read_books(self._project)
            self._stamp = stamp
            if problems:
                return Reading(changed, problems, [], mark)
            moved = [name for name, mark in books.playbooks.hashes.items() if self._books.playbooks.hashes.get(name) != mark]
            self._books = books
            log.info("took %s", ", ".join(changed))
            return Reading(changed, [], moved, mark)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a look at changed files found: the files, what is wrong with them, and which playbooks changed.

    `mark` stands for the state of all files: every process that sees it has the same.
    """

    files: Sequence[str]
    problems: Sequence[Problem]
    playbooks: Sequence[str]
    mark: str


def stamp_of(project: Path | None) -> Stamp:
    """A fingerprint of every file that is read, cheap enough to take every second. Hidden files are an editor's own, not ours."""
    folders = [SHIPPED / "templates", SHIPPED_PLAYBOOKS, SHIPPED_PLAYBOOKS.parent / MODULES]
    if project:
        folders += [project / name for name in ("playbooks", MODULES, "templates", "content", "replies", SOURCES)]
    paths = [path for folder in folders for path in folder.rglob("[!.]*")] + (
        [project / CSMS, project / SESSIONS, project / WEBHOOKS, *project.glob(MODELS)] if project else []
    )
    found = []
    for path in paths:
        if path.suffix in (".md", ".yaml", ".yml", ".mjml", ".json"):
            with suppress(FileNotFoundError):  # it went while we looked, or was never there
                stat = path.stat()
                found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(sorted(found))
