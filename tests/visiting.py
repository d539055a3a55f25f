"""Visitors of the playground: a real browser on its pages, what it asked for, what it complained of; and demos to visit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Error, Frame, Locator, Page, Request, expect
from town import Town, build_town

from bot.playground.demo import Demo

PATIENCE = 10_000
"""Milliseconds in which something must be seen; on a free machine it takes a twentieth."""

_TABS = 60
"""No control of the page is further away than this many presses of Tab."""


@dataclass
class Visitor:
    """Somebody at the page, in whose browser nothing may go wrong unseen."""

    page: Page
    town: Town
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    pages_loaded: int = 0

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", self._failed)
        self.page.on("framenavigated", self._came_to)
        self.page.context.on("request", self._asked_for)

    def opens(self, path: str = "/") -> None:
        """`path`: on this server, or an address of it."""
        self.page.goto(self.town.demo.app_url + path.removeprefix(self.town.demo.app_url))
        if path == "/":
            expect(self.ana.get_by_role("article").first).to_be_visible()

    # What is where

    @property
    def ana(self) -> Locator:
        """Her conversation with Handrail."""
        return self.page.get_by_role("region", name="Conversation with Handrail")

    @property
    def team(self) -> Locator:
        """The channel of those who help her."""
        return self.page.get_by_role("region", name="Cards and threads")

    @property
    def dialog(self) -> Locator:
        """The modal in front of her."""
        return self.page.get_by_role("dialog")

    # What they do

    def presses(self, words: str, where: Locator | None = None) -> None:
        """Click the latest button that shows these words."""
        buttons = (where or self.page.locator("body")).locator("button:visible, a.button:visible")
        buttons.filter(has_text=words).last.click()

    def tabs_to(self, control: Locator) -> None:
        """Reach a control as people without a mouse do."""
        for _ in range(_TABS):
            self.page.keyboard.press("Tab")
            if control.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{control} can't be reached by Tab")

    def replies_as_maya(self, text: str) -> None:
        """Write into the thread of the latest card."""
        line = self.team.get_by_label("Reply as Maya, in the thread").last
        line.fill(text)
        line.press("Enter")

    def waits_until(self, happens: Callable[[], object]) -> None:
        """For what the page does not show."""
        for _ in range(PATIENCE // 50):
            if happens():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("it did not happen")

    # What they see

    def sees(self, words: str, where: Locator | None = None) -> None:
        """Wait until these words stand there."""
        expect((where or self.page.locator("body")).get_by_text(words).last).to_be_visible()

    def nothing_scrolls_sideways(self) -> None:
        """Neither the page nor a part of it that scrolls is wider than its place."""
        wide = self.page.evaluate(
            "() => [document.documentElement, ...document.querySelectorAll('.scroll')]"
            ".filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth).map(one => one.id || one.className || one.tagName)"
        )
        assert not wide, f"these are wider than their place: {wide}"

    def forgives(self, part: str) -> None:
        """The test itself may have called for such a complaint."""
        self.complaints[:] = [complaint for complaint in self.complaints if part not in complaint]

    def is_at_peace(self) -> None:
        """No error, no breach of the page's policy, nothing asked of any other machine."""
        assert not self.complaints, self.complaints
        home = urlsplit(self.town.demo.app_url).netloc
        abroad = [url for url in self.asked if urlsplit(url).netloc != home]
        assert self.asked, "nothing was noticed of what was asked for"
        assert not abroad, abroad

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _failed(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _came_to(self, frame: Frame) -> None:
        self.pages_loaded += frame is self.page.main_frame

    def _asked_for(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in ("data", "about", "blob"):
            self.asked.append(request.url)


class Demos:
    """Demos that beat, as `handrail demo` starts them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[Demo] = []

    def start(self, project: Path | None = None, *, port: int = 0) -> Town:
        """A demo goes on where the last one in this place ended."""
        demo = Demo(build_town, self._folder, port=port, project=project)
        self._running.append(demo)
        demo.start()
        return Town(demo)

    def end(self) -> None:
        """All that run end, and keep what they know."""
        while self._running:
            self._running.pop().stop(keep=True)
