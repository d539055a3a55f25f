"""Who is who: a Slack user is matched to a person by e-mail; zone and locale come from the profile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
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


class WhoIsWho:
    """Finds the person behind a Slack user, and the Slack user behind an address. `csms` tells whom the project lists as colleagues.

    Profiles are asked within `QUICK` seconds, for somebody waits, and remembered for ten minutes; an old one is better than none.
    """

    def __init__(self, door: Door, workspaces: Workspaces, csms: Callable[[], Collection[str]] = tuple) -> None:
        self._door = door
        self._workspaces = workspaces
        self._csms = csms
        self._profiles: dict[tuple[str, str], tuple[float, Profile]] = {}
        self._lock = threading.Lock()

    def person(self, caller: Caller) -> str | None:
        """The person's id; None for a stranger. The first time, they are known from then on by their Slack user too.

        Somebody from another company's workspace is known only once they were known by their own: no address is believed across.
        Raises SendError when Slack can't be asked just now.
        """
        if known := self._door.store.resolve("slack", caller.namespace, caller.user):
            return known
        if caller.away or not caller.user:
            return None
        profile = self._asked(caller)
        if profile is None or profile.bot or profile.deleted or profile.stranger or not profile.email:
            return None
        person = self._door.store.resolve("email", "", profile.email)
        if person is None:
            return None
        self.link(person, caller.namespace, caller.user, profile)
        return person

    def link(self, person: str, namespace: str, user: str, profile: Profile | None = None) -> bool:
        """From now on this Slack user is that person. False when it is somebody else already, who is left alone."""
        if (owner := self._door.store.resolve("slack", namespace, user)) and owner != person:
            return False
        found = self._door.view(person)
        if found is None:
            return False
        names = [
            ("email", "", profile.email if profile else ""),
            ("email", "", found.person.email),
            ("external", "", found.person.external_id),
        ]
        theirs = [one for one in names if one[2] and self._door.store.resolve(*one) == person]
        if not theirs or self._door.store.identify([theirs[0], ("slack", namespace, user)]) != person:
            return False
        known = {"slack": f"{namespace}/{user}"} | (_told(profile, found.person) if profile else {})
        self._door.handle(Traits(source="slack", key=f"profile:{namespace}/{user}:{person}", who=person, at=self._door.now(), person=known))
        return True

    def came(self, person: Person, how: Literal["installed", "wrote", "opened", "pressed"], key: str) -> tuple[SlackOpened, ...]:
        """What to tell the engine when somebody comes to us in Slack: once, while their record lacks it. Handle it before what they did."""
        if person.slack_ok:
            return ()
        return (SlackOpened(source="slack", key=f"came:{key}", who=person.id, at=self._door.now(), how=how),)

    def name(self, user: str, team: str = "") -> str:
        """What people call a colleague; their id when nobody can say."""
        profile = self._kept(team, user)
        return profile.name if profile and profile.name else user

    def face(self, user: str, team: str = "") -> str:
        """The address of a colleague's picture, '' when there is none."""
        profile = self._kept(team, user)
        return profile.face if profile else ""

    def is_csm(self, team: str, user: str) -> bool:
        """Whether they are one of the vendor's own: of its workspace, no guest, bot or stranger, and listed or no customer we know."""
        if not user or team != self._workspaces.csm_team:
            return False
        profile = self._kept(team, user)
        if profile is None or profile.bot or profile.deleted or profile.guest or profile.stranger or profile.team not in ("", team):
            return False
        if user in self._csms():
            return True
        store = self._door.store
        return not (store.resolve("slack", team, user) or (profile.email and store.resolve("email", "", profile.email)))

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
        """ "TEAM/USER" of an address in the vendor's workspace, None when nobody there has it or Slack can't be asked now."""
        profile = self.by_email_in(self._workspaces.csm_team, email)
        return f"{profile.team or self._workspaces.csm_team}/{profile.user}" if profile else None

    def by_email_in(self, team: str, email: str) -> Profile | None:
        """Who has this address in a workspace, None when nobody has or Slack can't be asked now."""
        try:
            answer = self._workspaces.call(
                team, "users.lookupByEmail", lambda client: client.users_lookupByEmail(email=email), timeout=QUICK
            )
        except SendError:
            return None
        profile = _profile(answer["user"])
        return None if profile.bot or profile.deleted or profile.stranger else profile

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
