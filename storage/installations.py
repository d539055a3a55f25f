"""Where our app is installed in Slack, with its tokens as they are kept: encrypted, by whoever calls. Moments are machine time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from storage.database import Database
from storage.tables import installations, oauth_states


@dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """One installation: of a workspace, or of a whole organisation (then `team` is the enterprise's id and `org` is true).

    `token` and `refresh_token` are ciphertext, never shown; `key` tells with which key. Without a token the app was removed at
    `removed_at` and `removed_why` is Slack's word. `version` grows with every change.
    """

    team: str
    org: bool = False
    app: str = ""
    name: str = ""
    url: str = ""
    bot: str = ""
    bot_user: str = ""
    scopes: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    key: str = ""
    installer: str = ""
    installed_at: datetime
    removed_at: datetime | None = None
    removed_why: str = ""
    version: int = 0


class InstallationRows:
    """Installations and the states of those under way. Safe to share between threads; every method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, found: Installed) -> None:
        """Keep an installation in place of the one that was there."""
        columns = _columns(found)
        fresh = self._database.insert(installations).values(**columns, version=1)
        again = {**columns, "version": installations.c.version + 1}
        with self._database.write() as connection:
            connection.execute(fresh.on_conflict_do_update(index_elements=["team"], set_=again))

    def find(self, team: str) -> Installed | None:
        """The installation of a workspace or an organisation, also one that was removed."""
        with self._database.read() as connection:
            row = connection.execute(select(installations).where(installations.c.team == team)).first()
        return _installed(row) if row else None

    def all(self) -> list[Installed]:
        """Every installation, those that were removed too, the first installed first."""
        with self._database.read() as connection:
            return [_installed(row) for row in connection.execute(select(installations).order_by(installations.c.installed_at))]

    def renew(self, before: Installed, *, token: str, refresh_token: str, expires_at: datetime | None, key: str) -> bool:
        """Put new tokens in the place of those of `before`. False when somebody else was quicker: read again."""
        values = {"token": token, "refresh_token": refresh_token, "expires_at": expires_at, "key": key, "version": before.version + 1}
        same = (installations.c.team == before.team) & (installations.c.version == before.version)
        with self._database.write() as connection:
            return connection.execute(update(installations).where(same).values(values)).rowcount == 1

    def remove(self, team: str, why: str, at: datetime, *, token: str = "") -> bool:
        """Delete the tokens of a workspace; with a `token` (ciphertext) only while it is still that one. False when there was none."""
        standing = (installations.c.team == team) & (installations.c.token != "")
        if token:
            standing &= installations.c.token == token
        gone = {"token": "", "refresh_token": "", "expires_at": None, "removed_at": at, "removed_why": why}
        with self._database.write() as connection:
            taken = update(installations).where(standing).values(**gone, version=installations.c.version + 1)
            return connection.execute(taken).rowcount == 1

    # States of installations under way

    def expect(self, state: str, person_id: str | None, issued_at: datetime, expires_at: datetime) -> None:
        """Somebody is on their way to Slack; `person_id` tells who, when they came by a link of theirs. Of each, what is over gives way."""
        over = (oauth_states.c.person_id == person_id) & (oauth_states.c.expires_at <= issued_at)
        row = {"state": state, "person_id": person_id, "issued_at": issued_at, "expires_at": expires_at}
        with self._database.write() as connection:
            connection.execute(delete(oauth_states).where(over))
            connection.execute(oauth_states.insert(), [row])

    def whose(self, state: str) -> str:
        """Whom a state was issued for, '' when for nobody in particular."""
        mine = select(oauth_states.c.person_id).where(oauth_states.c.state == state)
        with self._database.read() as connection:
            return str(connection.scalar(mine) or "")

    def consume(self, state: str, now: datetime) -> str | None:
        """They came back: the person's id ('' when we do not know whom), None for a state that is unknown, too old or used."""
        good = (oauth_states.c.state == state) & (oauth_states.c.expires_at > now)
        with self._database.write() as connection:
            row = connection.execute(delete(oauth_states).where(good).returning(oauth_states.c.person_id)).first()
        return None if row is None else str(row.person_id or "")

    def waits(self, person_id: str) -> bool:
        """Whether this person went to Slack and did not come back yet."""
        theirs = select(func.count()).select_from(oauth_states).where(oauth_states.c.person_id == person_id)
        with self._database.read() as connection:
            return bool(connection.scalar(theirs))

    def settle(self, people: Iterable[str]) -> None:
        """These people need not be waited for any more."""
        with self._database.write() as connection:
            connection.execute(delete(oauth_states).where(oauth_states.c.person_id.in_(list(people))))

    def forget_states(self, before: datetime, now: datetime) -> int:
        """Drop the states that were issued before a moment, and those of nobody in particular that are over; how many there were."""
        over = (oauth_states.c.issued_at < before) | (oauth_states.c.person_id.is_(None) & (oauth_states.c.expires_at <= now))
        with self._database.write() as connection:
            return connection.execute(delete(oauth_states).where(over)).rowcount


def _columns(found: Installed) -> dict[str, Any]:
    return {
        "team": found.team,
        "org": found.org,
        "app": found.app,
        "name": found.name,
        "url": found.url,
        "bot": found.bot,
        "bot_user": found.bot_user,
        "scopes": found.scopes,
        "token": found.token,
        "refresh_token": found.refresh_token,
        "expires_at": found.expires_at,
        "key": found.key,
        "installer": found.installer,
        "installed_at": found.installed_at,
        "removed_at": found.removed_at,
        "removed_why": found.removed_why,
    }


def _installed(row: Any) -> Installed:
    return Installed(**row._mapping)
