"""The app as Slack knows it, and as one workspace knows it."""

from __future__ import annotations

from dataclasses import dataclass

SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "chat:write.customize",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "users:read",
    "users:read.email",
)
"""Everything an app could want here: what the app of a workspace has that nobody installed it in."""

SUBSCRIPTIONS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "member_joined_channel",
        "message.channels",
        "message.groups",
        "message.im",
        "reaction_added",
        "reaction_removed",
        "tokens_revoked",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """The app as registered with Slack, the same for all workspaces. `rotates`: its tokens are for twelve hours."""

    app: str = "A_HANDRAIL"
    client_id: str = "1122.3344"
    client_secret: str = "playground-client-secret"
    app_token: str = "xapp-1-A_HANDRAIL-playground"
    rotates: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """A workspace and the app in it: its ids, its keys, its slash commands and the events it subscribed to.

    `token` and `scopes` are those of an app that was `installed` before the world began. Where it has to be `approved`, asking to
    install it sends a request to an admin. `shortcuts` are those on messages: callback id and words.
    """

    team: str = "T_PLAYGROUND"
    domain: str = "playground"
    name: str = "Playground"
    app: str = "A_HANDRAIL"
    bot: str = "B_HANDRAIL"
    bot_user: str = "U_HANDRAIL"
    token: str = "xoxb-playground"
    scopes: tuple[str, ...] = SCOPES
    installed: bool = True
    approved: bool = True
    mail_key: str = "SG.playground"
    commands: tuple[str, ...] = ("/handrail", "/onboarding")
    shortcuts: tuple[tuple[str, str], ...] = (("open_case", "Open a case"),)
    events: frozenset[str] = SUBSCRIPTIONS


def dm_id(user: str) -> str:
    """The direct conversation between a person and the app."""
    return "D" + user[1:]
