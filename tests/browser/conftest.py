"""The system's Chromium, and demos for it to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from town import Town
from visiting import PATIENCE, Demos, Visitor

expect.set_options(timeout=PATIENCE)


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
