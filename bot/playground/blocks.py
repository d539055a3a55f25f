"""Block Kit as tables: what each block and element may hold, on which surface, and Slack's limits.

Blocks that the app has no use for (tables, task cards, rich text) are let through as objects on the surfaces
that allow them; everything else is checked to the last character.
"""

from __future__ import annotations

from typing import Any, Literal

from bot.playground.block_ids import repeated_ids
from bot.playground.checks import (
    Check,
    any_object,
    anything,
    array,
    flag,
    integer,
    may,
    must,
    needs,
    one_of,
    said,
    schema,
    shape,
    string,
    url,
    word,
)

Surface = Literal["message", "modal", "home"]

MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
MOST_CHARACTERS_IN_A_MESSAGE = 13_200

ID = string(255)
KIND = must(anything)  # one_of has looked at it already


def plain(most: int) -> Check:
    """A plain_text object."""
    return schema(shape(type=must(word("plain_text")), text=must(string(most)), emoji=may(flag)))


def text(most: int) -> Check:
    """A text object, plain or mrkdwn."""
    kinds = {
        "plain_text": shape(type=KIND, text=must(string(most)), emoji=may(flag)),
        "mrkdwn": shape(type=KIND, text=must(string(most)), verbatim=may(flag)),
    }
    return schema(one_of(kinds))


OPTION = shape(text=must(text(75)), value=must(string(150)), description=may(text(75)), url=may(url(3000)))
OPTION_GROUP = shape(label=must(plain(75)), options=must(array(OPTION, 100)))
CONFIRM = shape(
    title=must(plain(100)), text=must(text(300)), confirm=must(plain(30)), deny=must(plain(30)), style=may(word("primary", "danger"))
)
PLACEHOLDER = may(plain(150))
CONFIRMED = may(CONFIRM)
FOCUS = may(flag)
ACTION = may(ID)
TYPED = {"type": KIND, "action_id": ACTION, "placeholder": PLACEHOLDER, "focus_on_load": FOCUS, "dispatch_action_config": may(any_object)}
CHOSEN = {"type": KIND, "action_id": ACTION, "placeholder": PLACEHOLDER, "focus_on_load": FOCUS, "confirm": CONFIRMED}
LISTED = {"options": may(array(OPTION, 100)), "option_groups": may(array(OPTION_GROUP, 100))}
SEVERAL = may(integer)
NAMES = may(array(ID, 100))
IMAGE = {"image_url": may(url(3000)), "slack_file": may(any_object), "alt_text": must(string(2000))}

ELEMENTS: dict[str, Check] = {
    "button": shape(
        type=KIND,
        text=must(plain(75)),
        action_id=ACTION,
        url=may(url(3000)),
        value=may(string(2000)),
        style=may(word("primary", "danger")),
        confirm=CONFIRMED,
        accessibility_label=may(string(75)),
    ),
    "overflow": shape(type=KIND, action_id=ACTION, options=must(array(OPTION, 5)), confirm=CONFIRMED),
    "static_select": needs("options", "option_groups", of=shape(**CHOSEN, **LISTED, initial_option=may(OPTION))),
    "multi_static_select": needs(
        "options", "option_groups", of=shape(**CHOSEN, **LISTED, initial_options=may(array(OPTION, 100)), max_selected_items=SEVERAL)
    ),
    "external_select": shape(**CHOSEN, initial_option=may(OPTION), min_query_length=SEVERAL),
    "users_select": shape(**CHOSEN, initial_user=may(ID)),
    "multi_users_select": shape(**CHOSEN, initial_users=NAMES, max_selected_items=SEVERAL),
    "channels_select": shape(**CHOSEN, initial_channel=may(ID), response_url_enabled=may(flag)),
    "conversations_select": shape(
        **CHOSEN,
        initial_conversation=may(ID),
        default_to_current_conversation=may(flag),
        response_url_enabled=may(flag),
        filter=may(any_object),
    ),
    "datepicker": shape(**CHOSEN, initial_date=may(string(10, 10))),
    "timepicker": shape(**CHOSEN, initial_time=may(string(5, 5)), timezone=may(ID)),
    "datetimepicker": shape(type=KIND, action_id=ACTION, initial_date_time=may(integer), focus_on_load=FOCUS, confirm=CONFIRMED),
    "checkboxes": shape(
        type=KIND,
        action_id=ACTION,
        options=must(array(OPTION, 10)),
        initial_options=may(array(OPTION, 10)),
        focus_on_load=FOCUS,
        confirm=CONFIRMED,
    ),
    "radio_buttons": shape(
        type=KIND, action_id=ACTION, options=must(array(OPTION, 10)), initial_option=may(OPTION), focus_on_load=FOCUS, confirm=CONFIRMED
    ),
    "plain_text_input": shape(
        **TYPED, initial_value=may(string(3000, 0)), multiline=may(flag), min_length=may(integer), max_length=may(integer)
    ),
    "email_text_input": shape(**TYPED, initial_value=may(string(3000))),
    "url_text_input": shape(**TYPED, initial_value=may(string(3000))),
    "number_input": shape(
        **TYPED,
        is_decimal_allowed=must(flag),
        initial_value=may(string(3000)),
        min_value=may(string(3000)),
        max_value=may(string(3000)),
    ),
    "image": needs("image_url", "slack_file", of=shape(type=KIND, **IMAGE)),
    "plain_text": text(2000),
    "mrkdwn": text(2000),
}


def elements(*names: str) -> Check:
    """One of the named elements."""
    return one_of({name: ELEMENTS[name] for name in names})


PICKERS = ("datepicker", "timepicker", "checkboxes", "radio_buttons")
SELECTS = ("static_select", "external_select", "users_select", "channels_select", "conversations_select")
MULTIPLE = ("multi_static_select", "multi_users_select")
TEXT_INPUTS = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
BLOCK_ID = may(ID)

EVERYWHERE: dict[str, Check] = {
    "section": needs(
        "text",
        "fields",
        of=shape(
            type=KIND,
            block_id=BLOCK_ID,
            text=may(text(3000)),
            fields=may(array(text(2000), 10)),
            accessory=may(elements("button", "overflow", "image", *SELECTS, *MULTIPLE, *PICKERS)),
            expand=may(flag),
        ),
    ),
    "divider": shape(type=KIND, block_id=BLOCK_ID),
    "header": shape(type=KIND, block_id=BLOCK_ID, text=must(plain(150))),
    "context": shape(type=KIND, block_id=BLOCK_ID, elements=must(array(elements("image", "plain_text", "mrkdwn"), 10))),
    "actions": shape(
        type=KIND, block_id=BLOCK_ID, elements=must(array(elements("button", "overflow", "datetimepicker", *SELECTS, *PICKERS), 25))
    ),
    "image": needs("image_url", "slack_file", of=shape(type=KIND, block_id=BLOCK_ID, **IMAGE, title=may(plain(2000)))),
    "input": shape(
        type=KIND,
        block_id=BLOCK_ID,
        label=must(plain(2000)),
        element=must(elements("datetimepicker", *SELECTS, *MULTIPLE, *PICKERS, *TEXT_INPUTS)),
        hint=may(plain(2000)),
        optional=may(flag),
        dispatch_action=may(flag),
    ),
    "rich_text": shape(type=KIND, block_id=BLOCK_ID, elements=must(array(any_object, 100))),
    "video": any_object,
}
MESSAGES_ONLY: dict[str, Check] = {
    "markdown": shape(type=KIND, block_id=BLOCK_ID, text=must(string(12_000))),
    **dict.fromkeys(("task_card", "plan", "context_actions", "table", "file"), any_object),
}
BLOCKS: dict[Surface, Check] = {
    "message": one_of(EVERYWHERE | MESSAGES_ONLY),
    "modal": one_of(EVERYWHERE),
    "home": one_of(EVERYWHERE),
}
NOTE = may(string(255, 0))
OF_EVERY_VIEW = {"type": KIND, "callback_id": NOTE, "external_id": NOTE, "private_metadata": may(string(3000, 0))}
VIEWS: dict[str, Check] = {
    "modal": shape(
        **OF_EVERY_VIEW,
        title=must(plain(24)),
        submit=may(plain(24)),
        close=may(plain(24)),
        clear_on_close=may(flag),
        notify_on_close=may(flag),
        blocks=must(array(BLOCKS["modal"], MOST_BLOCKS["modal"], 0)),
    ),
    "home": shape(**OF_EVERY_VIEW, blocks=must(array(BLOCKS["home"], MOST_BLOCKS["home"], 0))),
}


def problems_of_blocks(blocks: Any, surface: Surface = "message") -> list[str]:
    """What Slack would say against these blocks; empty when it would take them."""
    found = list(array(BLOCKS[surface], MOST_BLOCKS[surface], 0)(blocks, "/blocks"))
    return found or list(repeated_ids(blocks, "/blocks"))


def problems_of_view(view: Any) -> list[str]:
    """What Slack would say against this Home or dialog; empty when it would take it."""
    found = list(schema(one_of(VIEWS))(view, "/view"))
    if found:
        return found
    asks = any(block["type"] == "input" for block in view["blocks"])
    if view["type"] == "modal" and asks and "submit" not in view:
        return [said("missing required field: submit (there is an input block)", "/view")]
    return list(repeated_ids(view["blocks"], "/view/blocks"))


def characters(value: Any) -> int:
    """How many characters of text there are in some blocks."""
    if isinstance(value, list):
        return sum(characters(item) for item in value)
    if isinstance(value, dict):
        return sum(len(item) if key == "text" and isinstance(item, str) else characters(item) for key, item in value.items())
    return 0
