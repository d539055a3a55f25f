"""A newcomer at the playground, in a real browser: three clicks, by mouse, by keyboard, on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import expect
from visiting import Demos, Visitor

SHIPPED = Path(__file__).parents[2] / "templates" / "messages"


def test_three_clicks_show_the_whole_job(newcomer: Visitor) -> None:
    newcomer.sees("Hi Ana. Four steps take you to your first report", newcomer.ana)
    newcomer.presses("Show me how", newcomer.ana)
    newcomer.sees("When the test is red", newcomer.ana)
    newcomer.presses("+1 day")
    newcomer.sees("One small step is enough for today", newcomer.ana)
    expect(newcomer.page.locator("#now")).to_have_text("Tuesday 3 March, 10:00")
    newcomer.presses("I'm stuck", newcomer.ana)
    newcomer.sees("our team answers by 14:00 your time", newcomer.ana)
    newcomer.sees("Ana Ruiz · Acme GmbH", newcomer.team)

    newcomer.presses("Claim", newcomer.team)
    newcomer.sees("Maya Chen has your question", newcomer.ana)
    newcomer.replies_as_maya("Use the read-only user, port 5432.")
    newcomer.sees("Goes to Ana Ruiz", newcomer.team)
    expect(newcomer.ana.get_by_text("Use the read-only user, port 5432.").last).to_be_visible(timeout=30_000)  # ten seconds to undo
    words = newcomer.team.get_by_role("article").filter(has_text="Use the read-only user")
    expect(words.get_by_title("Sent to the customer")).to_contain_text("✓")
    newcomer.sees("That is Handrail. Go on as you like.")

    newcomer.presses("Resolve", newcomer.team)
    newcomer.dialog.get_by_role("combobox").first.select_option(index=1)
    newcomer.presses("Ask if it's solved", newcomer.dialog)
    newcomer.sees("Maya thinks this is solved. Is it?", newcomer.ana)
    newcomer.presses("Yes", newcomer.ana)
    newcomer.sees("Ana Ruiz says it is solved. Closed.", newcomer.team)
    assert newcomer.pages_loaded == 1


def test_what_happens_elsewhere_appears_by_itself(newcomer: Visitor) -> None:
    newcomer.town.uses("source.connected")
    newcomer.sees("Tell us what you want to measure", newcomer.ana)
    newcomer.town.says("talk to a human")
    newcomer.sees("Ana Ruiz · Acme GmbH", newcomer.team)
    assert newcomer.pages_loaded == 1


def test_a_link_into_the_product_opens_its_pane_and_a_link_to_us_a_page(newcomer: Visitor) -> None:
    newcomer.presses("Open", newcomer.ana)
    expect(newcomer.page.locator("#address")).to_have_text("app.example.com/sources/new")
    newcomer.town.says("talk to a human")
    page = newcomer.team.get_by_role("link", name="Open page (opens in a new tab)")
    with newcomer.page.expect_popup() as opened:
        page.click()
    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()


def test_everything_works_without_a_mouse(newcomer: Visitor) -> None:
    newcomer.tabs_to(newcomer.ana.get_by_role("link", name="Open"))
    newcomer.page.keyboard.press("Enter")
    expect(newcomer.page.locator("#address")).to_have_text("app.example.com/sources/new")

    newcomer.tabs_to(newcomer.page.get_by_role("textbox", name="Message Handrail as Ana"))
    newcomer.page.keyboard.type("I am stuck")
    newcomer.page.keyboard.press("Enter")
    newcomer.sees("answers by 14:00 your time", newcomer.ana)


def test_escape_closes_a_dialog_and_gives_the_focus_back(newcomer: Visitor) -> None:
    newcomer.town.uses("source.connected")
    say = newcomer.ana.get_by_role("button", name="Say what you want")
    newcomer.tabs_to(say)
    newcomer.page.keyboard.press("Enter")
    expect(newcomer.dialog.get_by_role("textbox")).to_be_focused()
    newcomer.page.keyboard.press("Escape")
    expect(newcomer.dialog).to_be_hidden()
    expect(say).to_be_focused()

    newcomer.page.keyboard.press("Enter")
    expect(newcomer.dialog.get_by_role("textbox")).to_be_focused()
    newcomer.page.keyboard.type("weekly revenue for my boss")
    newcomer.tabs_to(newcomer.dialog.get_by_role("button", name="Keep it"))
    newcomer.page.keyboard.press("Enter")
    newcomer.sees("weekly revenue for my boss", newcomer.ana)
    expect(newcomer.dialog).to_be_hidden()


def test_on_a_phone_each_part_has_a_tab_and_nothing_scrolls_sideways(demos: Demos, visit: Callable[..., Visitor]) -> None:
    phone = visit(demos.start(), width=390, height=844, has_touch=True, is_mobile=True)
    phone.opens()
    tabs = phone.page.get_by_role("navigation", name="Parts of the playground")
    phone.town.says(
        "I'm stuck, it says https://a-very-long-host-name-that-nobody-can-break.eu-central-1.rds.amazonaws.com:5432/reports is invalid"
    )
    for name in ("Inbox", "Product", "Team", "Why", "Slack"):
        tabs.get_by_role("button", name=name).tap()
        expect(phone.page.locator(".pane:visible")).to_have_count(1)
        phone.nothing_scrolls_sideways()
    phone.page.get_by_role("tab", name="Home").tap()
    expect(phone.page.locator("#home-blocks")).to_contain_text("Connect your first data source")
    phone.nothing_scrolls_sideways()


def test_an_edited_file_changes_the_next_message(demos: Demos, visit: Callable[..., Visitor], tmp_path: Path) -> None:
    day3 = tmp_path / "project" / "templates" / "messages" / "day3.md"
    day3.parent.mkdir(parents=True)
    day3.write_text((SHIPPED / "day3.md").read_text())
    visitor = visit(demos.start(tmp_path / "project"))
    visitor.opens()
    visitor.town.post("/v1/identify", {"userId": "ana", "traits": {"technical": True}})  # so she is in no experiment about day 3
    shelf = visitor.town.house.shelf
    before = shelf.books
    day3.write_text(day3.read_text().replace("Your first report starts with", "Rosa here: your first report starts with"))
    visitor.waits_until(lambda: shelf.books is not before)
    for weekday in ("Tuesday", "Wednesday", "Thursday"):
        visitor.presses("+1 day")
        expect(visitor.page.locator("#now")).to_contain_text(weekday)
    visitor.sees("Rosa here: your first report starts with", visitor.ana)


def test_a_demo_that_was_cut_off_goes_on_where_it_was(demos: Demos, newcomer: Visitor) -> None:
    newcomer.presses("+1 day")
    newcomer.sees("One small step is enough for today", newcomer.ana)
    newcomer.presses("I'm stuck", newcomer.ana)
    newcomer.sees("our team answers by", newcomer.ana)
    said = newcomer.ana.get_by_role("article").all_inner_texts()

    demos.end()
    newcomer.sees("The playground does not answer")
    newcomer.town = demos.start(port=urlsplit(newcomer.town.demo.app_url).port or 0)
    expect(newcomer.page.get_by_text("The playground does not answer")).to_be_hidden()
    newcomer.forgives("ERR_")
    assert newcomer.town.demo.resumed
    assert newcomer.ana.get_by_role("article").all_inner_texts() == said
    newcomer.presses("Claim", newcomer.team)
    newcomer.sees("Maya Chen has your question", newcomer.ana)
    assert newcomer.pages_loaded == 1
