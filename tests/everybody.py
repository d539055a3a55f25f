"""Whether everybody can read a page: nothing scrolls sideways, and axe has nothing against it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize
from visiting import Visitor

WIDE, PHONE = ViewportSize(width=1440, height=3000), ViewportSize(width=390, height=3000)
"""Tall, because axe judges no colours of what is scrolled out of sight."""
AXE = Axe()


def everybody_can_read(visitor: Visitor, part: str = "html", without: Sequence[str] = ()) -> None:
    """On a screen and on a phone nothing scrolls sideways, and axe has nothing against that part (a selector) of the page."""
    for size in (WIDE, PHONE):
        visitor.page.set_viewport_size(size)
        visitor.nothing_scrolls_sideways()
        axe_is_content(visitor.page, part, without)


def axe_is_content(page: Page, part: str = "html", without: Sequence[str] = ()) -> None:
    """No violation of any rule but `without`. In the dark nothing but the colours is another."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.axe_script)
    rules = {rule: {"enabled": False} for rule in without}
    findings = [violations(page, "light", part, {"rules": rules}), violations(page, "dark", part, {"runOnly": ["color-contrast"]})]
    assert not any(findings), "\n".join([f"{page.title()}, {page.viewport_size}", *findings])


def violations(page: Page, scheme: Literal["light", "dark"], part: str, options: dict[str, Any]) -> str:
    """What axe has to say. It leaves out frames: a mail runs no scripts in its own, and is looked at by itself."""
    page.emulate_media(color_scheme=scheme)
    ask = "([part, options]) => axe.run(part, options)"
    found = AxeResults(page.evaluate(ask, [part, {"resultTypes": ["violations"], "iframes": False, **options}]))
    return f"{scheme}: {found.generate_report()}" if found.violations_count else ""
