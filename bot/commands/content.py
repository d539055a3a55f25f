"""`handrail content`: which articles people use, and which nobody does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.articles import Article
from bot.commands.opening import existing_store
from bot.commands.projects import good_books, project_folder
from flows.library import Playbooks
from storage.content import Uses, uses


def show(project: Path | None, *, unused: bool, as_json: bool) -> None:
    """Print every article, the most used first. `unused`: those alone that nobody opened."""
    books = good_books(project_folder(project))
    with existing_store() as store:
        counted = uses(store.database)
    rows = _rows(books.offered, counted, books.playbooks)
    rows = [row for row in rows if not row["opened"]] if unused else rows
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    elif rows:
        _table(rows)
    else:
        print("Every article was opened at least once." if unused else "There are no articles. Write one: see docs/articles.md.")


def _rows(articles: Mapping[str, Article], counted: Mapping[str, Uses], playbooks: Playbooks) -> list[dict[str, Any]]:
    named: dict[str, set[str]] = {name: {*article.steps} for name, article in articles.items()}
    for playbook in playbooks.taking():
        for _, step in playbook.steps():
            if step.help in named:
                named[step.help].add(step.step)
    rows = [_row(article, counted.get(name, Uses()), sorted(named[name])) for name, article in articles.items()]
    return sorted(rows, key=lambda row: (-row["opened"], row["article"]))


def _row(article: Article, found: Uses, steps: Sequence[str]) -> dict[str, Any]:
    return {
        "article": article.name,
        "title": article.title,
        "level": article.level,
        "segments": list(article.segments),
        "steps": list(steps),
        "minutes": article.minutes,
        "url": article.url,
        "opened": found.opened,
        "helped": found.helped,
        "no_help": found.no_help,
        "completed": found.completed,
        "last_at": found.last_at.isoformat() if found.last_at else None,
    }


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, side in (("Article", "left"), ("Level", "left"), ("Steps", "left"), ("Opened", "right"), ("Helped", "right")):
        table.add_column(title, justify=side, no_wrap=title == "Article")  # type: ignore[arg-type]
    table.add_column("Watched", justify="right")
    table.add_column("Last", no_wrap=True)
    for row in rows:
        answered = row["helped"] + row["no_help"]
        helped = f"{row['helped']} of {answered}" if answered else ""
        last = row["last_at"][:10] if row["last_at"] else "never"
        watched = str(row["completed"]) if row["level"] == "video" else ""
        table.add_row(row["article"], row["level"], ", ".join(row["steps"]), str(row["opened"]), helped, watched, last)
    console = Console(highlight=False, markup=False)
    console.print(table)
    never = sum(not row["opened"] for row in rows)
    if never:
        console.print(f"\n{never} of {len(rows)} were never opened.")
