"""The few Block Kit pieces we draw with. Values from people are escaped here or by the caller who made mrkdwn of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.slack.elements import Json, shorten
from bot.surfaces import clean, escape_mrkdwn, safe_link

_ADDRESS = re.compile(r"```.*?```|`[^`\n]+`|<[^<>]*>|\bhttps?://(?:(?!&[lg]t;)[^\s<>|])+", re.DOTALL)
_IN_A_LABEL = 40
"""Characters of a title inside an accessibility label, so that the verb before and after it survives."""


def shown(value: object) -> str:
    """Anybody's words on one line of mrkdwn, as they are: `<!channel>` pings nobody."""
    return escape_mrkdwn(" ".join(clean(value).split()))


def bold(value: object) -> str:
    """The same in bold; '' for nothing."""
    text = shown(value).replace("*", "∗")
    return f"*{text}*" if text else ""


def mrkdwn(text: str) -> Json:
    """A text of mrkdwn. `verbatim`: Slack makes no mention of an @channel that somebody is called, so we make the links ourselves."""
    return {"type": "mrkdwn", "text": _ADDRESS.sub(_linked, text), "verbatim": True}


def _linked(found: re.Match[str]) -> str:
    """A bare web address as a link, without the full stop or the bracket behind it; code stays, and what is in <brackets> already."""
    if found[0].startswith(("<", "`")):
        return found[0]
    address = found[0].rstrip(".,:!?)'\"*_~`")
    return f"<{address}>{found[0][len(address) :]}"


def plain(text: str, limit: int | None = None) -> Json:
    """A text without any marks."""
    text = clean(text)
    return {"type": "plain_text", "text": shorten(text, limit) if limit else text, "emoji": True}


def section(text: str, block_id: str = "") -> Json:
    """A paragraph of mrkdwn."""
    return _named({"type": "section", "text": mrkdwn(text)}, block_id)


def context(text: str, block_id: str = "") -> Json:
    """A quiet line of mrkdwn."""
    return _named({"type": "context", "elements": [mrkdwn(text)]}, block_id)


def header(text: str) -> Json:
    """A heading."""
    return {"type": "header", "text": plain(text)}


def divider() -> Json:
    """A line."""
    return {"type": "divider"}


def actions(buttons: Sequence[Json], block_id: str = "") -> Json:
    """A row of buttons."""
    return _named({"type": "actions", "elements": list(buttons)}, block_id)


def button(action: str, text: str, value: Mapping[str, str | int], *, label: str = "", primary: bool = False) -> Json:
    """A button. `value` are the short keys of what it is about; `label` is read out where the text alone is ambiguous."""
    made: Json = {
        "type": "button",
        "action_id": action,
        "text": plain(text),
        "value": json.dumps({key: v for key, v in value.items() if v != ""}, separators=(",", ":")),
    }
    if label.strip():
        made["accessibility_label"] = clean(label)
    return made | ({"style": "primary"} if primary else {})


def link_button(action: str, text: str, url: str, value: Mapping[str, str | int], *, label: str = "", primary: bool = False) -> list[Json]:
    """A button that opens an address; none when the address is no web address."""
    address = safe_link(url)
    return [button(action, text, value, label=label, primary=primary) | {"url": address}] if address.startswith("http") else []


def question(label: str, element: Json, block_id: str, *, hint: str = "", optional: bool = False) -> Json:
    """Something to fill in, in a dialog. Its answer comes back under `block_id` and the element's action_id."""
    asked: Json = {"type": "input", "block_id": block_id, "label": plain(label), "element": element}
    return asked | ({"hint": plain(hint)} if hint else {}) | ({"optional": True} if optional else {})


def select(action: str, options: Mapping[str, str], chosen: str = "") -> Json:
    """A list to choose from: the value of each option and what people read. `chosen` is the value it begins with."""
    listed = [{"text": plain(text), "value": value} for value, text in options.items()]
    made: Json = {"type": "static_select", "action_id": action, "options": listed}
    return made | ({"initial_option": {"text": plain(options[chosen]), "value": chosen}} if chosen in options else {})


def checkboxes(action: str, options: Mapping[str, tuple[str, str]], ticked: Sequence[str] = ()) -> Json:
    """Things to tick: the value of each, what people read and a line beneath it. `ticked` are the values it begins with."""
    listed = {value: {"text": plain(text), "value": value, "description": plain(hint)} for value, (text, hint) in options.items()}
    made: Json = {"type": "checkboxes", "action_id": action, "options": list(listed.values())}
    begun = [listed[value] for value in listed if value in ticked]
    return made | ({"initial_options": begun} if begun else {})


def moment_picker(action: str, at: datetime | None) -> Json:
    """A day and a time, which Slack shows in the zone of whoever looks."""
    made: Json = {"type": "datetimepicker", "action_id": action}
    return made | ({"initial_date_time": int(at.timestamp())} if at else {})


def clock_picker(action: str, at: str) -> Json:
    """A time of day, "09:30"."""
    return {"type": "timepicker", "action_id": action} | ({"initial_time": at} if at else {})


def in_label(title: str) -> str:
    """A title short enough to stand inside a label."""
    return shorten(" ".join(clean(title).split()), _IN_A_LABEL)


def _named(block: Json, block_id: str) -> Json:
    return {**block, "block_id": block_id} if block_id else block
