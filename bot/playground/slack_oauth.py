"""Slack's `oauth.v2.*`, `auth.revoke`, `apps.*`: how the app comes into a workspace, keeps its tokens fresh, and leaves."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from bot.playground.arguments import Arguments, SlackError
from bot.playground.grants import EXPIRES_IN, Grant
from bot.playground.leaving import leave, revoke
from bot.playground.values import Json
from bot.playground.workspaces import Workspaces
from bot.playground.world import World


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who calls: by a token, or as the app itself with its id and secret."""

    token: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


AppMethod = Callable[[Workspaces, Caller, Arguments], Json]


def caller_of(request: Request, args: Arguments) -> Caller:
    """Who sent this request, by its headers or by its arguments."""
    scheme, _, word = request.headers.get("authorization", "").partition(" ")
    named = Caller(token=args.maybe("token"), client_id=args.maybe("client_id"), client_secret=args.maybe("client_secret"))
    match scheme.lower():
        case "bearer":
            return Caller(token=word.strip(), client_id=named.client_id, client_secret=named.client_secret)
        case "basic":
            try:
                name, _, secret = b64decode(word, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return named
            return Caller(client_id=name, client_secret=secret)
        case _:
            return named


def let_in(workspaces: Workspaces, caller: Caller) -> tuple[World, Grant]:
    """Whose bot token calls. Raises SlackError when it is none, or none any more."""
    if not caller.token:
        raise SlackError("not_authed")
    if caller.token == workspaces.registration.app_token:
        raise SlackError("not_allowed_token_type")
    found = workspaces.of_token(caller.token)
    if found is None:
        raise SlackError("invalid_auth")
    if found[1].refusal:
        raise SlackError(found[1].refusal)
    return found


def access(workspaces: Workspaces, caller: Caller, args: Arguments) -> Json:
    """`oauth.v2.access`: a token for a code, or the next token for a refresh token."""
    _app_itself(workspaces, caller)
    if args.maybe("grant_type") == "refresh_token":
        found = workspaces.of_refresh(args.text("refresh_token"))
        if found is None:
            raise SlackError("invalid_refresh_token")
        world, before = found
        return _told(workspaces, world, world.grants.renew(before))
    code = workspaces.exchange(args.text("code"), args.maybe("redirect_uri"))
    world = workspaces[code.team]
    return _told(workspaces, world, world.grants.give(code.scopes, code.user, rotates=workspaces.registration.rotates))


def exchange(workspaces: Workspaces, caller: Caller, _: Arguments) -> Json:
    """`oauth.v2.exchange`: a token that lasts for ever becomes one that rotates."""
    _app_itself(workspaces, caller)
    world, grant = let_in(workspaces, caller)
    if grant.refresh is not None:
        raise SlackError("token_already_exchanged")
    return _told(workspaces, world, world.grants.renew(grant))


def revoke_token(workspaces: Workspaces, caller: Caller, args: Arguments) -> Json:
    """`auth.revoke`"""
    world, grant = let_in(workspaces, caller)
    if not args.flag("test"):
        revoke(workspaces, world, grant.token)
    return {"revoked": not args.flag("test")}


def uninstall(workspaces: Workspaces, caller: Caller, _: Arguments) -> Json:
    """`apps.uninstall`"""
    _app_itself(workspaces, caller)
    world = let_in(workspaces, caller)[0]
    leave(workspaces, world)
    return {}


def open_connection(workspaces: Workspaces, caller: Caller, _: Arguments) -> Json:
    """`apps.connections.open`: an address for one Socket Mode connection, for the app-level token alone."""
    if not caller.token:
        raise SlackError("not_authed")
    if caller.token != workspaces.registration.app_token:
        raise SlackError("not_allowed_token_type" if caller.token.startswith("xox") else "invalid_auth")
    return {"url": f"{workspaces.first.url.replace('http', 'ws', 1)}/slack/socket/{workspaces.sockets.ticket()}"}


APP_METHODS: dict[str, AppMethod] = {
    "apps.connections.open": open_connection,
    "apps.uninstall": uninstall,
    "auth.revoke": revoke_token,
    "oauth.v2.access": access,
    "oauth.v2.exchange": exchange,
}


def _app_itself(workspaces: Workspaces, caller: Caller) -> None:
    if caller.client_id != workspaces.registration.client_id:
        raise SlackError("invalid_client_id")
    if caller.client_secret != workspaces.registration.client_secret:
        raise SlackError("bad_client_secret")


def _told(workspaces: Workspaces, world: World, grant: Grant) -> Json:
    installed = world.installation
    told: Json = {
        "app_id": workspaces.registration.app,
        "authed_user": {"id": grant.installer},
        "scope": ",".join(grant.scopes),
        "token_type": "bot",
        "access_token": grant.token,
        "bot_user_id": installed.bot_user,
        "team": {"id": installed.team, "name": installed.name},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    return told | ({"refresh_token": grant.refresh, "expires_in": EXPIRES_IN} if grant.refresh else {})
