"""Ana's inbox in a real browser: she answers by keyboard and by mouse, with and without a file, and her address may bounce."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from everybody import axe_is_content
from playwright.sync_api import Browser, Page, expect

from bot.playground.mail_account import MailAccount

PATIENCE = 10_000
SUBJECT = "Your first report"
A_MAIL = {
    "personalizations": [{"to": [{"email": "ana@acme.test", "name": "Ana"}]}],
    "from": {"email": "hello@vendor.test", "name": "Tally"},
    "reply_to": {"email": "reply+abc@reply.vendor.test"},
    "subject": SUBJECT,
    "content": [
        {"type": "text/plain", "value": "Hi Ana"},
        {"type": "text/html", "value": "<html lang=en><head><title>Hi</title></head><body><main><h1>Hi Ana</h1></main></body></html>"},
    ],
}


@pytest.fixture
def inbox(browser: Browser, stage: Any) -> Iterator[Page]:
    """Ana has a mail that can be answered, and looks at her inbox; nothing may go wrong unseen."""
    stage.world.account = MailAccount(reports=True, reply_domain="reply.vendor.test", inbound_secret="the-secret-of-the-door")
    stage.mail.send(A_MAIL)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.goto(f"{stage.url}/")
    expect(page.get_by_role("button", name=SUBJECT)).to_be_visible()
    yield page
    context.close()
    stage.world.account = MailAccount()
    assert not complaints, complaints


def test_ana_answers_by_keyboard_and_sees_what_she_wrote(inbox: Page, stage: Any) -> None:
    inbox.get_by_role("button", name=SUBJECT).press("Enter")
    expect(inbox.get_by_role("heading", name=SUBJECT)).to_be_focused()
    field = inbox.get_by_label("Answer this mail")
    field.press_sequentially("done")
    field.press("Enter")
    field.press_sequentially("That was quick.")
    axe_is_content(inbox, "#inbox")
    field.press("Control+Enter")
    expect(inbox.locator("#mail-list")).to_contain_text("You wrote")
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    expect(inbox.locator("#news")).to_have_text("Your answer is sent")
    [mine] = stage.world.sent_by("ana@acme.test")
    assert (mine.text, mine.to) == ("done\nThat was quick.", "reply+abc@reply.vendor.test")
    assert [path for path, _ in stage.tracked] == ["/email/inbound/the-secret-of-the-door"]


def test_ana_attaches_a_picture_and_changes_her_mind_once(inbox: Page, stage: Any) -> None:
    inbox.get_by_role("button", name=SUBJECT).click()
    chosen = inbox.get_by_label("Attach a file")
    chosen.set_input_files({"name": "wrong.png", "mimeType": "image/png", "buffer": b"x"})
    expect(inbox.get_by_text("wrong.png")).to_be_visible()
    inbox.get_by_role("button", name="Without the file").click()
    expect(inbox.get_by_text("wrong.png")).to_be_hidden()
    chosen.set_input_files({"name": "what I see.png", "mimeType": "image/png", "buffer": b"PNG"})
    inbox.locator("#mail-answer").get_by_role("button", name="Send").click()
    expect(inbox.get_by_text("what I see.png")).to_be_hidden()
    [mine] = stage.world.sent_by("ana@acme.test")
    assert [file["name"] for file in mine.files] == ["what I see.png"]
    inbox.get_by_role("button", name="Back to the list").click()
    inbox.get_by_role("button", name="You wrote").click()
    with inbox.expect_download() as kept:
        inbox.get_by_role("link", name="what I see.png").click()
    assert kept.value.suggested_filename == "what I see.png"
    expect(inbox.get_by_label("Answer this mail")).to_be_hidden()
    axe_is_content(inbox, "#inbox")


def test_what_ana_began_to_write_waits_for_her(inbox: Page, stage: Any) -> None:
    stage.mail.send(A_MAIL | {"subject": "Another"})
    inbox.get_by_role("button", name=SUBJECT).click()
    inbox.get_by_label("Answer this mail").fill("I am not")
    inbox.get_by_role("button", name="Back to the list").click()
    inbox.get_by_role("button", name="Another").click()
    expect(inbox.get_by_label("Answer this mail")).to_have_value("")
    inbox.get_by_role("button", name="Back to the list").click()
    inbox.get_by_role("button", name=SUBJECT).click()
    expect(inbox.get_by_label("Answer this mail")).to_have_value("I am not")


def test_an_address_that_bounces_says_so_and_can_be_mended(inbox: Page, stage: Any) -> None:
    inbox.get_by_role("button", name=SUBJECT).click()
    inbox.get_by_role("button", name="What becomes of this mail").press("ArrowDown")
    expect(inbox.get_by_role("menuitem", name="It bounces")).to_be_focused()
    inbox.keyboard.press("Enter")
    expect(inbox.get_by_text("Mail to ana@acme.test bounces.")).to_be_visible()
    axe_is_content(inbox, "#inbox")
    assert [each["event"] for each in stage.world.reports.waiting] == ["processed", "delivered", "open", "bounce"]
    inbox.get_by_role("button", name="Deliver again").click()
    expect(inbox.get_by_text("Mail to ana@acme.test bounces.")).to_be_hidden()
    assert stage.world.shut("ana@acme.test") is None


def test_on_a_phone_ana_answers_too(inbox: Page, stage: Any) -> None:
    inbox.set_viewport_size({"width": 375, "height": 667})
    inbox.get_by_role("navigation").get_by_role("button", name="Inbox").click()
    inbox.get_by_role("button", name=SUBJECT).click()
    inbox.get_by_label("Answer this mail").fill("later")
    inbox.locator("#mail-answer").get_by_role("button", name="Send").click()
    expect(inbox.get_by_label("Answer this mail")).to_have_value("")
    assert [mail.text for mail in stage.world.sent_by("ana@acme.test")] == ["later"]
    assert inbox.evaluate("document.documentElement.scrollWidth <= innerWidth")
