"""What else helps with a step: by the step, by who asks, from the first to read to the last."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.articles import Articles, load_articles
from bot.guides import guides, wrong_guides
from bot.shelf import read_books


def library(folder: Path, **articles: str) -> Articles:
    folder.mkdir(exist_ok=True)
    for name, front in articles.items():
        (folder / f"{name}.md").write_text(f"---\ntitle: {name}\n{front}\n---\nHere is how.\n")
    found, problems = load_articles([folder])
    assert not problems, problems
    return found


def names(articles: Articles, *segments: str) -> list[str]:
    return [article.name for article in guides(articles, "connect_source", "connect", segments, "")]


@pytest.fixture
def shelf(tmp_path: Path) -> Articles:
    return library(
        tmp_path / "content",
        connect="level: getting-started\nsteps: [connect_source]",
        tour="level: video\nurl: https://videos.example.com/1\nminutes: 4\nsteps: [connect_source]",
        basics="level: getting-started\nsteps: [connect_source]",
        by_api="level: feature\nsteps: [connect_source]\nsegments: [technical]",
        elsewhere="level: getting-started\nsteps: [share_report]",
    )


def test_ana_gets_what_helps_with_her_step_and_not_the_article_she_has_open(shelf: Articles) -> None:
    assert names(shelf) == ["basics", "tour"]


def test_dev_who_writes_code_gets_what_is_written_for_them_first(shelf: Articles) -> None:
    assert names(shelf, "technical") == ["by_api", "basics", "tour"]


def test_a_step_or_a_segment_that_nobody_has_is_named_with_what_was_meant(tmp_path: Path) -> None:
    books, _ = read_books(None)
    found = library(tmp_path / "content", strange="steps: [conect_source]\nsegments: [tecnical]")
    told = [str(problem) for problem in wrong_guides(found, books.playbooks, None)]
    assert "unknown step conect_source, did you mean connect_source?" in told[0]
    assert "unknown segment tecnical, did you mean technical?" in told[1]


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("level: films", "`level` is"),
        ("minutes: some", "whole number"),
        ("level: video", "say where with `url`"),
        ("url: here", "https://"),
    ],
)
def test_what_is_wrong_in_front_of_an_article_is_said(tmp_path: Path, front: str, said: str) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "one.md").write_text(f"---\n{front}\n---\nHere is how.\n")
    _, problems = load_articles([tmp_path / "content"])
    assert any(said in str(problem) for problem in problems)
