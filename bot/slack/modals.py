"""Dialogs, and the small answers that only one person sees."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.conversation import Speaker
from bot.saying_when import CHOICES
from bot.slack.kit import actions, button, plain, section, shown
from bot.slack.limits import BLOCKS_IN_VIEW, INPUT_TEXT, METADATA, MODAL_TITLE, PLACEHOLDER, Json, fit

FIELD = "words"
"""The block and the action id of the one field: view["state"]["values"][FIELD][FIELD]["value"]."""
MOST_WORDS = 3_000


def stuck_modal(person_id: str, step: str, speak: Speaker) -> Json:
    """What is in the way? The words may be left out: pressing is enough to get a human."""
    field = _field(speak("modal.stuck_label"), speak("modal.stuck_placeholder"), optional=True)
    return _modal("stuck", speak("modal.stuck_title"), speak("modal.stuck_submit"), [field], {"p": person_id, "s": step}, speak)


def goal_modal(person_id: str, goal: str, speak: Speaker) -> Json:
    """What do they want? `goal` is what they said before, to be changed."""
    field = _field(speak("home.goal_label"), speak("home.goal_placeholder"), value=goal, hint=speak("home.goal_hint"), most=500)
    return _modal("goal", speak("modal.goal_title"), speak("modal.goal_submit"), [field], {"p": person_id}, speak)


def later_choices(person_id: str, step: str, speak: Speaker) -> list[Json]:
    """When suits you? The times there are, and a way to a human."""
    times = [button("snooze", speak(f"choices.{choice}"), {"p": person_id, "u": choice}) for choice in CHOICES]
    human = button("human", speak("button.human"), {"p": person_id, "s": step})
    return fit([section(shown(speak("modal.later_title"))), actions([*times, human], "choices")])


def ephemeral(text: str, *, blocks: list[Json] | None = None) -> Json:
    """The arguments of an answer that only the one who pressed sees; `text` is plain."""
    return {"response_type": "ephemeral", "replace_original": False, "text": shown(text), "blocks": blocks or fit([section(shown(text))])}


def read_field(view: Json) -> str:
    """What they wrote into the one field of a dialog that Slack sent back; '' for nothing."""
    return str(view["state"]["values"].get(FIELD, {}).get(FIELD, {}).get("value") or "")


def _field(label: str, placeholder: str, *, value: str = "", hint: str = "", optional: bool = False, most: int = MOST_WORDS) -> Json:
    element: Json = {"type": "plain_text_input", "action_id": FIELD, "multiline": True, "max_length": most}
    element["placeholder"] = plain(placeholder, PLACEHOLDER)
    if value.strip():
        element["initial_value"] = value[:most]
    block: Json = {"type": "input", "block_id": FIELD, "label": plain(label, INPUT_TEXT), "element": element, "optional": optional}
    return block | ({"hint": plain(hint, INPUT_TEXT)} if hint else {})


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
