"""The dialogs of the team's side: resolving, suggesting a reply, opening a case, ticking a step, pausing somebody."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date

from bot.conversation import Speaker
from bot.replies import Reply
from bot.slack.case_cards import option
from bot.slack.kit import context, plain, section, shown
from bot.slack.limits import BLOCKS_IN_VIEW, INPUT_TEXT, METADATA, MODAL_TITLE, Json, fit
from flows.checklist import StepView

MOST_NOTE = 1_000
MOST_REPLY = 3_000
REASON, NOTE, CHOSEN, TEXT, EMAIL, STEP, DAY = "reason", "note", "chosen", "text", "email", "step", "day"
"""Fields: the block and the action id are the same word."""


def resolve_dialog(case_id: str, who: str, reasons: Sequence[str], speak: Speaker) -> Json:
    """Why it is solved, from the playbook's list, and a note for the team. The note may stay empty."""
    options = [option(reason, {"r": reason}) for reason in reasons]
    blocks = [
        field(REASON, speak("modal.resolve_reason"), {"type": "static_select", "options": options}),
        field(NOTE, speak("modal.resolve_label"), lines(MOST_NOTE), hint=speak("modal.resolve_hint"), optional=True),
        context(shown(speak("modal.resolve_then", {"who": who})), "resolve.then"),
    ]
    return dialog("case_resolve", speak("modal.resolve_title"), speak("modal.resolve_submit"), blocks, {"c": case_id}, speak)


def choose_reply_dialog(case_id: str, replies: Sequence[Reply], speak: Speaker) -> Json:
    """Which of the written replies; the text comes next, to be read and changed."""
    options = [option(reply.title, {"r": reply.name}) for reply in replies]
    blocks = [field(CHOSEN, speak("modal.suggest_label"), {"type": "static_select", "options": options})]
    return dialog("case_choose", speak("modal.reply_title"), speak("modal.suggest_submit"), blocks, {"c": case_id}, speak)


def write_reply_dialog(case_id: str, who: str, text: str, speak: Speaker) -> Json:
    """The reply as it will go out, to be changed."""
    writing = lines(MOST_REPLY) | ({"initial_value": text[:MOST_REPLY]} if text else {})
    blocks = [field(TEXT, speak("modal.reply_label"), writing), context(shown(speak("modal.reply_then", {"who": who})), "reply.then")]
    return dialog("case_reply", speak("modal.reply_title"), speak("button.send"), blocks, {"c": case_id}, speak)


def open_case_dialog(words: str, place: str, speak: Speaker) -> Json:
    """Whom a case is about, by their e-mail address. `words` is what the case begins with, `place` ("CHANNEL/ts") where it came from."""
    words_field = lines(MOST_REPLY) | ({"initial_value": words[:MOST_REPLY]} if words else {})
    blocks = [
        field(EMAIL, speak("modal.open_email"), {"type": "email_text_input"}),
        field(TEXT, speak("modal.open_words"), words_field, optional=True),
    ]
    return dialog("case_open", speak("modal.open_title"), speak("modal.open_submit"), blocks, {"at": place}, speak)


def tick_dialog(person_id: str, who: str, steps: Sequence[StepView], speak: Speaker) -> Json:
    """Which of their open steps is done."""
    options = [option(step.title, {"s": step.step}) for step in steps]
    blocks = [field(STEP, speak("modal.tick_label", {"who": who}), {"type": "static_select", "options": options})]
    return dialog("case_tick", speak("modal.tick_title"), speak("modal.tick_submit"), blocks, {"p": person_id}, speak)


def pause_dialog(person_id: str, who: str, first: date, speak: Speaker) -> Json:
    """Until which day the bot keeps quiet. `first` is what the picker shows."""
    picker: Json = {"type": "datepicker", "initial_date": first.isoformat()}
    blocks = [
        field(DAY, speak("modal.pause_label", {"who": who}), picker),
        context(shown(speak("modal.pause_then", {"who": who})), "pause.then"),
    ]
    return dialog("case_pause", speak("modal.pause_title"), speak("modal.pause_submit"), blocks, {"p": person_id}, speak)


def told_dialog(title: str, text: str, speak: Speaker) -> Json:
    """Words in the place of a dialog whose time has passed."""
    return {
        "type": "modal",
        "callback_id": "case_told",
        "title": plain(title, MODAL_TITLE),
        "close": plain(speak("button.close"), MODAL_TITLE),
        "blocks": fit([section(shown(text), "told")], at_most=BLOCKS_IN_VIEW),
    }


def field_of(view: Mapping[str, object], name: str) -> str:
    """What they entered or chose in a field of a dialog that Slack sent back; '' for nothing. Of a choice, its value."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, Mapping) else None
    block = values.get(name) if isinstance(values, Mapping) else None
    found = block.get(name) if isinstance(block, Mapping) else None
    if not isinstance(found, Mapping):
        return ""
    chosen = found.get("selected_option")
    if isinstance(chosen, Mapping):
        return str(chosen.get("value") or "")
    return str(found.get("value") or found.get("selected_date") or found.get("selected_time") or "")


def lines(most: int) -> Json:
    """A field for several lines, with at most so many characters."""
    return {"type": "plain_text_input", "multiline": True, "max_length": most}


def field(name: str, label: str, element: Json, *, hint: str = "", optional: bool = False) -> Json:
    """A question with what it is answered with; its block and its action are called the same."""
    block: Json = {"type": "input", "block_id": name, "label": plain(label, INPUT_TEXT), "element": element | {"action_id": name}}
    return block | ({"hint": plain(hint, INPUT_TEXT)} if hint else {}) | ({"optional": True} if optional else {})


def dialog(name: str, title: str, submit: str, blocks: list[Json], about: Mapping[str, str], speak: Speaker) -> Json:
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
