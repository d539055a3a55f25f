"""The pages on which people choose, answer and leave: for everybody, also without a mouse, and with the longest of names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count

import pytest
from everybody import PHONE, everybody_can_read
from on_pages import page_of, person, preferences_of, unsubscribe_of
from playwright.sync_api import expect
from town import Town, a_town
from visiting import Visitor

LONG_NAME = "Maximiliana Constantina von Hohenstaufen-Wittelsbach zu Baldern"
DOMAIN = "a-company-with-a-very-long-name-and-no-end.example"
PEOPLE = (f"maximiliana.constantina.von.hohenstaufen.{n}" for n in count())


@pytest.fixture(scope="module")
def town(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:  # noqa: ARG001 - no town for nobody
    with a_town(tmp_path_factory.mktemp("consent")) as found:
        yield found


@pytest.fixture
def max_(town: Town) -> str:
    """Her address is as long as her name."""
    email = f"{next(PEOPLE)}@{DOMAIN}"
    town.newcomer(email, name=LONG_NAME, email=email)
    return email


@pytest.fixture
def reader(town: Town, visit: Callable[..., Visitor]) -> Visitor:
    return visit(town)


def test_choosing_what_she_gets(town: Town, max_: str, reader: Visitor) -> None:
    reader.opens(preferences_of(town, max_))
    expect(reader.page.get_by_role("heading", level=1)).to_be_visible()
    everybody_can_read(reader)
    reader.page.get_by_label("Your week").uncheck()
    reader.page.get_by_role("button", name="Keep it").click()
    expect(reader.page.get_by_role("status")).to_contain_text("no “Your week”")
    everybody_can_read(reader)


def test_what_is_wrong_with_the_form_is_found_by_everybody(town: Town, max_: str, reader: Visitor) -> None:
    reader.opens(preferences_of(town, max_))
    reader.page.get_by_label("Not before").fill("12:00")
    reader.page.get_by_label("Not after").fill("09:00")
    reader.page.get_by_role("button", name="Keep it").click()
    alert = reader.page.get_by_role("alert")
    expect(alert).to_contain_text("Nothing was kept yet")
    everybody_can_read(reader)
    wrong = reader.page.get_by_label("Not after")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description("This has to be later than the first time. Your own time (Europe/Berlin), on working days. Leave both empty for the usual hours.")  # fmt: skip  # noqa: E501
    alert.get_by_role("link", name="Not after").click()
    expect(wrong).to_be_focused()
    reader.forgives("422")


def test_she_chooses_and_answers_without_a_mouse(town: Town, max_: str, reader: Visitor) -> None:
    reader.page.set_viewport_size(PHONE)
    reader.opens(preferences_of(town, max_))
    tips = reader.page.get_by_label("Tips and features")
    reader.tabs_to(tips)
    reader.page.keyboard.press("Space")
    reader.tabs_to(reader.page.get_by_role("button", name="Keep it"))
    reader.page.keyboard.press("Enter")
    expect(reader.page.get_by_role("status")).to_contain_text("Kept.")
    assert dict(person(town, max_).chosen) == {"without": "tips"}
    reader.opens(f"{page_of(town, max_)}?do=answer&survey=ease&value=3")
    reader.tabs_to(reader.page.get_by_label("3", exact=True))
    reader.page.keyboard.press("ArrowRight")
    reader.tabs_to(reader.page.get_by_role("button", name="Send"))
    reader.page.keyboard.press("Enter")
    expect(reader.page.get_by_role("status")).to_contain_text("Your answer: 4")


@pytest.mark.parametrize(("survey", "value"), [("ease", "2"), ("goal_reached", "partly")])
def test_a_question_from_a_mail_and_its_thanks(town: Town, max_: str, reader: Visitor, survey: str, value: str) -> None:
    reader.opens(f"{page_of(town, max_)}?do=answer&survey={survey}&value={value}")
    expect(reader.page.locator("input:checked")).to_have_value(value)
    everybody_can_read(reader)
    reader.page.get_by_label("Anything you want to add?").fill("SELECT_" * 40)
    reader.page.get_by_role("button", name="Send").click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Thank you")
    everybody_can_read(reader)


def test_an_answer_that_is_none(town: Town, max_: str, reader: Visitor) -> None:
    reader.opens(f"{page_of(town, max_)}?do=answer&survey=ease&value=9")
    reader.page.evaluate("() => { document.querySelector('form').noValidate = true }")
    reader.page.get_by_role("button", name="Send").click()
    expect(reader.page.get_by_role("group", name="Your answer")).to_have_accessible_description("Choose one of the answers.")
    everybody_can_read(reader)
    reader.forgives("422")


def test_a_question_that_nobody_asks_any_more(town: Town, max_: str, reader: Visitor) -> None:
    reader.opens(f"{page_of(town, max_)}?do=answer&survey=bogus&value=3")
    everybody_can_read(reader)
    reader.forgives("404")


def test_a_link_that_is_too_old(town: Town, max_: str, reader: Visitor) -> None:
    reader.opens(town.house.links.page(person(town, max_).id, town.demo.now() - timedelta(days=40)))
    everybody_can_read(reader)
    reader.page.get_by_role("button").click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    everybody_can_read(reader)
    reader.forgives("410")


def test_leaving_everything_and_coming_back_to_fewer(town: Town, max_: str, reader: Visitor) -> None:
    reader.opens(unsubscribe_of(town, max_))
    everybody_can_read(reader)
    reader.page.get_by_role("button", name="Stop these e-mails").click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Stopped")
    everybody_can_read(reader)
    reader.opens(preferences_of(town, max_))
    expect(reader.page.get_by_text("You stopped our e-mails.")).to_be_visible()
    everybody_can_read(reader)
    reader.page.get_by_role("button", name="Send me e-mails again").click()
    expect(reader.page.get_by_role("status")).to_contain_text("You get messages again")
