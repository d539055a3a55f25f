"""Who did something, and in which workspace we heard of it: read from what Slack delivers, of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Whom a delivery is from.

    `team`: the installation that heard it, whose token answers (an organisation's id when it is installed for all of it).
    `namespace`: where the user's identity lives: the same, except for somebody from elsewhere (Slack Connect), whose own it is.
    """

    team: str
    user: str
    namespace: str

    @property
    def away(self) -> bool:
        """Whether they are a guest from another company's workspace."""
        return self.namespace != self.team


def caller_of(body: Body) -> Caller:
    """Read a delivery. What is missing is ''."""
    org = _id(body.get("enterprise")) or _authorization(body, "enterprise_id") or str(body.get("enterprise_id") or "")
    place = _place(body)
    team = org if org and _for_all(body) else place
    home = _home(body)
    ours = {
        place,
        org,
        str(body.get("team_id") or ""),
        str(body.get("context_team_id") or ""),
        str(body.get("context_enterprise_id") or ""),
    }
    elsewhere = home and home not in ours and not (team == org and not body.get("is_ext_shared_channel"))
    return Caller(team=team, user=_user(body), namespace=home if elsewhere else team)


def _place(body: Body) -> str:
    """The workspace that the delivery belongs to; in a shared channel it is the one that gave us leave, not the one that wrote."""
    view = _inner(body, "view")
    return str(
        view.get("app_installed_team_id")
        or _authorization(body, "team_id")
        or _id(body.get("team"))
        or body.get("team_id")
        or _inner(body, "user").get("team_id")
        or view.get("team_id")
        or ""
    )


def _home(body: Body) -> str:
    """The workspace of whoever did it, '' when nothing says so."""
    event = _inner(body, "event")
    if event:
        return str(event.get("user_team") or event.get("source_team") or event.get("team") or "")
    return str(_inner(body, "user").get("team_id") or "")


def _user(body: Body) -> str:
    event = _inner(body, "event")
    message = _inner(event, "message")
    return str(
        _id(body.get("user")) or body.get("user_id") or _id(event.get("user")) or event.get("user_id") or _id(message.get("user")) or ""
    )


def _for_all(body: Body) -> bool:
    told = _authorization(body, "is_enterprise_install") or body.get("is_enterprise_install")
    return told is True or told == "true"


def _authorization(body: Body, name: str) -> Any:
    given = body.get("authorizations")
    first = given[0] if isinstance(given, list) and given else None
    return (first.get(name) or "") if isinstance(first, Mapping) else ""


def _inner(body: Body, name: str) -> Body:
    inner = body.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _id(given: Any) -> str:
    return str(given.get("id") or "") if isinstance(given, Mapping) else str(given or "")


def key_of(body: Body) -> str:
    """What stays the same when Slack delivers this again: a message's own id, a press's trigger, else the event's id."""
    event = _inner(body, "event")
    kind = event.get("type")
    if kind == "app_mention":
        return f"mention:{event.get('channel', '')}/{event.get('ts', '')}"
    if kind == "message" and event.get("ts") and event.get("subtype") not in ("message_changed", "message_deleted"):
        return message_key(str(event.get("channel", "")), event)
    return str(body.get("trigger_id") or body.get("event_id") or _inner(body, "view").get("id") or "")


def message_key(channel: str, message: Body) -> str:
    """The id of somebody's words: the one their client gave them, which outlives a second try, else their place.

    Clients choose theirs freely: with the place before it, it can name no event of another kind or of another conversation.
    """
    given = message.get("client_msg_id")
    return f"said:{channel}/{given}" if given else f"{channel}/{message.get('ts', '')}"
