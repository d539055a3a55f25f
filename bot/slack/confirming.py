"""A Slack user says they are somebody: that somebody is asked by mail, and their mailbox is the proof."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from bot.channels import SendError
from bot.handle import Door
from bot.links import CONFIRM_LASTS, BadLink, Links
from bot.slack.callers import Caller
from bot.slack.who import Profile, WhoIsWho
from bot.slack.workspaces import Workspaces
from bot.surfaces import clean
from flows.decision import Say, To
from flows.events import SlackOpened
from flows.people import Person
from storage.outbox import Outbox

ONE_MAIL_IN = timedelta(minutes=10)
"""So rarely one Slack user has the same person written to."""
MOST_A_DAY = 3
"""Mails that one Slack user causes in a day, to whomever."""
_LONGEST_NAME = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What a link in such a mail says: the Slack user is this person. `name` and `workspace` are what its reader is shown."""

    person: str
    team: str
    user: str
    name: str = ""
    workspace: str = ""
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirming:
    """Asks by mail, and takes the answer."""

    door: Door
    outbox: Outbox
    links: Links
    who: WhoIsWho
    workspaces: Workspaces

    def ask(self, person_id: str, caller: Caller) -> bool:
        """Write to the person that this Slack user says to be them. False when nothing goes out: they stopped mail, or it was enough.

        Each Slack user has turns of their own: nobody uses up another's. Raises SendError when Slack can't say who is of the team.
        """
        subject, now = self.door.view(person_id), self.door.now()
        if subject is None or not _may_get_mail(subject.person) or self.who.is_ours(caller.namespace, caller.user):
            return False
        key = self._turn(person_id, f"{caller.namespace}/{caller.user}", now)
        if key is None:
            return False
        name, workspace = self._name(caller), self._workspace(caller.namespace)
        link = self.links.confirm_slack(person_id, f"{caller.namespace}/{caller.user}", now, name, workspace)
        say = Say(
            key=key,
            to=To("person", person_id, ("email",)),
            message="link_slack",
            person=person_id,
            facts={"confirm": link, "slack_name": name, "workspace": workspace},
            expires_at=now + CONFIRM_LASTS,
            priority=100,
        )
        return self.outbox.enqueue(say, now)

    def read(self, token: str) -> Claim | None:
        """What a link claims; None for every kind of wrong, and for one that was used."""
        try:
            told = self.links.read(token, "slack-link", self.door.now())
        except (BadLink, ValueError):
            return None
        first, *called = told.split("\n")
        person, _, slack = first.partition(" ")
        team, _, user = slack.rpartition("/")
        key = f"link:{sha256(token.partition('.')[0].encode()).hexdigest()}"
        name, workspace = [*called, "", ""][:2]
        claim = Claim(person=person, team=team, user=user, name=name or user, workspace=workspace or team, key=key)
        return claim if user and not self.door.store.known([self._came(claim)]) else None

    def confirm(self, claim: Claim) -> bool:
        """They said yes. False when the Slack user is somebody else already, or a colleague. Raises SendError when Slack can't say."""
        caller = Caller(team=claim.team, user=claim.user, namespace=claim.team)
        if not self.who.link(claim.person, claim.team, claim.user, self._profile(caller), proved=True):
            return False
        self.door.handle(self._came(claim))
        return True

    def _came(self, claim: Claim) -> SlackOpened:
        return SlackOpened(source="page", key=claim.key, who=claim.person, at=self.door.now(), how="wrote")

    def _turn(self, person: str, slack: str, now: datetime) -> str | None:
        """The key of this mail, unique for ever; None when there were enough. Keys are looked up one by one, which needs no table."""
        keys = [f"link_slack:{slack}:{now:%Y-%m-%d}:{turn}" for turn in range(MOST_A_DAY)]
        for key in keys:
            row = self.outbox.row(key)
            if row is None:
                return key
            if row.person == person and now < row.created_at + ONE_MAIL_IN:
                return None
        return None

    def _name(self, caller: Caller) -> str:
        profile = self._profile(caller)
        return _shown(profile.name if profile else "") or caller.user

    def _profile(self, caller: Caller) -> Profile | None:
        try:
            return self.who.profile(caller.team, caller.user)
        except SendError:
            return None

    def _workspace(self, team: str) -> str:
        try:
            return _shown(self.workspaces.access(team).name) or team
        except SendError:
            return team


def _may_get_mail(person: Person) -> bool:
    return bool(person.email) and not {"all", "email"} & set(person.opted_out)


def _shown(name: str) -> str:
    """A name that somebody else chose, for a mail of ours: one line, short, and nothing that a mail program makes a link of."""
    return " ".join(re.sub(r"[:/@<>|\[\]]|(?<=\w)\.(?=\w)", " ", clean(name)).split())[:_LONGEST_NAME]
