"""Who is who: a Slack user is matched to a person by e-mail where that proves something; zone and locale come from the profile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.channels import SendError
from bot.handle import Door
from bot.slack.callers import Caller
from bot.slack.workspaces import QUICK, Workspaces
from flows.events import SlackOpened, Traits
from flows.people import Person

FRESH = 600.0
"""Seconds that we take a profile for what it was."""
_MOST_KEPT = 5_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What Slack knows of one of its users.

    `team` is their own workspace. `guest`: of one or several channels. `stranger`: of another company, without a channel in common.
    `face` is the address of their picture.
    """

    user: str
    team: str = ""
    name: str = ""
    email: str = ""
    zone: str = ""
    locale: str = ""
    face: str = ""
    bot: bool = False
    deleted: bool = False
    guest: bool = False
    stranger: bool = False

    @property
    def human(self) -> bool:
        """Whether it is somebody of a workspace at hand: no bot, leaver or stranger."""
        return not (self.bot or self.deleted or self.stranger)


class WhoIsWho:
    """Finds the person behind a Slack user, and the Slack user behind an address.

    `names` tells whom the project lists as colleagues, and by which name. `colleague` tells whether somebody of our workspace is of the
    team (None: Slack can't say just now); who is never becomes a customer. Profiles are asked within `QUICK` seconds, for somebody
    waits, and remembered for ten minutes; an old one is better than none.
    """

    def __init__(
        self,
        door: Door,
        workspaces: Workspaces,
        names: Callable[[], Mapping[str, str]] = dict,
        colleague: Callable[[Caller], bool | None] = lambda _: False,
        nobody: Callable[[], str] = str,
    ) -> None:
        self._door = door
        self._workspaces = workspaces
        self._names = names
        self._colleague = colleague
        self._nobody = nobody
        self._profiles: dict[tuple[str, str], tuple[float, Profile]] = {}
        self._lock = threading.Lock()

    def person(self, caller: Caller) -> str | None:
        """The person's id; None for a stranger. The first time, they are known from then on by their Slack user too.

        An address proves somebody only where it is believed (docs/adr/0013); everybody else is asked. Raises SendError when Slack can't be
        asked just now.
        """
        if known := self._door.store.resolve("slack", caller.namespace, caller.user):
            return known
        if caller.away or not caller.user:
            return None
        profile = self._asked(caller)
        if profile is None or not profile.human or not profile.email:
            return None
        person = self._door.store.resolve("email", "", profile.email)
        if person is None or not self._believed(person, caller):
            return None
        return person if self.link(person, caller.namespace, caller.user, profile) else None

    def link(self, person: str, namespace: str, user: str, profile: Profile | None = None, *, proved: bool = False) -> bool:
        """From now on this Slack user is that person. False when it is somebody else already, or a colleague: these are left alone.

        `proved`: the person showed that their mailbox is theirs. Then this Slack user alone speaks for them, and the addresses of the
        workspace are believed for their account. Raises SendError when Slack can't say whether it is a colleague.
        """
        store, slack = self._door.store, f"{namespace}/{user}"
        found = self._door.view(person)
        if found is None or store.resolve("slack", namespace, user) not in (None, person) or self.is_ours(namespace, user):
            return False
        emails = {profile.email if profile else "", found.person.email}
        names = [*(("email", "", email) for email in sorted(emails)), ("external", "", found.person.external_id)]
        theirs = [one for one in names if one[2] and store.resolve(*one) == person]
        if not theirs or store.identify([theirs[0], ("slack", namespace, user)]) != person:
            return False
        if proved:
            store.release_others(("slack", namespace, user), person)
            if found.person.account_id:
                store.trust(namespace, found.person.account_id)
        if found.person.slack != slack:
            key = f"profile:{slack}:{person}:{found.person.version}"  # news each time: they may come back to where they were
            known = {"slack": slack} | (_told(profile, found.person) if profile else {})
            self._door.handle(Traits(source="slack", key=key, who=person, at=self._door.now(), person=known))
        return True

    def elsewhere(self, person: Person, namespace: str, user: str) -> bool:
        """Whether they are reached by another Slack user: then no address changes that, only they themselves by mail."""
        team = person.slack.rpartition("/")[0]
        return bool(person.slack) and person.slack != f"{namespace}/{user}" and self._workspaces.installed(team)

    def _believed(self, person_id: str, caller: Caller) -> bool:
        subject = self._door.view(person_id)
        if subject is None or self.elsewhere(subject.person, caller.namespace, caller.user):
            return False
        return self._workspaces.ours(caller) or self._door.store.trusts(caller.namespace, subject.person.account_id)

    def is_ours(self, namespace: str, user: str) -> bool:
        """Whether a Slack user is one of the team, who never becomes a customer. Raises SendError when Slack can't say."""
        told = self._colleague(Caller(team=namespace, user=user, namespace=namespace))
        if told is None:
            raise SendError("Slack can't say who is of the team", retry_after=1)
        return told

    def came(self, person: Person, how: Literal["installed", "wrote", "opened", "pressed"], key: str) -> tuple[SlackOpened, ...]:
        """What to tell the engine when somebody comes to us in Slack: once, while their record lacks it. Handle it before what they did."""
        if person.slack_ok:
            return ()
        return (SlackOpened(source="slack", key=f"came:{key}", who=person.id, at=self._door.now(), how=how),)

    def name(self, user: str, team: str = "") -> str:
        """What people call a colleague: by the project's list, else by Slack, else "our team". Never their id: customers read it."""
        if listed := self._names().get(user):
            return listed
        profile = self._kept(team, user)
        return profile.name if profile and profile.name else self._nobody()

    def face(self, user: str, team: str = "") -> str:
        """The address of a colleague's picture, '' when there is none."""
        profile = self._kept(team, user)
        return profile.face if profile else ""

    def at_home(self, team: str, user: str) -> bool | None:
        """Whether they belong to the vendor's own workspace: no guest, bot, leaver or stranger. None while Slack can't say."""
        ours = self._workspaces.csm_team
        if not user or ours not in ("", team):
            return False
        try:
            profile = self.profile(team, user)
        except SendError as error:
            return False if error.permanent else None
        return profile.human and not profile.guest and profile.team in ("", team)

    def profile(self, team: str, user: str) -> Profile:
        """What that workspace's Slack says of a user. Raises SendError."""
        key, now = (team or self._workspaces.csm_team, user), time.monotonic()
        known = self._profiles.get(key)
        if known and now - known[0] < FRESH:
            return known[1]
        try:
            answer = self._workspaces.call(
                team, "users.info", lambda client: client.users_info(user=user, include_locale=True), timeout=QUICK
            )
        except SendError:
            if known:
                return known[1]
            raise
        found = _profile(answer["user"])
        with self._lock:
            if len(self._profiles) >= _MOST_KEPT:
                self._profiles.clear()
            self._profiles[key] = (now, found)
        return found

    def by_email(self, email: str) -> str | None:
        """ "TEAM/USER" of an address in the vendor's workspace; None for a colleague, when nobody has it, or Slack can't be asked now."""
        profile, team = self.by_email_in(self._workspaces.csm_team, email), self._workspaces.csm_team
        if profile is None or self._colleague(Caller(team=team, user=profile.user, namespace=team)) is not False:
            return None
        return f"{profile.team or team}/{profile.user}"

    def by_email_in(self, team: str, email: str) -> Profile | None:
        """Who has this address in a workspace, None when nobody has or Slack can't be asked now."""
        try:
            answer = self._workspaces.call(
                team, "users.lookupByEmail", lambda client: client.users_lookupByEmail(email=email), timeout=QUICK
            )
        except SendError:
            return None
        profile = _profile(answer["user"])
        return profile if profile.human else None

    def _kept(self, team: str, user: str) -> Profile | None:
        try:
            return self.profile(team, user)
        except SendError:
            return None

    def _asked(self, caller: Caller) -> Profile | None:
        """Their profile; None when nobody will be told, however often we ask."""
        try:
            return self.profile(caller.team, caller.user)
        except SendError as error:
            if error.permanent or error.shut:
                return None
            raise


def _profile(data: Any) -> Profile:
    inner = data.get("profile") or {}
    return Profile(
        user=str(data.get("id") or ""),
        team=str(data.get("team_id") or ""),
        name=str(inner.get("real_name") or inner.get("display_name") or data.get("real_name") or data.get("name") or ""),
        email=str(inner.get("email") or "").lower(),
        zone=str(data.get("tz") or ""),
        locale=str(data.get("locale") or "").partition("-")[0],
        face=str(inner.get("image_192") or inner.get("image_72") or inner.get("image_48") or ""),
        bot=bool(data.get("is_bot")) or data.get("id") == "USLACKBOT",
        deleted=bool(data.get("deleted")),
        guest=bool(data.get("is_restricted") or data.get("is_ultra_restricted")),
        stranger=bool(data.get("is_stranger")),
    )


def _told(profile: Profile, person: Person) -> dict[str, str]:
    """Zone and language of the profile, except for what they chose themselves."""
    told = {"timezone": profile.zone, "locale": "" if person.chosen.get("locale") else profile.locale}
    return {name: value for name, value in told.items() if value}
