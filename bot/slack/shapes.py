"""The shape of what Slack delivers, as far as anybody here relies on it: an object where one is opened, a list where one is walked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.request import payload_utils as bolt

from storage.codec import STORABLE

Shape = Any
"""`str` or `dict` for a value of that kind, a pattern for a text that is like it, an object of shapes by key, a list of one shape for all
its items, or a tuple: any of these."""

_ID: Shape = STORABLE
"""An id is never changed to fit into the database."""
_PLACE: Shape = (_ID, {"id": _ID})
_FILE: Shape = {"id": _ID}
_MESSAGE: Shape = {
    "text": str,
    "ts": _ID,
    "thread_ts": _ID,
    "user": _ID,
    "files": [_FILE],
    "blocks": [dict],
    "bot_profile": dict,
    "metadata": dict,
    "edited": dict,
}
_STATE: Shape = {"values": {...: {...: dict}}}
_VIEW: Shape = {"id": _ID, "callback_id": _ID, "private_metadata": str, "hash": _ID, "blocks": [dict], "state": _STATE}
_ACTION: Shape = {"action_id": _ID, "block_id": _ID, "value": str, "selected_option": {"value": str}, "type": str}
_EVENT: Shape = {
    **_MESSAGE,
    "type": str,
    "subtype": str,
    "user": (_ID, {"id": _ID}),
    "channel": _PLACE,
    "channel_type": str,
    "message": _MESSAGE,
    "previous_message": _MESSAGE,
    "deleted_ts": _ID,
    "tab": str,
    "view": _VIEW,
    "tokens": {"bot": [str], "oauth": [str]},
    "bot_id": _ID,
    "team": _ID,
}
_BODY: Shape = {
    "type": str,
    "event": _EVENT,
    "event_id": _ID,
    "team_id": _ID,
    "enterprise_id": _ID,
    "authorizations": [{"team_id": _ID, "enterprise_id": _ID, "user_id": _ID}],
    "team": {"id": _ID},
    "enterprise": {"id": _ID},
    "user": {"id": _ID, "team_id": _ID},
    "channel": {"id": _ID},
    "container": {"message_ts": _ID, "channel_id": _ID},
    "message": _MESSAGE,
    "view": _VIEW,
    "actions": [_ACTION],
    "trigger_id": _ID,
    "callback_id": _ID,
    "action_id": _ID,
    "block_id": _ID,
    "value": str,
    "response_url": str,
}
_NEVER_NONE = ("event", "view", "container", "user", "actions")
_BOLTS_READINGS = (bolt.to_event, bolt.to_action, bolt.to_view, bolt.to_options, bolt.to_shortcut, bolt.to_command, bolt.to_step)


def sound(body: Any) -> bool:
    """Whether a delivery has Slack's shape. A key may be missing, and most may be none."""
    if not (isinstance(body, Mapping) and fits(body, _BODY)):
        return False
    return not any(name in body and body[name] is None for name in _NEVER_NONE) and _opened_by_bolt(dict(body))


def _opened_by_bolt(body: dict[str, Any]) -> bool:
    """Bolt opens what a type promises before it asks any of us: an action and its id, a view and its type."""
    try:
        for reading in _BOLTS_READINGS:
            reading(body)
        if bolt.is_block_actions(body):
            return "action_id" in body["actions"][0]
    except (LookupError, TypeError, AttributeError):
        return False
    return True


def fits(value: Any, shape: Shape) -> bool:
    """Whether a value has that shape; none always has. `...` stands for every key of an object."""
    if value is None:
        return True
    match shape:
        case type():
            return isinstance(value, shape)
        case re.Pattern():
            return isinstance(value, str) and shape.fullmatch(value) is not None
        case tuple():
            return any(fits(value, one) for one in shape)
        case [one]:
            return isinstance(value, list) and all(item is not None and fits(item, one) for item in value)
        case {**parts} if set(parts) == {...}:
            return isinstance(value, Mapping) and all(fits(item, parts[...]) for item in value.values())
        case _:
            return isinstance(value, Mapping) and all(fits(value.get(name), part) for name, part in shape.items())
