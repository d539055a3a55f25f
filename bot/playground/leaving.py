"""How the app leaves a workspace: its tokens are refused, and it is told so."""

from __future__ import annotations

from bot.playground import app_events
from bot.playground.workspaces import Workspaces
from bot.playground.world import World


def leave(workspaces: Workspaces, world: World) -> None:
    """Somebody removes the app: `account_inactive` from now on; the app hears `tokens_revoked` and `app_uninstalled`."""
    if world.grants.refuse("account_inactive"):
        workspaces.tell(world, "tokens_revoked", app_events.tokens_revoked(world))
        workspaces.tell(world, "app_uninstalled", app_events.app_uninstalled())


def revoke(workspaces: Workspaces, world: World, *tokens: str) -> None:
    """Somebody takes these tokens back, or all: `token_revoked` from now on; the app hears `tokens_revoked`."""
    if world.grants.refuse("token_revoked", *tokens):
        workspaces.tell(world, "tokens_revoked", app_events.tokens_revoked(world))
