"""The system's Chromium, and demos for it to look at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from town import Town
from visiting import PATIENCE, Demos, Visitor

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIETLY = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NONE_HERE = f"THE BROWSER TESTS DID NOT RUN: no Chromium on this machine (looked for {', '.join(CHROMIUM)})"

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where it is. Without one the tests are skipped, or fail where HANDRAIL_BROWSER_TESTS=required."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None and os.environ.get("HANDRAIL_BROWSER_TESTS") == "required":
        pytest.fail(NONE_HERE)
    return found or pytest.skip(NONE_HERE)


@pytest.fixture(scope="module")  # not for the session: while it is open, no test of this thread can use asyncio
def browser(chromium: str) -> Iterator[Browser]:
    """One browser; every visitor has a profile of their own in it."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(QUIETLY))
        yield launched
        launched.close()


@pytest.fixture
def demos(chromium: str, tmp_path: Path) -> Iterator[Demos]:  # noqa: ARG001 - no demo for nobody
    found = Demos(tmp_path / "demo")
    yield found
    found.end()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Visitors of towns; when they leave, none may have a complaint."""
    visitors: list[Visitor] = []

    def come(town: Town, *, width: int = 1440, height: int = 900, **settings: Any) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", **settings)
        context.set_default_timeout(PATIENCE)
        visitors.append(Visitor(context.new_page(), town))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.page.context.close()
    for visitor in visitors:
        visitor.is_at_peace()


@pytest.fixture
def newcomer(demos: Demos, visit: Callable[..., Visitor]) -> Visitor:
    """Somebody who opens the page for the first time."""
    visitor = visit(demos.start())
    visitor.opens()
    return visitor
