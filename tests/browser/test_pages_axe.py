"""Every page, as axe sees it: wide and narrow, light and dark, without one violation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from everybody import PHONE, WIDE, axe_is_content, everybody_can_read
from in_slack import passes, resolves
from playwright.sync_api import expect
from town import Town
from visiting import Demos, Visitor

PANES = ("Inbox", "Product", "Team", "Why", "Slack")
NOT_OF_A_MAIL = ("landmark-one-main", "page-has-heading-one", "region")
"""The mail program around it has the landmarks, and the subject for a heading."""


def every_pane_can_be_read(visitor: Visitor) -> None:
    """Wide, where all panes are seen at once, and each pane on a phone."""
    visitor.page.set_viewport_size(WIDE)
    axe_is_content(visitor.page)
    visitor.page.set_viewport_size(PHONE)
    for name in PANES:
        visitor.page.get_by_role("navigation").get_by_role("button", name=name).click()
        axe_is_content(visitor.page, f"#{name.lower()}")


@pytest.fixture(scope="module")
def busy(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:  # noqa: ARG001 - no demo for nobody
    """Two days on: Ana has done a step, said what she wants, and been helped once; now she waits for help again."""
    demos = Demos(tmp_path_factory.mktemp("busy"))
    town = demos.start()
    town.presses("Show me how")
    town.days(1)
    town.says("I'm stuck, it says invalid host")
    town.team_presses("Claim")
    town.team_writes("Use the read-only user, port 5432.")
    town.team_writes("I know the answer too.", user="U_TOM")
    passes(town, seconds=11)
    resolves(town)
    town.presses("Yes")
    town.uses("source.connected")
    town.days(1)
    town.says("what is this?")
    town.says("talk to a human")
    yield town
    demos.end()


@pytest.fixture
def guest(busy: Town, visit: Callable[..., Visitor]) -> Iterator[Visitor]:
    """Somebody who looks in there, and leaves no dialog open behind them."""
    yield visit(busy)
    busy.acts.close_modal("U_ANA")


def address(town: Town, purpose: Literal["page", "unsubscribe"]) -> str:
    """A link as Ana finds it in her mails."""
    ana = town.house.reports.find_person("ana@acme.test")
    assert ana is not None
    links = town.house.links.of(ana.id, town.demo.now())
    return links.page if purpose == "page" else links.unsubscribe


def test_the_playground_as_a_newcomer_finds_it(newcomer: Visitor) -> None:
    every_pane_can_be_read(newcomer)


def test_the_playground_with_a_case(guest: Visitor) -> None:
    guest.opens()
    guest.team.get_by_role("button", name=re.compile("repl(y|ies)"), expanded=False).first.click()
    guest.sees("Ana Ruiz says it is solved. Closed.", guest.team)
    every_pane_can_be_read(guest)


def test_the_playground_is_light_or_dark_as_its_reader_likes(guest: Visitor) -> None:
    guest.opens()
    body = guest.page.locator("body")
    expect(body).to_have_css("background-color", "rgb(251, 250, 247)")
    guest.page.emulate_media(color_scheme="dark")
    expect(body).to_have_css("background-color", "rgb(21, 24, 27)")


def test_a_mail_that_is_open(guest: Visitor) -> None:
    guest.opens()
    guest.page.locator(".mail").first.click()
    expect(guest.page.frame_locator("#mail-frame").get_by_role("link").first).to_be_visible()
    axe_is_content(guest.page, "#inbox")
    guest.page.set_viewport_size(PHONE)
    guest.page.get_by_role("navigation").get_by_role("button", name="Inbox").click()
    axe_is_content(guest.page, "#inbox")


def test_her_home(guest: Visitor) -> None:
    guest.opens()
    guest.page.get_by_role("tab", name="Home").click()
    expect(guest.page.locator("#home-blocks")).to_contain_text("Connect your first data source")
    everybody_can_read(guest, "#slack")


def test_a_dialog(guest: Visitor) -> None:
    guest.opens()
    guest.presses("Say what you want", guest.ana)
    expect(guest.dialog).to_be_visible()
    everybody_can_read(guest, "dialog[open]")


def test_her_own_page(guest: Visitor) -> None:
    guest.opens(address(guest.town, "page"))
    expect(guest.page.get_by_role("heading", level=1)).to_contain_text("Ana")
    everybody_can_read(guest)
    guest.page.evaluate("() => document.querySelectorAll('details').forEach(fold => (fold.open = true))")
    everybody_can_read(guest)


@pytest.mark.parametrize("asked", ["done&step=pick_goal", "snooze&until=tomorrow", "stop"])
def test_what_a_link_in_a_mail_asks_before_it_does_something(guest: Visitor, asked: str) -> None:
    guest.opens(f"{address(guest.town, 'page')}?do={asked}")
    expect(guest.page.get_by_role("button")).to_have_count(1)
    everybody_can_read(guest)


def test_unsubscribing_and_thinking_better_of_it(guest: Visitor) -> None:
    guest.opens(address(guest.town, "unsubscribe"))
    for _ in ("she is asked", "it is done"):
        everybody_can_read(guest)
        before = guest.page.get_by_role("main").inner_text()
        guest.page.get_by_role("button").first.click()
        expect(guest.page.get_by_role("main")).not_to_have_text(before)
    everybody_can_read(guest)


def test_a_link_that_does_not_open(guest: Visitor) -> None:
    guest.opens("/p/somebody-elses")
    expect(guest.page.get_by_role("heading", level=1)).to_be_visible()
    everybody_can_read(guest)
    guest.forgives("404")


@pytest.mark.parametrize("nth", [0, -1])
def test_a_mail(busy: Town, visit: Callable[..., Visitor], nth: int) -> None:
    reader = visit(busy, bypass_csp=True)  # the policy of the mail lets nobody's scripts run, not even those that check it
    reader.opens(f"/playground/api/mail/{busy.inbox()[nth].id}")
    everybody_can_read(reader, without=NOT_OF_A_MAIL)
    reader.forgives("favicon.ico")
