"""Who installed us, and who goes on in Slack: people are linked to their Slack users, and shown the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import quote

from slack_sdk.oauth.installation_store import Installation

from bot.channels import SendError
from bot.handle import Door
from bot.slack.callers import Caller
from bot.slack.confirming import Confirming
from bot.slack.oauth import Landing, Show, open_url
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
    confirming: Confirming

    def arrived(self, installation: Installation, came_for: str) -> Landing:
        """Link whoever did it, where that is proven; how to thank them.

        A link of ours proves a mailbox only together with the same address in Slack: it may have been passed on, to an admin or by a rogue.
        Whom it was written to is asked by mail then. Raises SendError when Slack can't be asked who they are.
        """
        team = (installation.enterprise_id if installation.is_enterprise_install else installation.team_id) or ""
        caller = Caller(team=team, user=installation.user_id or "", namespace=team)
        subject = self.door.view(came_for) if came_for else None
        known = self.door.store.resolve("slack", caller.namespace, caller.user)
        if subject is None or known not in (None, came_for):
            found = known or self.who.person(caller)
            return self._welcome(found, caller) if found else Landing()
        self.rows.settle([came_for])
        profile = self.who.profile(caller.team, caller.user)
        if profile.human and profile.email and profile.email == subject.person.email:
            return self._came_themselves(subject.person, caller, profile)
        return self._sent_somebody(subject.person, caller)

    def _came_themselves(self, person: Person, caller: Caller, profile: Profile) -> Landing:
        """They have the link and the address. Somebody whom we reach by another Slack user is asked by mail all the same."""
        if self.who.elsewhere(person, caller.namespace, caller.user):
            return self._landing(person, "by_mail") if self.confirming.ask(person.id, caller) else self._landing(person)
        linked = self.who.link(person.id, caller.namespace, caller.user, profile, proved=True)
        return self._welcome(person.id, caller) if linked else self._landing(person)

    def _sent_somebody(self, person: Person, caller: Caller) -> Landing:
        """Somebody else pressed, such as an admin. Who has the person's address there is linked or asked by mail."""
        own = self.who.by_email_in(caller.team, person.email) if person.email else None
        if own is not None:
            theirs = replace(caller, user=own.user)
            if self.who.person(theirs) is None:
                self.confirming.ask(person.id, theirs)
            else:
                self.door.redraw(Draw("home", person.id))
        if found := self.who.person(caller):
            return self._welcome(found, caller)
        return self._landing(person, "" if own else "other_address")

    def _welcome(self, person_id: str, caller: Caller) -> Landing:
        """They installed it themselves: from now on we may write to them there."""
        subject = self.door.view(person_id)
        if subject is None:
            return Landing()
        self.door.handle(*self.who.came(subject.person, "installed", f"install:{caller.namespace}/{caller.user}"))
        self.door.redraw(Draw("home", person_id))
        return self._landing(subject.person, "you")

    def _landing(self, person: Person, note: Literal["", "you", "by_mail", "other_address"] = "") -> Landing:
        return Landing(locale=person.locale, note=note if person.email else "", email=in_part(person.email))


def in_part(email: str) -> str:
    """An address that its owner recognises and nobody else learns."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}…{at}{domain}" if at else ""


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
        install_url = f"/slack/install?for={quote(token)}"
        if not linked and self.rows is not None:
            team = next((one for one in self.door.store.trusted(person.account_id) if self.workspaces.installed(one)), "")
        if linked or team or self.rows is None:
            more = install_url if self.rows is not None and not linked else ""
            return self.show("slack_open.html", {"linked": linked, "open_url": self._open_url(team), "install_url": more}, person.locale)
        facts: dict[str, Any] = {
            "state": "waiting" if self.rows.waits(person.id) else "new",
            "install_url": install_url,
            "workspace": "",
        }
        return self.show("slack_not_installed.html", facts, person.locale)

    def _open_url(self, team: str) -> str:
        try:
            access = self.workspaces.access(team)
        except SendError:
            return open_url(self.api_url, "", team)
        return open_url(self.api_url, access.app, access.team, access.bot_user)
