"""Who is meant, whatever a sender calls them: one person behind many ids, by the rules of docs/identity.md."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

from bot.handle import Door
from bot.mail_domains import own_domain
from bot.matching import Group, Match, Plan, all_known, in_question, plan
from flows.events import Merged, Traits
from flows.people import Subject
from storage.account_names import account_by, accounts_with, people_of
from storage.account_news import rename_account
from storage.database import Conflict
from storage.holders import give, holders, known_by_address_alone, plain_names
from storage.merges import of_person
from storage.store import Identity

SOURCE = "identity"
"""Who says so when two turn out to be one."""

_ATTEMPTS = 20
_LONGEST_PAUSE = 0.1
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ids:
    """What a sender calls somebody, as they wrote it; "" is none. `slack` is TEAM/USER, where the team may be an organisation.

    `sender`: a business system's own id of them, with its source (zendesk:501); no write key can say it.
    `claimed`: the address is what somebody typed, as products pass it on before it is verified. It proves little (docs/identity.md).
    """

    external: str = ""
    anonymous: str = ""
    email: str = ""
    slack: str = ""
    device: str = ""
    sender: str = ""
    claimed: bool = False

    @property
    def named(self) -> bool:
        """Whether they name anybody at all."""
        return bool(self.external.strip() or self.anonymous.strip()) or bool(self.identities)

    @property
    def identities(self) -> tuple[Identity, ...]:
        """The same as storage knows them, the strongest first."""
        team, _, user = self.slack.strip().partition("/")
        ones: tuple[Identity, ...] = (
            ("external", "", self.external.strip()),
            ("slack", team, user),
            ("email", "", self.email.strip()),
            ("sender", "", self.sender.strip()),
            ("anonymous", "", self.anonymous.strip()),
            ("device", "", self.device.strip()),
        )
        return tuple(one for one in ones if one[2])


class Knowing:
    """The one place that says whose ids are whose. Merges what turns out to be one person, through the door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def who(self, ids: Ids) -> str:
        """Our id of the person meant: known, or new. Raises ValueError when `ids` name nobody."""
        return self.who_all([ids])[0]

    def who_all(self, many: Sequence[Ids]) -> list[str]:
        """The same for many in a handful of statements; merges happen in the order of the list."""
        return self._meant([Group(plain_names(ids.identities), claimed=ids.claimed) for ids in many])

    def alias(self, previous: str, user: str) -> str:
        """Segment's alias: who was known as `previous` (an anonymous or external id) is `user`. Gives our id; a refusal is recorded."""
        before, now = previous.strip(), user.strip()
        if not (before and now) or before == now:
            return self.who(Ids(external=now or before))
        names = (("external", "", now), ("external", "", before), ("anonymous", "", before))
        return self._meant([Group(plain_names(names), alias=True)])[0]

    def account(self, *, external: str = "", domain: str = "", sender: str = "") -> str | None:
        """Our id of the account known by that id or else by that mail domain, new ones included; None when neither names one.

        `sender`: a business system's own id of it, such as hubspot:901; it names an account too, and is no id of ours.
        Where two of them name two accounts and nobody ever called the second by an id, they are one: its people come over.
        """
        names = [("external", external.strip()), ("sender", sender.strip()), ("domain", own_domain(domain))]
        wanted = [name for name in names if name[1]]
        if not wanted:
            return None
        found, other = account_by(self._door.store.database, wanted)
        if other:
            self._bring_over(other, found)
            rename_account(self._door.store.database, other, found)  # last, so that what is interrupted is done again
            self._bring_over(other, found)  # who joined it meanwhile
        return found

    def owners_of(self, emails: Collection[str]) -> dict[str, str]:
        """Our ids of those who have these addresses, by address as it is written."""
        names: dict[str, Identity] = {email: ("email", "", email) for email in emails}
        owners = self._door.store.owners(names.values()) if names else {}
        return {email: owners[name] for email, name in names.items() if name in owners}

    def accounts_of_domains(self, domains: Collection[str]) -> dict[str, str]:
        """Our accounts that have claimed these mail domains, by domain, in one statement; public ones belong to nobody."""
        claimed = {domain: own for domain in domains if (own := own_domain(domain))}
        found = accounts_with(self._door.store.database, "domain", set(claimed.values())) if claimed else {}
        return {domain: found[own] for domain, own in claimed.items() if own in found}

    def owners_in_slack(self, users: Collection[str]) -> dict[str, str]:
        """Our ids of those who are these Slack users (TEAM/USER)."""
        names = {user: name for user in users if (name := next(iter(Ids(slack=user).identities), None))}
        owners = self._door.store.owners(names.values()) if names else {}
        return {user: owners[name] for user, name in names.items() if name in owners}

    def _meant(self, groups: Sequence[Group]) -> list[str]:
        """Whom each group means. Somebody else may give the same names away meanwhile: then it is asked again."""
        if not all(group.names for group in groups):
            raise ValueError("someone without any identity can't be found again")
        names = [name for group in groups for name in group.names]
        for attempt in range(_ATTEMPTS):
            held = holders(self._door.store.database, names)
            if (known := all_known(groups, held)) is not None:
                return known
            found = plan(groups, held, lambda: uuid4().hex, self._unproved(in_question(groups, held)))
            try:
                if found.given.names:
                    give(self._door.store.database, found.given)
            except Conflict:
                time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.002 * 2**attempt)))
                continue
            if self._merged(found):
                self._note_refused(found)
                return list(found.who) if not found.merges else self._now(found.who)
        raise Conflict("others keep changing who these people are")

    def _unproved(self, who: Collection[str]) -> set[str]:
        """Those of whom others told and who never came themselves: known by addresses, and by nothing that they did."""
        if not who:
            return set()
        people = {one: subject.person for one, subject in self._door.views(list(who)).items()}
        told = known_by_address_alone(self._door.store.database, who)
        return {one for one in told if not (people[one].slack or people[one].slack_ok or people[one].last_active)}

    def _merged(self, found: Plan) -> bool:
        """Merge what is to be merged; False when somebody else was faster, so that all has to be asked again.

        Two whose merge can't be decided stay as they are; a sweep tries again.
        """
        return all(self._merge(match) for match in found.merges)

    def _merge(self, match: Match) -> bool:
        now = self._door.views([match.one, match.other])
        one, other = now[match.one], now[match.other]
        if one.person.id == other.person.id:
            return True
        kept, gone = sorted((one, other), key=first_kept)
        return _merging(self._door, kept.person.id, gone.person.id, match.because) != "refused"

    def _note_refused(self, found: Plan) -> None:
        """Once for every two people: that they share something, and are not one all the same."""
        now = self._door.now()
        refused = [
            Merged(
                source=SOURCE,
                key=_refusal_key(match),
                who=match.one,
                at=now,
                other=match.other,
                because=match.because,
                refused=match.refused,
            )
            for match in found.refused
        ]
        if refused:
            self._door.handle(*refused)

    def _now(self, who: Sequence[str]) -> list[str]:
        views = self._door.views(list(dict.fromkeys(who)))
        return [views[one].person.id for one in who]

    def _bring_over(self, other: str, account: str) -> None:
        """The people of an account that is another one really, and what only it knew. May be done again."""
        store, now = self._door.store, self._door.now()
        people = people_of(store.database, other)
        if not people:
            return
        here = store.load(people[:1], {people[0]: account}, self._door.playbooks().needs, now)[people[0]].account
        theirs = self._door.views(people[:1])[people[0]].account
        told = {name: value for name, value in theirs.traits.items() if not here or name not in here.traits} if theirs else {}
        for who in people:
            said = told if who == people[0] else {}
            key = f"account:{other}:{account}:{who}"
            self._door.handle(Traits(source=SOURCE, key=key, who=who, at=now, account=said, account_id=account))


def merge(door: Door, kept: str, gone: str, because: str) -> bool:
    """Make one person of two. False when that was refused: see `flows.merging`."""
    return _merging(door, kept, gone, because) == "merged"


def _merging(door: Door, kept: str, gone: str, because: str) -> Literal["merged", "refused", "undecided"]:
    """What became of it. The same merge has the same key until it was decided, however often it is tried."""
    before = sum({one.kept, one.gone} == {kept, gone} for one in of_person(door.store.database, gone))
    event = Merged(source=SOURCE, key=f"merge:{kept}:{gone}:{before}", who=kept, at=door.now(), other=gone, because=because)
    door.handle(event)
    now = door.views([kept, gone])
    if now[gone].person.id != gone:
        return "merged"
    half_done = gone in now[kept].person.merged
    return "refused" if door.store.known([event]) and not half_done else "undecided"


def first_kept(subject: Subject) -> tuple[bool, datetime, str]:
    """Who stays: whom an external id names, else who came first."""
    person = subject.person
    return not person.external_id, person.joined_at or _NEVER, person.id


def _refusal_key(match: Match) -> str:
    pair = ":".join(sorted((match.one, match.other)))
    return f"refused:{hashlib.sha256(pair.encode()).hexdigest()[:32]}"
