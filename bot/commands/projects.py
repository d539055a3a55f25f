"""The project a command works on: where it lies, and its files once they are known to be good."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.mistakes import UserError, counted, meant
from bot.hooks.reading import read_sources
from bot.hooks.sources import Sources
from bot.settings import read_settings
from flows.csms import read_roster
from flows.library import SHIPPED, Playbooks
from flows.playbook import Playbook
from flows.problems import Problem
from flows.reading import read_playbooks
from flows.sessions import read_sessions

if TYPE_CHECKING:
    from bot.shelf import Books

PARTS = ("playbooks", "templates", "content")
"""The folders of a project."""


def project_folder(given: Path | None) -> Path | None:
    """The folder named, else HANDRAIL_PROJECT, else the current folder when it is a project; None for the shipped files alone."""
    folder = given or read_settings().project_dir
    if folder is None:
        return None
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}." if given else f"HANDRAIL_PROJECT names {folder}, and there is no such folder.")
    if not any((folder / part).is_dir() for part in PARTS):
        raise UserError(f"{folder} is no project: it has no playbooks, templates or content in it. `handrail init` writes a new one.")
    return folder


def good_books(project: Path | None) -> Books:
    """Everything there is to read. Raises UserError for files that can't be used."""
    from bot.shelf import read_books

    books, problems = read_books(project)
    _refuse(problems)
    return books


def good_playbooks(project: Path | None) -> Playbooks:
    """The playbooks alone: quick, and a message that is being written does not stand in the way."""
    playbooks, problems = read_playbooks([SHIPPED, *([project / "playbooks"] if project else [])])
    roster, roster_problems = read_roster(project)
    sessions, session_problems = read_sessions(project)
    _refuse([*problems, *roster_problems, *session_problems])
    return playbooks.staffed(roster).planned(sessions)


def good_sources(project: Path | None) -> Sources:
    """The business systems alone that tell us things. Raises UserError for files that can't be used."""
    sources, problems = read_sources(project)
    _refuse(problems)
    return sources


def playbook_named(playbooks: Playbooks, name: str) -> Playbook:
    """One playbook. Raises UserError with the name that was probably meant."""
    found = playbooks.get(name)
    if found is None:
        raise UserError(f"There is no playbook {name}{meant(name, playbooks.by_name)}")
    return found


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        first = min(problems)
        more = f", and {counted(len(problems) - 1, 'more problem')}; `handrail check` names all" if len(problems) > 1 else ""
        raise UserError(f"{from_here(first.file)}:{first.line}: {first.message}{more}")


def from_here(file: str) -> str:
    """A file's name as one would type it here."""
    path = Path(file)
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_absolute() and path.is_relative_to(here) else file
