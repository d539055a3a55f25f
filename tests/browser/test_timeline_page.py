"""An account's timeline, as a colleague and axe see it: wide and narrow, light and dark, empty, typical, crowded, and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from everybody import everybody_can_read
from in_slack import known
from playwright.sync_api import expect
from tasking import card, fills, presses, write_project
from town import Town, a_town
from visiting import Visitor

LONG_COMPANY = "Gesellschaft für Datenverarbeitung und Verwaltung mbH & Co. KG"
LONG_NAME = "Maximiliana Constantina von Hohenstaufen-Wittelsbach zu Baldern"
STEPS = "\n".join(
    f"""  - module: Phase {n} with a title that is rather long for a phone
    objective: What the customer has at its end
{"    opens_when: done.step_" + str(n - 1) if n > 1 else ""}
    steps:
      - {{step: step_{n}, title: Do the main thing of phase {n}, done_by: main.{n}, milestone: true, due: {n * 6} days}}
      - {{step: more_{n}, title: And one thing more, done_by: more.{n}, due: {n * 6 + 2} days}}"""
    for n in range(1, 5)
)
EVENTS = "{" + ", ".join(f"main.{n}: Main {n}, more.{n}: More {n}" for n in range(1, 5)) + ", page.viewed: A page, report.created: R}"


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Ana's company is under way for ten days and late with something; Nele has just come; Max's company has many people."""
    project = write_project(
        tmp_path_factory.mktemp("project") / "ours",
        checklist=STEPS,
        events=EVENTS,
        segments="{stage: [{is: new}]}",
        sequence="[{message: welcome, right_away: true}]",
        goal="{name: all done, when: done.step_4}",
        nudges="[]",
        surveys="[]",
        escalations="[{escalation: asked, on: says_stuck}]",
    )
    with a_town(tmp_path_factory.mktemp("way"), project) as town:
        presses(town, card(town, "Hold the kickoff", "Acme"), "Plan the meeting")
        fills(town, day="2026-03-04", clock="14:30", minutes="45", link="")
        town.newcomer("Max", name=LONG_NAME, company={"id": "max", "name": LONG_COMPANY})
        for n in range(8):
            town.newcomer(f"Mate{n}", company={"id": "max", "name": LONG_COMPANY})
        town.uses("main.1")
        town.days(10)
        presses(town, card(town, "Hold the kickoff", "Acme"), "Done")
        fills(town, note="They start with one team. " * 8, actions="They send the export until Friday\nWe import it")
        town.newcomer("Nele")
        yield town


@pytest.mark.parametrize("email", ["nele@solo.test", "ana@acme.test", "max@solo.test"])
def test_a_timeline_can_be_read_by_everybody(way: Town, visit: Callable[..., Visitor], email: str) -> None:
    reader = visit(way)
    reader.opens(way.house.links.timeline(known(way, email).id, way.demo.now()))
    expect(reader.page.get_by_role("heading", level=1)).to_be_visible()
    everybody_can_read(reader)


def test_the_picture_is_told_in_words_and_leads_to_its_phases_by_keyboard(way: Town, visit: Callable[..., Visitor]) -> None:
    reader = visit(way)
    reader.opens(way.house.links.timeline(known(way, "ana@acme.test").id, way.demo.now()))
    first = reader.page.get_by_role("img").first
    expect(first).to_have_accessible_name(re.compile(r"^Phase 1.*of 2 done.*milestone Do the main thing", re.DOTALL))
    link = reader.page.get_by_role("link", name="Phase 2")
    reader.tabs_to(link)
    reader.page.keyboard.press("Enter")
    expect(reader.page).to_have_url(re.compile("#phase-2$"))


def test_on_paper_it_is_light_and_whole(way: Town, visit: Callable[..., Visitor]) -> None:
    reader = visit(way)
    reader.opens(way.house.links.timeline(known(way, "ana@acme.test").id, way.demo.now()))
    reader.page.emulate_media(media="print", color_scheme="dark")
    expect(reader.page.locator("body")).to_have_css("color", "rgb(28, 32, 36)")
    expect(reader.page.locator(".story").first).to_be_hidden()
    expect(reader.page.get_by_role("heading", name="Phase by phase")).to_be_visible()


def test_a_link_that_is_too_old_says_where_a_new_one_is(way: Town, visit: Callable[..., Visitor]) -> None:
    reader = visit(way)
    reader.opens(way.house.links.timeline(known(way, "ana@acme.test").id, way.demo.now() - timedelta(days=8)))
    expect(reader.page.get_by_role("main")).to_contain_text("Open the timeline again")
    everybody_can_read(reader)
    reader.forgives("404")
