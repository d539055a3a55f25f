"""Whose token doctor looks with: the one in the settings, or that of the vendor's installation. Nothing is renewed or written."""

from __future__ import annotations

from contextlib import closing

from bot.doctor.finding import Finding
from bot.doctor.house import existing_database
from bot.doctor.site import Site, plain
from bot.slack.installations import Installations
from bot.slack.token_box import token_box
from storage.database import Database, StorageError
from storage.installations import InstallationRows

HOME = "your workspace"


def token_at_home(site: Site) -> tuple[str, Finding | None]:
    """The token of the vendor's own workspace, "" when there is none; with OAuth also what was found of its installation."""
    if not site.many_workspaces:
        return site.bot_token, None
    if not site.csm_team:
        return "", None
    try:
        with closing(existing_database(site)) as database:
            return _kept(site, database)
    except (StorageError, ValueError):  # no database yet, or a key that is none: told by the checks of these
        return "", Finding(HOME, "unknown", "the installations can't be read", "see to the lines database and token keys first")


def _kept(site: Site, database: Database) -> tuple[str, Finding]:
    rows = InstallationRows(database)
    installations = Installations(rows, token_box(site.settings.fernet_keys, plain(site.settings.secret_key)))
    found = installations.find(site.csm_team)
    if found is None:
        todo = f"open {site.settings.base_url}/slack/install?team=csm and choose your own workspace"
        return "", Finding(HOME, "wrong", f"the app is not installed in {site.csm_team}, so no case reaches your team", todo)
    access = installations.access(found)
    if access is None:
        todo = "put the key that is missing back into HANDRAIL_TOKEN_KEYS, or install the app again"
        return "", Finding(HOME, "wrong", f"none of the keys decrypts the token of {site.csm_team}", todo)
    others = sum(1 for one in rows.all() if one.token) - 1
    return access.token, Finding(HOME, "ok", f"installed in {found.name or found.team}, and in {others} more")
