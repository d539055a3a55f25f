"""The tokens of many workspaces, kept fresh: where Slack's tokens live for twelve hours, each is renewed before it ends."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation import TokenRotator

from bot.channels import SendError
from bot.slack.client import called
from bot.slack.installations import Installations, as_bot
from bot.slack.workspaces import Access
from bot.world import machine_now
from storage.installations import Installed

log = logging.getLogger("handrail.installations")

AHEAD = timedelta(hours=2)
"""A token is renewed this long before it ends."""
OVERDUE = timedelta(minutes=90)
"""What ends sooner should have been renewed by now: every process can see that, whichever of them tried."""
_AGAIN = 60.0
"""Seconds between two tries to renew a token that is still good."""
DEAD = frozenset({"token_revoked", "account_inactive"})
"""Slack's words for a token that will never be good again: the app was removed there."""
_ALWAYS = 60 * 24 * 365 * 10
"""Minutes: more than any token lives."""
_STALE = frozenset({"token_expired", "invalid_auth"})


class KeptTokens:
    """The tokens of our database. Safe to share between threads and processes: of two that renew a token, the loser reads the winner's.

    A token is renewed by `fresh` and by a chore, never while a listener waits: an answer that we did not wait for would be a lost token.
    """

    def __init__(
        self, installations: Installations, rotator: TokenRotator, csm_team: str, machine: Callable[[], datetime] = machine_now
    ) -> None:
        self._installations = installations
        self._rotator = rotator
        self._csm_team = csm_team
        self._machine = machine
        self._locks: dict[str, threading.Lock] = {}
        self._tried: dict[str, float] = {}
        self._failing: dict[str, tuple[int, str]] = {}

    @property
    def csm_team(self) -> str:
        """The vendor's workspace, from the settings."""
        return self._csm_team

    def access(self, team: str) -> Access | None:
        """What lets us into a workspace; None when we are not installed there."""
        found = self._installations.find(team)
        return self._installations.access(found) if found else None

    def fresh(self, team: str) -> Access | None:
        """The same, renewed first when it ends soon."""
        found = self._installations.find(team)
        if found is None:
            return None
        if self._ends_soon(found) and self._may_try(team):
            found = self._renewed(found) or found
        return self._installations.access(found)

    @property
    def failing(self) -> dict[str, str]:
        """The workspaces whose token could not be renewed, with Slack's word where it was this process that heard it."""
        kept = [found for found in self._installations.rows.all() if found.token]
        heard = {team: why for team, (version, why) in self._failing.items() if any((f.team, f.version) == (team, version) for f in kept)}
        late = {found.team for found in kept if self._ends_soon(found, OVERDUE)}
        return dict.fromkeys(sorted(late), "it should have been by now") | heard

    def teams(self) -> list[str]:
        """Every workspace or organisation that we are installed in, the first installed first."""
        return [found.team for found in self._installations.rows.all() if found.token]

    def refused(self, access: Access, code: str, *, hurry: bool = False) -> Access | None:
        """Slack refused a token. One that is dead for good is deleted; else another, when somebody has renewed it or it can be renewed."""
        found = self._installations.find(access.team)
        now = self._installations.access(found) if found else None
        if found is None or now is None or now.token != access.token:
            return now
        if code in DEAD:
            self._installations.remove(access.team, code, found=found)
            return None
        if code in _STALE and found.refresh_token and not hurry and self._may_try(access.team):
            renewed = self._renewed(found, whenever=True)
            return self._installations.access(renewed) if renewed else None
        return None

    def renew_all(self) -> None:
        """Renew every token that ends soon, used or not."""
        for found in self._installations.rows.all():
            if found.token and self._ends_soon(found):
                self._renewed(found)

    def _may_try(self, team: str) -> bool:
        return time.monotonic() >= self._tried.get(team, 0.0)

    def _ends_soon(self, found: Installed, ahead: timedelta = AHEAD) -> bool:
        return bool(found.refresh_token) and found.expires_at is not None and found.expires_at - self._machine() < ahead

    def _renewed(self, found: Installed, *, whenever: bool = False) -> Installed | None:
        """The installation with a new token; None when it could not be renewed, and the old one stays while it is good."""
        with self._locks.setdefault(found.team, threading.Lock()):
            current = self._installations.find(found.team)
            if current is None or current.version != found.version:
                return current
            opened = self._installations.opened(current)
            if opened is None:
                return None
            bot = as_bot(current, *opened)
            try:
                fresh = called(lambda: self._rotate(bot, whenever=whenever))
            except SendError as error:
                return self._not_renewed(current, str(error))
            if fresh is None:
                return None
            if not self._installations.renew(current, fresh):
                log.info("the token of %s was replaced by somebody else meanwhile", current.team)
            self._failing.pop(current.team, None)
            return self._installations.find(current.team)

    def _rotate(self, bot: Bot, *, whenever: bool) -> Bot | None:
        minutes = _ALWAYS if whenever else int(AHEAD.total_seconds()) // 60
        try:
            return self._rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=minutes)
        except SlackTokenRotationError as error:
            raise error.api_error from None

    def _not_renewed(self, before: Installed, why: str) -> Installed | None:
        now = self._installations.find(before.team)
        if now is not None and now.version != before.version:
            return now
        log.warning("the token of %s could not be renewed: %s", before.team, why)
        self._failing[before.team] = before.version, why
        self._tried[before.team] = time.monotonic() + _AGAIN
        return None
