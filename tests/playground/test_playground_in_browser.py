"""The page in a real browser, with Block Kit of every kind on it: by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

PATIENCE = 10_000


def text(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def option(value: str) -> dict[str, Any]:
    return {"text": text(value.capitalize()), "value": value}


SNOOZE = {"type": "static_select", "action_id": "snooze", "placeholder": text("Snooze"), "options": [option("tomorrow"), option("monday")]}
ASSIGN = {"type": "users_select", "action_id": "assign", "placeholder": text("Assign to")}
DAY = {"type": "datepicker", "action_id": "day", "placeholder": text("Which day"), "initial_date": "2026-03-09"}
HOUR = {"type": "timepicker", "action_id": "hour", "placeholder": text("Which hour"), "initial_time": "09:30"}
MOMENT = {"type": "datetimepicker", "action_id": "moment", "initial_date_time": 1773043200}  # 9 March, 08:00 UTC
PARTS = {"type": "checkboxes", "action_id": "parts", "options": [option("mail"), option("slack")]}
MOOD = {"type": "radio_buttons", "action_id": "mood", "options": [option("good"), option("bad")]}
MORE = {"type": "overflow", "action_id": "more", "options": [option("pause"), option("stop")]}
NOTE = {"type": "plain_text_input", "action_id": "note", "multiline": True}
EVERY_ACTION = {"type": "actions", "block_id": "all", "elements": [SNOOZE, ASSIGN, DAY, HOUR, MOMENT, PARTS, MOOD, MORE]}
ACTIONS = ("snooze", "assign", "day", "hour", "moment", "parts", "mood", "more")


def asked(block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": block_id, "label": text(block_id.capitalize()), "element": element} | more


A_DIALOG = {
    "type": "modal",
    "callback_id": "case",
    "title": text("A case"),
    "submit": text("Open it"),
    "blocks": [
        asked("reason", SNOOZE | {"placeholder": text("Choose")}),
        asked("who", ASSIGN),
        asked("day", DAY),
        asked("hour", HOUR),
        asked("moment", MOMENT, optional=True),
        asked("parts", PARTS),
        asked("mood", MOOD, optional=True),
        asked("note", NOTE),
    ],
}


@pytest.fixture
def page(browser: Browser, stage: Any) -> Iterator[Page]:
    """Somebody looks at the page, in whose browser nothing may go wrong unseen."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.goto(f"{stage.url}/")
    expect(page.get_by_role("heading", name="Ana’s Slack")).to_be_visible()
    yield page
    context.close()
    assert not complaints, complaints


@pytest.fixture
def used(stage: Any) -> Iterator[list[dict[str, Any]]]:
    """Everything that people used, chose and submitted, as the app heard it."""
    heard: list[dict[str, Any]] = []
    listeners = list(stage.bolt._listeners)

    def listen(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body)
        ack()

    for action in ACTIONS:
        stage.bolt.action(action)(listen)
    stage.bolt.view("case")(listen)
    stage.bolt.shortcut("open_case")(listen)
    stage.bolt.event("reaction_added")(listen)
    yield heard
    stage.bolt._listeners[:] = listeners


def ana(page: Page) -> Locator:
    return page.get_by_role("region", name="Conversation with Handrail")


def the_action(stage: Any, used: list[dict[str, Any]], n: int) -> dict[str, Any]:
    stage.eventually(lambda: len(used) >= n)
    action: dict[str, Any] = used[n - 1]["actions"][0]
    return action


def test_everything_in_a_message_can_be_used_by_mouse(page, stage, used):
    stage.slack.chat_postMessage(channel="D_ANA", text="A card", blocks=[EVERY_ACTION])
    card = ana(page).get_by_role("article")
    card.get_by_role("button", name="Snooze").click()
    page.get_by_role("menuitem", name="Monday").click()
    assert the_action(stage, used, 1)["selected_option"]["value"] == "monday"
    card.get_by_role("button", name="Assign to").click()
    page.get_by_role("menuitem", name="Tom Okafor").click()
    assert the_action(stage, used, 2)["selected_user"] == "U_TOM"
    card.get_by_label("Which day", exact=True).fill("2026-03-10")
    card.get_by_role("button", name="Set: Which day").click()
    assert the_action(stage, used, 3)["selected_date"] == "2026-03-10"
    card.get_by_role("button", name="Set: Which hour").click()
    assert the_action(stage, used, 4)["selected_time"] == "09:30"
    assert card.get_by_label("Date and time", exact=True).input_value() == "2026-03-09T09:00"  # where Ana lives
    card.get_by_label("Date and time", exact=True).fill("2026-04-01T10:00")
    card.get_by_role("button", name="Set: Date and time").click()
    assert the_action(stage, used, 5)["selected_date_time"] == 1775030400  # summer time by then
    card.get_by_label("Slack").check()
    assert [chosen["value"] for chosen in the_action(stage, used, 6)["selected_options"]] == ["slack"]
    card.get_by_label("Bad").check()
    assert the_action(stage, used, 7)["selected_option"]["value"] == "bad"
    card.get_by_role("button", name="More choices").click()
    page.get_by_role("menuitem", name="Stop").click()
    assert the_action(stage, used, 8)["selected_option"]["value"] == "stop"


def test_a_colleague_is_chosen_and_a_day_set_without_a_mouse(page, stage, used):
    stage.slack.chat_postMessage(channel="D_ANA", text="A card", blocks=[{**EVERY_ACTION, "elements": [ASSIGN, DAY]}])
    assign = ana(page).get_by_role("button", name="Assign to")
    expect(assign).to_be_visible()
    assign.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Ana Ruiz")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert the_action(stage, used, 1)["selected_user"] == "U_MAYA"
    ana(page).get_by_label("Which day", exact=True).focus()
    page.keyboard.press("Enter")
    assert the_action(stage, used, 2)["selected_date"] == "2026-03-09"


def test_a_dialog_of_every_kind_of_field_is_filled_in_and_sent(page, stage, used):
    stage.slack.views_open(trigger_id=stage.world.tickets.trigger("U_ANA"), view=A_DIALOG)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Open it").click()
    expect(dialog.get_by_text("Please fill this in.").first).to_be_visible()
    dialog.get_by_label("Reason").select_option("monday")
    dialog.get_by_label("Who").select_option(label="Maya Chen")
    dialog.get_by_label("Day").fill("2026-03-11")
    dialog.get_by_label("Moment").fill("2026-03-11T12:00")
    dialog.get_by_label("Mail").check()
    dialog.get_by_label("Note").fill("two\nlines")
    dialog.get_by_role("button", name="Open it").click()
    expect(dialog).to_be_hidden()
    values = used[0]["view"]["state"]["values"]
    assert values["reason"]["snooze"]["selected_option"]["value"] == "monday"
    assert values["who"]["assign"] == {"type": "users_select", "selected_user": "U_MAYA"}
    assert (values["day"]["day"]["selected_date"], values["hour"]["hour"]["selected_time"]) == ("2026-03-11", "09:30")
    assert values["moment"]["moment"]["selected_date_time"] == 1773226800
    assert [chosen["value"] for chosen in values["parts"]["parts"]["selected_options"]] == ["mail"]
    assert values["mood"]["mood"]["selected_option"] is None
    assert values["note"]["note"]["value"] == "two\nlines"


def test_ana_corrects_and_takes_back_her_own_words(page, stage):
    stage.acts.say("U_ANA", "helo")
    message = ana(page).get_by_role("article").filter(has_text="helo")
    message.hover()
    message.get_by_role("button", name="More about the message from Ana Ruiz").click()
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_label("Your message").fill("hello there")
    page.keyboard.press("Enter")
    expect(ana(page).get_by_text("hello there")).to_be_visible()
    expect(ana(page).get_by_text("(edited)")).to_be_visible()
    ana(page).get_by_role("button", name="More about the message from Ana Ruiz").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(ana(page).get_by_text("hello there")).to_be_hidden()
    assert stage.world.dm("U_ANA") == []


def test_a_case_is_opened_from_the_menu_of_a_message_and_by_an_sos(page, stage, used):
    stage.slack.chat_postMessage(channel="C_CSM_SMB", text="Ana is quiet")
    team = page.get_by_role("region", name="Cards and threads")
    more = team.get_by_role("button", name="More about the message from Handrail")
    more.focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Open a case").press("Enter")
    stage.eventually(lambda: used)
    assert (used[0]["type"], used[0]["user"]["id"], used[0]["message"]["text"]) == ("message_action", "U_MAYA", "Ana is quiet")
    more.click()
    page.get_by_role("menuitem", name="React with 🆘").click()
    expect(team.get_by_text("🆘", exact=True)).to_be_visible()
    stage.eventually(lambda: len(used) == 2)
    assert used[1]["event"]["reaction"] == "sos"


def test_files_borrowed_names_and_pictures_are_shown(page, stage):
    stage.acts.share_file("U_ANA", "U_ANA", "error log.txt", b"it broke", "what I see")
    stage.slack.chat_postMessage(channel="D_ANA", text="Maya has your question")
    face = stage.slack.users_info(user="U_MAYA")["user"]["profile"]["image_72"]
    stage.slack.chat_postMessage(channel="D_ANA", text="Use port 5432", username="Maya Chen", icon_url=face)
    about = {
        "type": "context",
        "elements": [{"type": "image", "image_url": face, "alt_text": "Maya"}, {"type": "mrkdwn", "text": "claimed"}],
    }
    stage.slack.chat_postMessage(channel="D_ANA", text="claimed", blocks=[about])
    link = ana(page).get_by_role("link", name="error log.txt")
    with page.expect_download() as kept:
        link.click()
    assert kept.value.suggested_filename == "error log.txt"
    maya = ana(page).get_by_role("article").filter(has_text="Use port 5432")
    expect(maya.get_by_text("Maya Chen")).to_be_visible()
    assert maya.locator("img.face").evaluate("image => image.naturalWidth") > 0
    assert ana(page).get_by_alt_text("Maya").evaluate("image => image.naturalWidth") > 0


def test_maya_types_a_command_in_her_channel_and_reads_her_home(page, stage):
    page.get_by_label("Message #csm-smb as Maya").fill("/handrail case ana@acme.test")
    page.keyboard.press("Enter")
    team = page.get_by_role("region", name="Cards and threads")
    expect(team.get_by_text("You said case ana@acme.test.")).to_be_visible()
    home = {"type": "home", "blocks": [{"type": "section", "text": text("My cases by due time")}]}
    stage.slack.views_publish(user_id="U_MAYA", view=home)
    page.locator("#team-channel").get_by_text("Home").click()
    expect(team.get_by_text("My cases by due time")).to_be_visible()
    page.locator("#team-channel").get_by_text("Messages").click()
    page.get_by_label("Message Handrail as Maya").fill("hello")
    page.keyboard.press("Enter")
    expect(team.get_by_text("hello")).to_be_visible()
    assert stage.world.dm("U_MAYA")[-1].text == "hello"


def test_the_newest_card_shows_its_head_however_tall_it_is(page, stage):
    tall = [{"type": "section", "text": text("A line of the case. " * 40)} for _ in range(4)]
    team = page.get_by_role("region", name="Cards and threads")
    for name in ("first", "second"):
        stage.slack.chat_postMessage(channel="C_CSM_SMB", text=name, blocks=[{"type": "header", "text": text(f"The {name} card")}, *tall])
        head = team.get_by_role("heading", name=f"The {name} card")
        expect(head).to_be_in_viewport()


def test_ben_adds_the_app_to_his_workspace_in_his_browser(browser, teams):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{teams.desk.app_url}/slack/install")
    page.get_by_role("link", name="Add to Slack").click()
    expect(page.get_by_role("heading", name="Install Handrail?")).to_be_visible()
    page.get_by_label("You are").select_option(label="Ben Sato, Acme")
    page.get_by_text("What it may do: 5 scopes").click()
    expect(page.get_by_text("im:history")).to_be_visible()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/slack/oauth_redirect?*")
    context.close()
    assert teams.acme.installed
    assert teams.acme.grants.current.installer == "U_BEN"
