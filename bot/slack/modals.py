"""Dialogs, and what was filled in when Slack sends them back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.conversation import Speaker
from bot.slack.kit import moment_picker, plain, question, section, select, shown
from bot.slack.limits import BLOCKS_IN_VIEW, METADATA, MODAL_TITLE, PLACEHOLDER, Json, fit
from bot.surfaces import clean
from flows.parts.people import Intake

FIELD = "words"
"""The block and the action id of a dialog's field of words: view["state"]["values"][FIELD][FIELD]["value"]."""
MOMENT = "moment"
INTAKE = "intake."
"""Blocks of the playbook's questions have the ids intake.<trait>."""
MOST_WORDS = 500


def goal_modal(person_id: str, goal: str, speak: Speaker, intake: Sequence[Intake] = (), traits: Mapping[str, Any] | None = None) -> Json:
    """What do they want? `goal` is what they said before, to be changed; `intake` the playbook's questions, `traits` what is known."""
    words = _words(speak("home.goal_placeholder"), goal)
    asked = [question(speak("home.goal_label"), words, FIELD, hint=speak("home.goal_hint"))]
    for ask in intake:
        known = str((traits or {}).get(ask.ask, ""))
        asked.append(question(ask.text, select(ask.ask, ask.options, known), f"{INTAKE}{ask.ask}", optional=True))
    return modal("goal", speak("modal.goal_title"), speak("modal.goal_submit"), asked, speak, {"p": person_id})


def later_modal(person_id: str, suggested: datetime, speak: Speaker) -> Json:
    """When suits them? `suggested` (UTC) stands there to begin with."""
    asked = question(speak("modal.later_label"), moment_picker(MOMENT, suggested), MOMENT, hint=speak("modal.later_hint"))
    return modal("later", speak("modal.later_title"), speak("modal.later_submit"), [asked], speak, {"p": person_id})


def who_modal(company: str, speak: Speaker) -> Json:
    """Who is this? The address that the company knows them by."""
    field: Json = {"type": "email_text_input", "action_id": FIELD}
    asked = question(speak("modal.who_label"), field, FIELD, hint=speak("modal.who_hint", {"company": company}))
    return modal("who", speak("modal.who_title"), speak("modal.who_submit"), [asked], speak)


def told_modal(title: str, text: str, speak: Speaker) -> Json:
    """A dialog that only says something."""
    view = modal("told", title, "", [section(shown(text))], speak)
    del view["submit"]
    return view | {"close": plain(speak("button.close"), MODAL_TITLE)}


def read_field(view: Json) -> str:
    """What they wrote into the field of words of a dialog that Slack sent back; '' for nothing."""
    return str(answer(view, FIELD, FIELD).get("value") or "")


def read_choices(view: Json, intake: Sequence[Intake]) -> dict[str, str]:
    """What they chose under the playbook's questions: trait → value, with nothing for a question left out."""
    told = {ask.ask: answer(view, f"{INTAKE}{ask.ask}", ask.ask).get("selected_option") or {} for ask in intake}
    return {name: str(option.get("value", "")) for name, option in told.items() if option}


def read_moment(view: Json, block: str = MOMENT) -> datetime | None:
    """The instant (UTC) they picked, None for none."""
    at = answer(view, block, block).get("selected_date_time")
    return datetime.fromtimestamp(int(at), UTC) if at else None


def answer(view: Json, block: str, action: str) -> Json:
    """One field's state as Slack sends it."""
    found = (view.get("state") or {}).get("values", {}).get(block, {}).get(action)
    return found if isinstance(found, dict) else {}


def modal(name: str, title: str, submit: str, blocks: list[Json], speak: Speaker, about: Mapping[str, str] | None = None) -> Json:
    """A dialog; `about` comes back in private_metadata when they submit it."""
    metadata = json.dumps({key: value for key, value in (about or {}).items() if value}, separators=(",", ":"))
    return {
        "type": "modal",
        "callback_id": name,
        "title": plain(title if clean(title).strip() else "·", MODAL_TITLE),
        "submit": plain(submit, MODAL_TITLE),
        "close": plain(speak("button.cancel"), MODAL_TITLE),
        "private_metadata": metadata if len(metadata) <= METADATA else "",
        "blocks": fit(blocks, at_most=BLOCKS_IN_VIEW),
    }


def _words(placeholder: str, value: str) -> Json:
    element: Json = {"type": "plain_text_input", "action_id": FIELD, "multiline": True, "max_length": MOST_WORDS}
    element["placeholder"] = plain(placeholder, PLACEHOLDER)
    return element | ({"initial_value": value} if value.strip() else {})
