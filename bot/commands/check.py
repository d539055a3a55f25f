"""`handrail check`: everything that is wrong in a project, at once, with file and line."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import typer

from bot.commands.mistakes import counted
from bot.commands.projects import from_here, project_folder
from bot.shelf import read_books


def check(project: Path | None, *, as_json: bool) -> None:
    """Print what is wrong and leave with 1, or say that all is good."""
    books, found = read_books(project_folder(project))
    problems = sorted({replace(problem, file=from_here(problem.file)) for problem in found})
    if as_json:
        print(json.dumps([asdict(problem) for problem in problems], indent=2, ensure_ascii=False))
    elif problems:
        print(*problems, sep="\n")
    else:
        parts = [
            counted(len(books.playbooks), "playbook"),
            counted(len(books.messages.variants()), "message"),
            counted(len(books.articles), "article"),
            counted(len(books.replies), "written reply", "written replies"),
            *([counted(len(books.sources.sources), "source")] if books.sources.sources else []),
        ]
        print(f"All good: {', '.join(parts)}")
    if problems:
        raise typer.Exit(1)
