"""The workspaces that installed us, as Bolt and slack_sdk want to store them: in our database, with encrypted tokens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from logging import Logger

from slack_bolt.error import BoltError
from slack_sdk.oauth import InstallationStore
from slack_sdk.oauth.installation_store import Bot, Installation

from bot.slack.token_box import TokenBox, Unreadable
from bot.slack.workspaces import Access
from bot.world import machine_now
from storage.installations import InstallationRows, Installed

log = logging.getLogger("handrail.installations")


class Installations(InstallationStore):
    """Keeps what lets us into each workspace: bot tokens only, the least that does the job.

    A token that can't be decrypted counts as not installed; `unreadable` names such workspaces.
    """

    def __init__(self, rows: InstallationRows, box: TokenBox, machine: Callable[[], datetime] = machine_now) -> None:
        self.rows = rows
        self._box = box
        self._machine = machine
        self.unreadable: set[str] = set()

    @property
    def logger(self) -> Logger:
        """Where slack_sdk would log."""
        return log

    # What slack_sdk asks for

    def save(self, installation: Installation) -> None:
        """Somebody installed us. Raises BoltError for an installation without a bot."""
        if not installation.bot_token:
            raise BoltError("this installation has no bot")
        self._keep(installation.to_bot(), installation.user_id or "", installation.enterprise_url or "")

    def save_bot(self, bot: Bot) -> None:
        """The same without the person who did it."""
        self._keep(bot, "", "")

    def find_bot(self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False) -> Bot | None:
        """Our bot in a workspace, or in the organisation when we are installed for all of it."""
        for place in _places(enterprise_id, team_id, org=bool(is_enterprise_install)):
            if (found := self.find(place)) and (opened := self.opened(found)):
                return as_bot(found, *opened)
        return None

    def find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,  # noqa: ARG002
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """The same as an installation; it holds no user's token."""
        bot = self.find_bot(enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install)
        if bot is None:
            return None
        found = self.find(_place(bot.enterprise_id, bot.team_id, org=bot.is_enterprise_install))
        given = {name: value for name, value in bot.to_dict_for_copying().items() if name != "installed_at"}
        return Installation(**given, user_id=found.installer if found else "", installed_at=bot.installed_at)

    def delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Delete the tokens of that workspace, or of that organisation."""
        self.remove(team_id or enterprise_id or "", "uninstalled")

    def delete_installation(self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None) -> None:
        """A user's tokens: we keep none."""

    # What we ask for

    def find(self, team: str) -> Installed | None:
        """What is kept of a workspace where we are installed."""
        found = self.rows.find(team) if team else None
        return found if found and found.token else None

    def opened(self, found: Installed) -> tuple[str, str] | None:
        """The token and the refresh token, None when they can't be read."""
        try:
            opened = self._box.open(found.token), self._box.open(found.refresh_token)
        except Unreadable:
            if found.team not in self.unreadable:
                log.error("the token of %s can't be decrypted: none of the keys fits; it has to be installed again", found.team)
            self.unreadable.add(found.team)
            return None
        self.unreadable.discard(found.team)
        return opened

    def access(self, found: Installed) -> Access | None:
        """What lets us in, None when the token can't be read."""
        opened = self.opened(found)
        if opened is None:
            return None
        return Access(
            team=found.team,
            token=opened[0],
            bot=found.bot,
            bot_user=found.bot_user,
            app=found.app,
            scopes=frozenset(found.scopes),
            name=found.name,
            url=found.url,
        )

    def renew(self, before: Installed, bot: Bot) -> bool:
        """Put a refreshed token in the place of the old one. False when somebody else was quicker."""
        return self.rows.renew(
            before,
            token=self._box.close(bot.bot_token),
            refresh_token=self._box.close(bot.bot_refresh_token or ""),
            expires_at=_instant(bot.bot_token_expires_at),
            key=self._box.mark,
        )

    def remove(self, team: str, why: str, *, found: Installed | None = None) -> bool:
        """Delete the tokens of a workspace; those of `found` only while they are still these. False when there were none."""
        gone = self.rows.remove(team, why, self._machine(), token=found.token if found else "")
        if gone:
            log.warning("we are not installed in %s any more: %s", team, why)
        self.unreadable.discard(team)
        return gone

    def rotate_keys(self) -> int:
        """Encrypt anew what is kept with an older key; how many tokens that were. What can't be read waits until its key is back."""
        done = 0
        for found in self.rows.all():
            if not found.token or found.key == self._box.mark:
                continue
            try:
                again = replace(
                    found, token=self._box.renewed(found.token), refresh_token=self._box.renewed(found.refresh_token), key=self._box.mark
                )
            except Unreadable:
                self.opened(found)
                continue
            done += self.rows.renew(found, token=again.token, refresh_token=again.refresh_token, expires_at=again.expires_at, key=again.key)
        return done

    def _keep(self, bot: Bot, installer: str, url: str) -> None:
        self.unreadable.discard(place := _place(bot.enterprise_id, bot.team_id, org=bot.is_enterprise_install))
        self.rows.save(
            Installed(
                team=place,
                org=bot.is_enterprise_install,
                app=bot.app_id or "",
                name=(bot.enterprise_name if bot.is_enterprise_install else bot.team_name) or "",
                url=url,
                bot=bot.bot_id or "",
                bot_user=bot.bot_user_id or "",
                scopes=tuple(scope for scope in bot.bot_scopes or () if scope),
                token=self._box.close(bot.bot_token),
                refresh_token=self._box.close(bot.bot_refresh_token or ""),
                expires_at=_instant(bot.bot_token_expires_at),
                key=self._box.mark,
                installer=installer,
                installed_at=self._machine(),
            )
        )


def as_bot(found: Installed, token: str, refresh_token: str) -> Bot:
    """An installation as slack_sdk wants it."""
    return Bot(
        app_id=found.app,
        enterprise_id=found.team if found.org else None,
        enterprise_name=found.name if found.org else None,
        team_id=None if found.org else found.team,
        team_name=None if found.org else found.name,
        bot_token=token,
        bot_id=found.bot,
        bot_user_id=found.bot_user,
        bot_scopes=list(found.scopes),
        bot_refresh_token=refresh_token or None,
        bot_token_expires_at=int(found.expires_at.timestamp()) if found.expires_at else None,
        is_enterprise_install=found.org,
        installed_at=found.installed_at.timestamp(),
    )


def _place(enterprise: str | None, team: str | None, *, org: bool) -> str:
    return (enterprise if org else team) or team or enterprise or ""


def _places(enterprise: str | None, team: str | None, *, org: bool) -> list[str]:
    return [place for place in ((enterprise,) if org else (team, enterprise)) if place]


def _instant(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
