"""The workspaces that Handrail is installed in: every call to Slack goes through here, with that workspace's token and no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from slack_sdk import WebClient

from bot.channels import SendError
from bot.slack.callers import Body, Caller, caller_of
from bot.slack.client import NOT_INSTALLED, TIMEOUT, called, slack_client
from bot.slack.patience import left
from bot.slack.pauses import Pauses

QUICK = 2
"""Seconds that a call inside a listener may take: Slack waits three for the acknowledgement."""
_TOO_LITTLE = 0.3
"""Seconds in which no call is begun."""
_ASK_AGAIN = 15.0

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """What lets us into one workspace, or into an organisation (`team` is its id then). `bot` and `bot_user` are who we are there."""

    team: str
    token: str = field(repr=False)
    bot: str = ""
    bot_user: str = ""
    app: str = ""
    scopes: frozenset[str] = frozenset()
    name: str = ""
    url: str = ""


class Tokens(Protocol):
    """Where tokens come from: one in the settings, or those of our database."""

    @property
    def csm_team(self) -> str:
        """The vendor's workspace, '' while nobody could say."""
        ...

    def access(self, team: str) -> Access | None:
        """What lets us into a workspace, None when we are not installed there. Slack is not asked."""
        ...

    def fresh(self, team: str) -> Access | None:
        """The same, renewed first when it ends soon."""
        ...

    def teams(self) -> list[str]:
        """Every workspace or organisation that we are installed in."""
        ...

    def refused(self, access: Access, code: str, *, hurry: bool) -> Access | None:
        """Slack refused the token with this word. Another one when there is one; a token that is dead for good is forgotten.

        In a `hurry` none is asked of Slack.
        """
        ...


class Workspaces:
    """The way to Slack, workspace by workspace. A `team` is the part of "TEAM/USER" before the slash; '' is the vendor's own."""

    def __init__(self, tokens: Tokens, api_url: str, pauses: Pauses | None = None) -> None:
        self._tokens = tokens
        self._api_url = api_url
        self._pauses = pauses or Pauses()

    @property
    def csm_team(self) -> str:
        """The id of the workspace where the CSMs are."""
        return self._tokens.csm_team

    def teams(self) -> list[str]:
        """Every workspace or organisation that we are installed in."""
        return self._tokens.teams()

    def installed(self, team: str) -> bool:
        """Whether we may write to people of this workspace."""
        return self._tokens.access(team or self.csm_team) is not None

    def access(self, team: str, *, hurry: bool = True) -> Access:
        """What lets us in; without `hurry` it is renewed when it ends soon. Raises SendError (`shut`) when we are not installed there."""
        found = (self._tokens.access if hurry else self._tokens.fresh)(team or self.csm_team)
        if found is None:
            raise SendError(NOT_INSTALLED, shut=True)
        return found

    def client(self, team: str, *, timeout: int = TIMEOUT) -> WebClient:
        """A client with that workspace's token; prefer `call`, which minds what Slack asked of us. Raises SendError when not installed."""
        return slack_client(self.access(team, hurry=timeout <= QUICK).token, self._api_url, timeout=timeout)

    def csm_client(self, *, timeout: int = TIMEOUT) -> WebClient:
        """A client for the vendor's workspace. Raises SendError when not installed there."""
        return self.client("", timeout=timeout)

    def bot_user(self, team: str) -> str:
        """Who we are in a workspace, '' when nobody can say."""
        found = self._tokens.access(team or self.csm_team)
        return found.bot_user if found else ""

    def scopes(self, team: str) -> frozenset[str]:
        """What we were allowed in a workspace; empty when we are not installed there or nobody can say."""
        found = self._tokens.access(team or self.csm_team)
        return found.scopes if found else frozenset()

    def caller(self, body: Body) -> Caller:
        """Whom a delivery is from, and in which workspace we heard of it."""
        return caller_of(body)

    def ours(self, caller: Caller) -> bool:
        """Whether it happened in the vendor's workspace, by somebody who is at home there."""
        return not caller.away and self.csm_team in ("", caller.team)  # '' while Slack can't be asked which our only workspace is

    def namespace(self, body: Body) -> str:
        """The team id (or organisation's) that the identity of whoever did it lives under: their own, never ours for a guest's."""
        return caller_of(body).namespace

    def call(self, team: str, method: str, make: Callable[[WebClient], T], *, timeout: int = TIMEOUT) -> T:
        """Call a method of Slack's (named as in the API, `chat.postMessage`) with that workspace's token.

        Raises SendError: at once and without a call when we are not installed there (`shut`), when Slack asked us to wait with this
        method in this workspace, or when this workspace did not answer lately (where somebody waits: this method, five seconds ago).
        Other workspaces and methods go on.
        """
        hurry = timeout <= QUICK or left() is not None
        access = self.access(team, hurry=hurry)
        try:
            return self._once(access, method, make, timeout)
        except SendError as error:
            another = self._tokens.refused(access, str(error), hurry=hurry) if error.shut else None
            if another is None:
                raise
        return self._once(another, method, make, timeout)

    def csm_call(self, method: str, make: Callable[[WebClient], T], *, timeout: int = TIMEOUT) -> T:
        """The same in the vendor's workspace."""
        return self.call("", method, make, timeout=timeout)

    def _once(self, access: Access, method: str, make: Callable[[WebClient], T], timeout: int) -> T:
        rest = left()
        hurry = timeout <= QUICK or rest is not None
        self._pauses.check(access.team, method, hurry=hurry)
        if rest is not None and rest < _TOO_LITTLE:
            raise SendError("no time left to ask Slack", retry_after=1)
        client = slack_client(access.token, self._api_url, timeout=timeout if rest is None else min(timeout, rest))
        with self._pauses.waiting(access.team) if hurry else nullcontext():
            began = time.monotonic()
            try:
                answer = called(lambda: make(client))
            except SendError as error:
                self._pauses.note(access.team, method, error, time.monotonic() - began, hurry=hurry)
                raise
        self._pauses.well(access.team, method)
        return answer


class OneToken:
    """One workspace, with the token from the settings. Which workspace it is, Slack says when somebody first wants to know."""

    def __init__(self, token: str, api_url: str) -> None:
        self._token = token
        self._api_url = api_url
        self._known: Access | None = None
        self._org = ""
        self._ask_from = 0.0
        self._lock = threading.Lock()

    @property
    def csm_team(self) -> str:
        """The workspace of the token, '' while Slack can't be asked."""
        known = self._ask()
        return known.team if known else ""

    def access(self, team: str) -> Access | None:
        """The token for its own workspace. While Slack can't be asked which that is, it is tried for any."""
        known = self._ask()
        if known is None:
            return Access(team=team, token=self._token)
        return known if team in ("", known.team, self._org) else None

    def fresh(self, team: str) -> Access | None:
        """The same: a token of the settings does not end."""
        return self.access(team)

    def teams(self) -> list[str]:
        """The one."""
        return [self.csm_team] if self.csm_team else []

    def refused(self, access: Access, code: str, *, hurry: bool) -> Access | None:  # noqa: ARG002
        """There is no other."""
        return None

    def _ask(self) -> Access | None:
        with self._lock:
            if self._known is None and time.monotonic() >= self._ask_from:
                client = slack_client(self._token, self._api_url, timeout=QUICK)
                try:
                    told = called(client.auth_test)
                except SendError:
                    self._ask_from = time.monotonic() + _ASK_AGAIN
                    return None
                self._org = str(told.get("enterprise_id") or "")
                self._known = Access(
                    team=str(told.get("team_id") or ""),
                    token=self._token,
                    bot=str(told.get("bot_id") or ""),
                    bot_user=str(told.get("user_id") or ""),
                    app=str(told.get("app_id") or ""),
                    scopes=_listed(told.headers),
                    name=str(told.get("team") or ""),
                    url=str(told.get("url") or ""),
                )
            return self._known


def _listed(headers: object) -> frozenset[str]:
    """The scopes that Slack names beside every answer."""
    if not isinstance(headers, dict):
        return frozenset()
    given: str | Collection[str] = next((value for name, value in headers.items() if str(name).lower() == "x-oauth-scopes"), "")
    names = given.split(",") if isinstance(given, str) else given
    return frozenset(name.strip() for name in names if name.strip())
