"""The story of a person, as a colleague and axe see it: wide and narrow, light and dark, empty, typical and crowded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from everybody import everybody_can_read
from playwright.sync_api import expect
from town import Town, a_town
from visiting import Visitor

LONG_NAME = "Maximiliana Constantina von Hohenstaufen-Wittelsbach zu Baldern"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Nobody has asked anything of Nele, Ana was helped once, and Max writes a lot."""
    with a_town(tmp_path_factory.mktemp("told")) as town:
        town.newcomer("Nele")
        town.newcomer("Max", in_slack=True, name=LONG_NAME, goal="weekly revenue for my boss, without asking the data team " * 3)
        town.says("I'm stuck, it says invalid host")
        town.team_presses("Claim")
        town.team_writes("Use the read-only user, port 5432.")
        town.until(town.demo.now() + timedelta(seconds=11))
        for n in range(12):
            host = "https://a-very-long-host-name-that-nobody-can-break.eu-central-1.rds.amazonaws.com:5432/reports"
            town.says(f"I'm stuck, error {n}: {host} is invalid", "U_MAX")
        town.days(4)
        yield town


@pytest.mark.parametrize("email", ["nele@solo.test", "ana@acme.test", "max@solo.test"])
def test_a_story_can_be_read_by_everybody(told: Town, visit: Callable[..., Visitor], email: str) -> None:
    person = told.house.reports.find_person(email)
    assert person is not None
    reader = visit(told)
    reader.opens(told.house.links.story(person.id, told.demo.now()))
    expect(reader.page.get_by_role("heading", level=1)).to_contain_text(person.name)
    everybody_can_read(reader)
    reader.page.evaluate("() => document.querySelectorAll('details').forEach(fold => (fold.open = true))")
    everybody_can_read(reader)


def test_what_happened_is_narrowed_by_keyboard(told: Town, visit: Callable[..., Visitor]) -> None:
    person = told.house.reports.find_person("ana@acme.test")
    assert person is not None
    reader = visit(told)
    reader.opens(told.house.links.story(person.id, told.demo.now()))
    reader.tabs_to(reader.page.get_by_role("link", name="Messages"))
    reader.page.keyboard.press("Enter")
    expect(reader.page.get_by_role("link", name="Messages")).to_have_attribute("aria-current", "true")
    expect(reader.page.get_by_role("link", name="Everything")).not_to_have_attribute("aria-current", "true")
