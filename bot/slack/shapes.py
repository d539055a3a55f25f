"""The shape of what Slack delivers, as far as anybody here relies on it: an object where one is opened, a list where one is walked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = Any
"""`str` or `dict` for a value of that kind, an object of shapes by key, a list of one shape for all its items, or a tuple: any of these."""

_PLACE: Shape = (str, {"id": str})
_FILE: Shape = {"id": str}
_MESSAGE: Shape = {
    "text": str,
    "ts": str,
    "thread_ts": str,
    "user": str,
    "files": [_FILE],
    "blocks": [dict],
    "bot_profile": dict,
    "metadata": dict,
    "edited": dict,
}
_STATE: Shape = {"values": {...: {...: dict}}}
_VIEW: Shape = {"id": str, "callback_id": str, "private_metadata": str, "hash": str, "blocks": [dict], "state": _STATE}
_ACTION: Shape = {"action_id": str, "block_id": str, "value": str, "selected_option": {"value": str}, "type": str}
_EVENT: Shape = {
    **_MESSAGE,
    "type": str,
    "subtype": str,
    "user": (str, {"id": str}),
    "channel": _PLACE,
    "channel_type": str,
    "message": _MESSAGE,
    "previous_message": _MESSAGE,
    "deleted_ts": str,
    "tab": str,
    "view": _VIEW,
    "tokens": {"bot": [str], "oauth": [str]},
    "bot_id": str,
    "team": str,
}
_BODY: Shape = {
    "type": str,
    "event": _EVENT,
    "event_id": str,
    "team_id": str,
    "enterprise_id": str,
    "authorizations": [{"team_id": str, "enterprise_id": str, "user_id": str}],
    "team": {"id": str},
    "enterprise": {"id": str},
    "user": {"id": str, "team_id": str},
    "channel": {"id": str},
    "container": {"message_ts": str, "channel_id": str},
    "message": _MESSAGE,
    "view": _VIEW,
    "actions": [_ACTION],
    "trigger_id": str,
    "callback_id": str,
    "action_id": str,
    "block_id": str,
    "value": str,
    "response_url": str,
}
_NEVER_NONE = ("event", "view", "container", "user", "actions")


def sound(body: Any) -> bool:
    """Whether a delivery has Slack's shape. A key may be missing, and most may be none."""
    return isinstance(body, Mapping) and fits(body, _BODY) and not any(name in body and body[name] is None for name in _NEVER_NONE)


def fits(value: Any, shape: Shape) -> bool:
    """Whether a value has that shape; none always has. `...` stands for every key of an object."""
    if value is None:
        return True
    match shape:
        case type():
            return isinstance(value, shape)
        case tuple():
            return any(fits(value, one) for one in shape)
        case [one]:
            return isinstance(value, list) and all(item is not None and fits(item, one) for item in value)
        case {**parts} if set(parts) == {...}:
            return isinstance(value, Mapping) and all(fits(item, parts[...]) for item in value.values())
        case _:
            return isinstance(value, Mapping) and all(fits(value.get(name), part) for name, part in shape.items())
