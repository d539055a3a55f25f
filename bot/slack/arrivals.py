"""Who installed us, and who goes on in Slack: people are linked to their Slack users, and shown the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from slack_sdk.oauth.installation_store import Installation

from bot.channels import SendError
from bot.handle import Door
from bot.slack.callers import Caller
from bot.slack.oauth import Show, open_url
from bot.slack.who import Profile, WhoIsWho
from bot.slack.workspaces import Workspaces
from flows.decision import Draw
from flows.people import Person
from storage.installations import InstallationRows


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrivals:
    """What follows when somebody came back from Slack."""

    door: Door
    who: WhoIsWho
    rows: InstallationRows

    def arrived(self, installation: Installation, came_for: str) -> str:
        """Link whoever did it: the person whose link it was, else whom their address names. Gives their language, '' when unknown.

        A link may have been passed on to an admin: who has the person's address in that workspace is the person, before whoever pressed.
        Raises SendError when Slack can't be asked who they are.
        """
        team = (installation.enterprise_id if installation.is_enterprise_install else installation.team_id) or ""
        caller = Caller(team=team, user=installation.user_id or "", namespace=team)
        subject = self.door.view(came_for) if came_for else None
        if subject is None:
            found = self.who.person(caller)
            return self._welcome(found, caller) if found else ""
        self.rows.settle([came_for])
        profile = self._theirs(subject.person, caller)
        if profile is not None and self.who.link(came_for, team, profile.user, profile):
            if profile.user == caller.user:
                return self._welcome(came_for, caller)
            self.door.redraw(Draw("home", came_for))
        return subject.person.locale

    def _theirs(self, person: Person, caller: Caller) -> Profile | None:
        """The Slack user of the person; whoever pressed, when nobody there has their address and the presser is nobody else we know."""
        if person.email and (own := self.who.by_email_in(caller.team, person.email)):
            return own
        try:
            profile = self.who.profile(caller.team, caller.user)
        except SendError:
            return Profile(user=caller.user, team=caller.team) if caller.user else None
        known = self.door.store.resolve("email", "", profile.email) if profile.email else None
        return profile if known in (None, person.id) and not profile.bot else None

    def _welcome(self, person_id: str, caller: Caller) -> str:
        """They installed it themselves: from now on we may write to them there."""
        subject = self.door.view(person_id)
        if subject is None:
            return ""
        self.door.handle(*self.who.came(subject.person, "installed", f"install:{caller.namespace}/{caller.user}"))
        self.door.redraw(Draw("home", person_id))
        return subject.person.locale


@dataclass(frozen=True, kw_only=True, slots=True)
class Continuing:
    """The page behind "continue in Slack". `rows` is None where there is only one workspace, which needs no installing."""

    door: Door
    workspaces: Workspaces
    rows: InstallationRows | None
    api_url: str
    whose: Callable[[str], str | None]
    show: Show

    def page(self, token: str) -> str | None:
        """The page of whoever this link was written to; None for every kind of wrong link. Looking changes nothing."""
        person_id = self.whose(token)
        subject = self.door.view(person_id) if person_id else None
        if subject is None or not subject.person.version:
            return None
        person = subject.person
        team = person.slack.rpartition("/")[0]
        linked = bool(person.slack) and self.workspaces.installed(team)
        if linked or self.rows is None:
            return self.show("slack_open.html", {"linked": linked, "open_url": self._open_url(team)}, person.locale)
        facts: dict[str, Any] = {
            "state": "waiting" if self.rows.waits(person.id) else "new",
            "install_url": f"/slack/install?for={quote(token)}",
            "workspace": "",
        }
        return self.show("slack_not_installed.html", facts, person.locale)

    def _open_url(self, team: str) -> str:
        try:
            access = self.workspaces.access(team)
        except SendError:
            return open_url(self.api_url, "", team)
        return open_url(self.api_url, access.app, access.team, access.bot_user)
