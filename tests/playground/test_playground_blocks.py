"""Block Kit's rules, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from bot.playground.block_ids import with_ids
from bot.playground.blocks import characters, problems_of_blocks, problems_of_view


def words(text: str = "Hi", kind: str = "plain_text") -> dict[str, Any]:
    return {"type": kind, "text": text}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": words("Done"), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def section(text: str = "Hi", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": words(text, "mrkdwn"), **more}


def options(count: int) -> list[dict[str, Any]]:
    return [{"text": words(str(n)), "value": str(n)} for n in range(count)]


def menu(count: int) -> dict[str, Any]:
    return {"type": "static_select", "options": options(count)}


FINE = [
    section(),
    section("x" * 3000),
    {"type": "section", "fields": [words(kind="mrkdwn")] * 10},
    section(accessory=button(style="primary", url="https://acme.test/x", value="{}")),
    section(accessory={"type": "image", "image_url": "https://acme.test/x.png", "alt_text": "A post"}),
    {"type": "divider"},
    {"type": "header", "text": words("x" * 150)},
    {"type": "context", "elements": [words("a", "mrkdwn"), {"type": "image", "image_url": "https://acme.test/x.png", "alt_text": "a"}]},
    actions(*[button(action_id=f"done:{n}") for n in range(25)]),
    actions({"type": "overflow", "options": options(5)}, menu(100)),
    {"type": "input", "label": words("Goal"), "element": {"type": "plain_text_input", "multiline": True}},
    {"type": "markdown", "text": "**Hi**"},
]

WRONG = [
    (section("x" * 3001), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    (section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ({"type": "section"}, "missing required field: text [json-pointer:/blocks/0]"),
    ({"type": "section", "fields": [words("x" * 2001)]}, "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"),
    ({"type": "section", "fields": [words()] * 11}, "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
    (section(colour="red"), "invalid additional property: colour [json-pointer:/blocks/0]"),
    (section(accessory=words()), "unsupported type: plain_text [json-pointer:/blocks/0/accessory/type]"),
    ({"type": "header", "text": words("x" * 151)}, "must be less than 151 characters [json-pointer:/blocks/0/text/text]"),
    ({"type": "header", "text": words(kind="mrkdwn")}, "value must be one of plain_text [json-pointer:/blocks/0/text/type]"),
    ({"type": "context", "elements": [words()] * 11}, "no more than 10 items allowed [json-pointer:/blocks/0/elements]"),
    ({"type": "context", "elements": [button()]}, "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"),
    (actions(), "no less than 1 items allowed [json-pointer:/blocks/0/elements]"),
    (actions(*[button()] * 26), "no more than 25 items allowed [json-pointer:/blocks/0/elements]"),
    (actions(button(value="x" * 2001)), "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"),
    (actions(button(style="warning")), "value must be one of primary, danger [json-pointer:/blocks/0/elements/0/style]"),
    (actions(button(url="no address")), "must be a valid URL [json-pointer:/blocks/0/elements/0/url]"),
    (actions({"type": "button", "text": words("x" * 76)}), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"),
    (actions({"type": "overflow", "options": options(6)}), "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    (actions(menu(101)), "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    (actions({"type": "plain_text_input"}), "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"),
    ({"type": "image", "alt_text": "x"}, "missing required field: image_url [json-pointer:/blocks/0]"),
    ({"type": "banner"}, "unsupported type: banner [json-pointer:/blocks/0/type]"),
    ({}, "missing required field: type [json-pointer:/blocks/0]"),
    ("hello", "must provide an object [json-pointer:/blocks/0]"),
    (
        actions(button(action_id="done"), button(action_id="done")) | {"block_id": "b"},
        "action_id done already exists for block_id b [json-pointer:/blocks/0]",
    ),
]


@pytest.mark.parametrize("block", FINE, ids=lambda block: block["type"])
def test_slack_would_show_this(block):
    assert problems_of_blocks([block]) == []


@pytest.mark.parametrize(("block", "problem"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_slack_would_say_what_is_wrong_and_where(block, problem):
    assert problem in problems_of_blocks([block])


def test_a_message_has_at_most_fifty_blocks_and_a_home_a_hundred():
    assert problems_of_blocks([section()] * 50) == []
    assert problems_of_blocks([section()] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert problems_of_view({"type": "home", "blocks": [section()] * 100}) == []
    assert problems_of_view({"type": "home", "blocks": [section()] * 101})


def test_two_blocks_cannot_share_an_id():
    twice = [section(block_id="a"), section(block_id="a")]
    assert problems_of_blocks(twice) == ["block_id a already exists [json-pointer:/blocks/1/block_id]"]


def test_markdown_blocks_are_for_messages_and_not_for_the_home_tab():
    home = {"type": "home", "blocks": [{"type": "markdown", "text": "Hi"}]}
    assert "unsupported type: markdown [json-pointer:/view/blocks/0/type]" in problems_of_view(home)


@pytest.mark.parametrize("name", ["title", "submit", "close"])
def test_a_dialog_has_room_for_24_characters_in_its_title_and_buttons(name):
    dialog = {"type": "modal", "title": words(), "submit": words(), "close": words(), "blocks": []}
    assert problems_of_view(dialog) == []
    assert f"must be less than 25 characters [json-pointer:/view/{name}/text]" in problems_of_view(dialog | {name: words("x" * 25)})


def test_private_metadata_holds_three_thousand_characters():
    home = {"type": "home", "blocks": [], "private_metadata": "x" * 3001}
    assert "must be less than 3001 characters [json-pointer:/view/private_metadata]" in problems_of_view(home)


def test_a_dialog_that_asks_has_a_submit_button():
    asks = {"type": "input", "label": words(), "element": {"type": "plain_text_input"}}
    dialog = {"type": "modal", "title": words(), "blocks": [asks]}
    assert len(problems_of_view(dialog)) == 1
    assert problems_of_view(dialog | {"submit": words()}) == []


def test_what_has_no_id_gets_one_and_what_has_one_keeps_it():
    kept = with_ids([actions(button(), button(action_id="done")), section(block_id="mine", accessory=button())])
    assert [element["action_id"] for element in kept[0]["elements"]] == ["b0a0", "done"]
    assert [block["block_id"] for block in kept] == ["b0", "mine"]
    assert kept[1]["accessory"]["action_id"] == "b1a"


def test_the_length_of_a_message_is_that_of_its_texts():
    assert characters([section("abc", accessory=button(value="not counted"))]) == len("abc") + len("Done")
