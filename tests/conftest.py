"""Towns for every test that walks through the whole house."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest
from a_browser import browser, chromium  # noqa: F401 - fixtures for every room
from databases import as_in_production, databases, empty_url, kind, migrated, postgres, quick_sqlite, url  # noqa: F401
from sqlalchemy import Engine, create_engine
from town import Town, build_town

import bot.main
from bot.playground.demo import Demo
from bot.shelf import read_books
from flows.document import Document, read_document


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A skip is easily overlooked; one whose reason says that something DID NOT RUN is not."""
    skipped = terminalreporter.stats.get("skipped", ())
    for reason in sorted({str(report.longrepr[2]) for report in skipped if "DID NOT RUN" in str(report.longrepr)}):
        terminalreporter.write_line(reason.removeprefix("Skipped: "), yellow=True, bold=True)
    for report in [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())]:
        for name, text in report.user_properties:
            if name == "ledger":  # of chaos: what became of every intent
                terminalreporter.write_line(f"\n{text}")


@pytest.fixture(scope="session", autouse=True)
def shipped_books_once() -> Iterator[None]:
    """The shipped playbooks and messages are read once and not for every town: they are most of what a start costs, and never change."""
    read, shipped = bot.main.read_books, cache(lambda: read_books(None))
    bot.main.read_books = lambda project: read(project) if project else shipped()
    yield
    bot.main.read_books = read


@pytest.fixture(scope="session", autouse=True)
def each_text_is_parsed_once() -> Iterator[None]:
    """Parsing YAML is most of what reading a project costs, and hundreds of tests read the shipped playbooks beside a line of their own."""
    parsed = lru_cache(maxsize=4000)(read_document)

    def read(text: str, file: str) -> Document:
        found = parsed(text, file)
        return replace(found, data=deepcopy(found.data))

    with pytest.MonkeyPatch.context() as patch:
        for room in ("module_files", "reading", "sessions", "translations"):
            patch.setattr(f"flows.{room}.read_document", read)
        yield


@pytest.fixture(autouse=True)
def close_databases(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A database that a test opened and forgot ends with it; newer Pythons warn of those."""
    opened: list[Engine] = []

    def recorded(*given: Any, **options: Any) -> Engine:
        opened.append(create_engine(*given, **options))
        return opened[-1]

    monkeypatch.setattr("storage.database.create_engine", recorded)
    yield
    for engine in opened:
        engine.dispose()


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[Callable[..., Town]]:
    """Towns on demand; all end with the test."""
    open_ones: list[Demo] = []

    def found(folder: str = "town", project: Path | None = None, settings: Mapping[str, Any] | None = None) -> Town:
        demo = Demo(build_town, tmp_path / folder, project=project, beating=False, settings=settings)
        open_ones.append(demo)
        demo.start()
        demo.house.settle()
        return Town(demo)

    yield found
    for demo in open_ones:
        demo.stop(keep=True)


@pytest.fixture
def town(towns: Callable[..., Town]) -> Town:
    """Ana signed up a minute ago."""
    return towns()
