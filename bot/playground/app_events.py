"""Events about the app itself: that its tokens are taken back, and that it is removed."""

from __future__ import annotations

from bot.playground.values import Json
from bot.playground.world import World


def tokens_revoked(world: World) -> Json:
    """The bot's tokens of this workspace are no good any more."""
    return {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [world.installation.bot_user]}}


def app_uninstalled() -> Json:
    """The app was removed from the workspace."""
    return {"type": "app_uninstalled"}
