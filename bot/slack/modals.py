"""Dialogs."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.conversation import Speaker
from bot.slack.kit import plain
from bot.slack.limits import BLOCKS_IN_VIEW, INPUT_TEXT, METADATA, MODAL_TITLE, PLACEHOLDER, Json, fit

FIELD = "words"
"""The block and the action id of the one field: view["state"]["values"][FIELD][FIELD]["value"]."""
MOST_WORDS = 500


def goal_modal(person_id: str, goal: str, speak: Speaker) -> Json:
    """What do they want? `goal` is what they said before, to be changed."""
    field = _field(speak("home.goal_label"), speak("home.goal_placeholder"), value=goal, hint=speak("home.goal_hint"), most=MOST_WORDS)
    return _modal("goal", speak("modal.goal_title"), speak("modal.goal_submit"), [field], {"p": person_id}, speak)


def read_field(view: Json) -> str:
    """What they wrote into the one field of a dialog that Slack sent back; '' for nothing."""
    return str(view["state"]["values"].get(FIELD, {}).get(FIELD, {}).get("value") or "")


def _field(label: str, placeholder: str, *, value: str, hint: str, most: int) -> Json:
    element: Json = {"type": "plain_text_input", "action_id": FIELD, "multiline": True, "max_length": most}
    element["placeholder"] = plain(placeholder, PLACEHOLDER)
    if value.strip():
        element["initial_value"] = value[:most]
    block: Json = {"type": "input", "block_id": FIELD, "label": plain(label, INPUT_TEXT), "element": element}
    return block | {"hint": plain(hint, INPUT_TEXT)}


def _modal(name: str, title: str, submit: str, blocks: list[Json], about: Mapping[str, str], speak: Speaker) -> Json:
    """A dialog; `about` comes back in private_metadata when they submit it."""
    metadata = json.dumps({key: value for key, value in about.items() if value}, separators=(",", ":"))
    return {
        "type": "modal",
        "callback_id": name,
        "title": plain(title, MODAL_TITLE),
        "submit": plain(submit, MODAL_TITLE),
        "close": plain(speak("button.cancel"), MODAL_TITLE),
        "private_metadata": metadata if len(metadata) <= METADATA else "",
        "blocks": fit(blocks, at_most=BLOCKS_IN_VIEW),
    }
