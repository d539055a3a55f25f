"""The system's Chromium, for every test that looks at a page: a conftest imports both fixtures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

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
