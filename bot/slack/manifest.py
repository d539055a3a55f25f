"""The app's manifest: everything that has to be set in Slack, from our address.

Fields and limits: https://docs.slack.dev/reference/app-manifest. `agent_view` is what new apps get instead of `assistant_view`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

import yaml

from bot.settings import SHIPPED
from bot.slack.scopes import SCOPES_OPTIONAL, SCOPES_TEAM

Json: TypeAlias = dict[str, object]

LONGEST_NAME = 35
ACCENT = "#0f766e"
EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "tokens_revoked",
)
"""What we listen to. In a workspace that did not grant an event's scope, Slack does not send it."""

_NEEDS = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
}
_TEXTS = SHIPPED / "templates" / "slack" / "app.yaml"


def manifest(
    base_url: str, *, name: str, socket_mode: bool = False, many_workspaces: bool = True, scopes: Collection[str] = SCOPES_TEAM
) -> Json:
    """The manifest as Slack takes it, in an order people can read. Raises ValueError for a name Slack would refuse.

    `many_workspaces`: others install it by OAuth and their tokens rotate. Off, a bot token pasted into our settings stays good:
    with rotation it would end after 12 hours. Socket Mode is for one workspace, so it switches both off.
    """
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(f"an app's name has 1 to {LONGEST_NAME} characters, {name!r} has {len(name)}")
    texts = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    many = many_workspaces and not socket_mode
    address = {} if socket_mode else {"request_url": f"{base_url}/slack/events"}
    return {
        "display_information": {
            "name": name,
            "description": texts["description"],
            "long_description": texts["long_description"],
            "background_color": ACCENT,
        },
        "features": _features(texts, name, {} if socket_mode else {"url": f"{base_url}/slack/events"}),
        "oauth_config": {
            **({"redirect_urls": [f"{base_url}/slack/oauth_redirect"]} if many else {}),
            "scopes": {"bot": list(scopes), "bot_optional": [scope for scope in SCOPES_OPTIONAL if scope in scopes]},
        },
        "settings": {
            "event_subscriptions": {**address, "bot_events": [e for e in EVENTS if _NEEDS.get(e, "") in ("", *scopes)]},
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,  # whoever installs it does so workspace by workspace
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": many,
        },
    }


def _features(texts: Json, name: str, address: Json) -> Json:
    command, shortcut = texts["command"], texts["shortcut"]
    assert isinstance(command, dict)
    assert isinstance(shortcut, dict)
    return {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "bot_user": {"display_name": name, "always_online": True},
        "agent_view": {"agent_description": texts["agent"], "suggested_prompts": texts["prompts"]},
        "slash_commands": [{"command": "/onboarding", **address, **command, "should_escape": True}],
        "shortcuts": [{"name": shortcut["name"], "type": "message", "callback_id": "open_case", "description": shortcut["description"]}],
    }
