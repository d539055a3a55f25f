"""The app as the workspace knows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """Its ids, its keys, its slash commands and the events it subscribed to."""

    team: str = "T_PLAYGROUND"
    domain: str = "playground"
    app: str = "A_HANDRAIL"
    bot: str = "B_HANDRAIL"
    bot_user: str = "U_HANDRAIL"
    token: str = "xoxb-playground"
    mail_key: str = "SG.playground"
    commands: tuple[str, ...] = ("/handrail",)
    events: frozenset[str] = frozenset({"app_home_opened", "app_mention", "message.im", "message.channels"})


def dm_id(user: str) -> str:
    """The direct conversation between a person and the app."""
    return "D" + user[1:]
