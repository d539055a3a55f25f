"""The one way in for what other systems tell: whoever brings calls, they are matched to people here, and decided in one commit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.handle import Door
from bot.ingest.calls import PRODUCT, Alias, Call, Company, Group, Identify, Refusal, Track
from bot.ingest.noticing import Noticing
from bot.knowing import Ids, Knowing
from bot.mail_domains import own_domain
from flows.events import BUSINESS, AnyEvent, Joined, ProductEvent, Traits
from storage.account_people import someone_of

SKEW = timedelta(minutes=1)
"""Clocks differ; what is ahead by less is capped without a word."""

MOST_TOGETHER = 250
"""Calls of one commit: the more people are decided about together, the likelier somebody else changes one of them meanwhile."""

_AT_ONCE = 8
"""Slack is asked for so many addresses at the same time."""

Indexed = tuple[int, Call]


class Place(NamedTuple):
    """What a company is known by: its id, its domain as the sender told it, or no more than the domain of somebody's address."""

    id: str = ""
    domain: str = ""
    address: str = ""
    sender_id: str = ""


class Intake:
    """Lets calls in. Safe to share between threads.

    `find_slack` gives "TEAM/USER" for an e-mail address, None when there is none. `noticing` counts what comes in; somebody flushes it.
    """

    def __init__(
        self,
        door: Door,
        knowing: Knowing,
        find_slack: Callable[[str], str | None] = lambda _: None,
        noticing: Noticing | None = None,
    ) -> None:
        self._door = door
        self._knowing = knowing
        self._find_slack = find_slack
        self.noticing = noticing or Noticing(door.store.database, door.playbooks)

    def now(self) -> datetime:
        """World time."""
        return self._door.now()

    def take(self, calls: Sequence[Call], raw: str = "") -> list[Refusal]:
        """Let calls in, in their order; gives those that could not be, and the others are in.

        `raw` is the body they came in, kept with those that bring none of their own. Up to MOST_TOGETHER of them are one commit, when no
        alias is among them and nobody is of two companies.
        """
        refused: list[Refusal] = []
        for run in _runs(enumerate(calls)):
            match run:
                case [(_, Alias() as alias)]:
                    self._knowing.alias(alias.previous, alias.ids.external)
                case _:
                    refused += self._take_run(run, raw)
        self.notice(calls, {one.index for one in refused})
        return refused

    def notice(self, calls: Sequence[Call], refused: Collection[int] = ()) -> None:
        """Count calls among what came in: `take` does so by itself. `refused` are the places of those that were not let in."""
        self.noticing.came(calls, refused, self.now(), ahead=SKEW)

    def could_not_read(self, source: str, items: int = 1) -> None:
        """So many things came from there that are no calls."""
        self.noticing.refused(source, items, self.now())

    def _take_run(self, run: Sequence[Indexed], raw: str) -> list[Refusal]:
        named = [(index, _as_told(call)) for index, call in run if call.ids.named]
        people = dict(zip((index for index, _ in named), self._knowing.who_all([ids for _, ids in named]), strict=True)) if named else {}
        places = self._places(run, people)
        accounts = self._accounts(places.values())
        refused = self._someone_there(run, people, {index: accounts.get(place) for index, place in places.items()})
        slack = self._slack_of([(call, people[index]) for index, call in run if index in people])
        events: list[AnyEvent] = []
        bodies: dict[tuple[str, str], str] = {}
        now = self.now()
        for index, call in run:
            if index in people:
                new = list(_events(call, people[index], accounts.get(places[index]), slack.get(people[index], ""), now))
                bodies |= {(event.source, event.key): call.raw or raw for event in new if call.raw or raw}
                events += new
        if events:
            self._door.handle(*events, raw=bodies)
        return refused

    def _places(self, run: Sequence[Indexed], people: Mapping[int, str]) -> dict[int, Place]:
        """Where each call says somebody is. The domain of a company is heard from who has an address there, and from business systems:
        company forms are typed by whoever signs up.
        """
        places = {index: _place(call) for index, call in run}
        typed = {index for index, call in run if places[index].domain and not call.source.startswith(BUSINESS)}
        if typed:
            theirs = self._domains(run, people, {people[index] for index in typed if index in people})
            for index in typed:
                if own_domain(places[index].domain) not in theirs.get(people.get(index, ""), ()):
                    places[index] = places[index]._replace(domain="")
        return places

    def _domains(self, run: Sequence[Indexed], people: Mapping[int, str], whose: Collection[str]) -> dict[str, set[str]]:
        """The domains of the addresses that these people have."""
        said = {(people[index], call.ids.email) for index, call in run if people.get(index) in whose and call.ids.email}
        said |= {(who, subject.person.email) for who, subject in self._door.views(list(whose)).items() if subject.person.email}
        owners = self._knowing.owners_of({email for _, email in said})
        found: dict[str, set[str]] = {}
        for who, email in said:
            if owners.get(email) == who:
                found.setdefault(who, set()).add(own_domain(email.rpartition("@")[2]))
        return found

    def _accounts(self, named: Iterable[Place]) -> dict[Place, str | None]:
        """Our accounts behind the companies that are named, each asked for once; a domain that an address shows makes no new account."""
        places = dict.fromkeys(place for place in named if any(place))
        claimed = self._knowing.accounts_of_domains({place.address for place in places if place.address})
        return {
            place: claimed.get(place.address)
            if place.address
            else self._knowing.account(external=place.id, domain=place.domain, sender=place.sender_id)
            for place in places
        }

    def _someone_there(self, run: Sequence[Indexed], people: dict[int, str], accounts: Mapping[int, str | None]) -> list[Refusal]:
        """What tells of a company alone is told to somebody of it, who is added to `people`; gives what has nobody."""
        companies = {index: account for index, _ in run if index not in people and (account := accounts[index])}
        if companies:
            someone = someone_of(self._door.store.database, [*companies.values()])
            people |= {index: someone[account] for index, account in companies.items() if account in someone}
        return [
            Refusal(index=index, code="nobody", message=NOBODY_THERE if index in companies else NOBODY)
            for index, _ in run
            if index not in people
        ]

    def _slack_of(self, told: Sequence[tuple[Call, str]]) -> dict[str, str]:
        """Slack users of people who join and have an address, and of those who come with one; Slack is asked at the start.

        Only who is known by that address, or that Slack user, has it: another's may be named too.
        """
        given = {who: call.ids.slack for call, who in told if isinstance(call, Identify) and call.ids.slack}
        joining = [(call, who) for call, who in told if isinstance(call, Identify) and call.joins and call.ids.email and who not in given]
        fresh = self._found_in_slack({who: call.ids.email for call, who in joining})
        if fresh:
            ids = {who: _as_told(call) for call, who in joining}
            self._knowing.who_all([replace(ids[who], slack=slack) for who, slack in fresh.items()])
        slack = given | fresh
        owners = self._knowing.owners_in_slack(set(slack.values())) if slack else {}
        return {who: user for who, user in slack.items() if owners.get(user) == who}

    def _found_in_slack(self, emails: Mapping[str, str]) -> dict[str, str]:
        """By person, for those who are new to us and have that address."""
        if not emails:
            return {}
        views, owners = self._door.views(list(emails)), self._knowing.owners_of(set(emails.values()))
        wanted = {who: email for who, email in emails.items() if not views[who].person.joined_at and owners.get(email) == who}
        found = dict(zip(wanted, self._asked_slack([*wanted.values()]), strict=True)) if wanted else {}
        return {who: slack for who, slack in found.items() if slack}

    def _asked_slack(self, emails: Sequence[str]) -> list[str]:
        if len(emails) == 1:
            return [self._find_slack(emails[0]) or ""]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [found or "" for found in pool.map(self._find_slack, emails)]


_WHO = ("external_id", "slack")
"""Traits that say who somebody is: they are taken from who they turned out to be, and not from what was said."""

NOBODY = "it names nobody: userId or anonymousId is needed"
NOBODY_THERE = "it is about a company of which we know nobody yet: tell us about somebody there first"


def _runs(calls: Iterable[Indexed]) -> Iterator[list[Indexed]]:
    """Calls that may be decided together: an alias, or what looks for somebody of a company, waits for all that came before it."""
    run: list[Indexed] = []
    for index, call in calls:
        if run and (isinstance(call, Alias) or not call.ids.named or len(run) == MOST_TOGETHER):
            yield run
            run = []
        run.append((index, call))
        if isinstance(call, Alias):
            yield run
            run = []
    if run:
        yield run


def _events(call: Call, who: str, account: str | None, slack: str, now: datetime) -> Iterator[AnyEvent]:
    """What a call says of a person, as events."""
    at = min(call.at, now)
    match call:
        case Track(name=name, properties=properties):
            said = call.at if call.at > now + SKEW else None
            yield ProductEvent(
                source=call.source, key=f"track:{call.key}", who=who, at=at, name=name, properties=dict(properties), said_at=said
            )
        case Group(company=company):
            yield Traits(
                source=call.source,
                key=f"group:{call.key}",
                who=who,
                at=at,
                account=dict(company.traits) if account else {},
                account_id=account,
            )
        case Identify(company=company):
            named = {name: value for name, value in (("external_id", call.ids.external), ("slack", slack)) if value}
            yield Traits(
                source=call.source,
                key=f"identify:{call.key}",
                who=who,
                at=at,
                person={name: value for name, value in call.person.items() if name not in _WHO} | named,
                account=dict(company.traits) if account and company else {},
                account_id=account,
            )
            if call.joins:
                yield Joined(source=PRODUCT, key=f"joined:{who}", who=who, at=min(call.joined or at, now))


def _place(call: Call) -> Place:
    """What the company of a call is known by; empty when it names none."""
    match call:
        case Group(company=company) | Identify(company=Company() as company):
            return Place(company.id, company.domain, sender_id=company.sender_id)
        case Identify(ids=ids) if ids.email:
            return Place(address=ids.email.rpartition("@")[2].lower())
    return Place()


def _as_told(call: Call) -> Ids:
    """Whom it names. What business systems sign is theirs to say; a product passes on what people typed."""
    typed = call.ids.email or call.ids.slack
    return replace(call.ids, claimed=True) if typed and not call.source.startswith(BUSINESS) else call.ids
