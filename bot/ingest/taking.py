"""The one way in for what other systems tell: whoever brings calls, they are matched to people here, and decided in one commit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.handle import Door
from bot.ingest.calls import PRODUCT, Alias, Call, Company, Group, Identify, Refusal, Track
from bot.ingest.noticing import Noticing
from bot.knowing import Ids, Knowing
from flows.events import AnyEvent, Joined, ProductEvent, Traits
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
        accounts = self._accounts([call for _, call in run])
        people, refused = self._people(run, accounts)
        slack = self._slack_of([(call, people[index]) for index, call in run if index in people])
        events: list[AnyEvent] = []
        bodies: dict[tuple[str, str], str] = {}
        for index, call in run:
            if index in people:
                new = list(_events(call, people[index], accounts.get(_place(call)), slack.get(people[index], ""), self.now()))
                bodies |= {(event.source, event.key): call.raw or raw for event in new if call.raw or raw}
                events += new
        if events:
            self._door.handle(*events, raw=bodies)
        return refused

    def _accounts(self, calls: Sequence[Call]) -> dict[Place, str | None]:
        """Our accounts behind the companies that are named, each asked for once; a domain that an address shows makes no new account."""
        places = dict.fromkeys(place for call in calls if any(place := _place(call)))
        claimed = self._knowing.accounts_of_domains({place.address for place in places if place.address})
        return {
            place: claimed.get(place.address)
            if place.address
            else self._knowing.account(external=place.id, domain=place.domain, sender=place.sender_id)
            for place in places
        }

    def _people(self, run: Sequence[Indexed], accounts: Mapping[Place, str | None]) -> tuple[dict[int, str], list[Refusal]]:
        """Whom each call is about. What tells of a company alone is told to somebody of it."""
        named = [(index, call.ids) for index, call in run if call.ids.named]
        people = dict(zip((index for index, _ in named), self._knowing.who_all([ids for _, ids in named]), strict=True)) if named else {}
        companies = {index: account for index, call in run if index not in people and (account := accounts.get(_place(call)))}
        if companies:
            someone = someone_of(self._door.store.database, [*companies.values()])
            people |= {index: someone[account] for index, account in companies.items() if account in someone}
        refused = [
            Refusal(index=index, code="nobody", message=NOBODY_THERE if index in companies else NOBODY)
            for index, _ in run
            if index not in people
        ]
        return people, refused

    def _slack_of(self, told: Sequence[tuple[Call, str]]) -> dict[str, str]:
        """Slack users of people who are new to us and have an address, and of those who come with one; Slack is asked at the start."""
        given = {who: call.ids.slack for call, who in told if isinstance(call, Identify) and call.ids.slack}
        wanted = {who: call.ids.email for call, who in told if isinstance(call, Identify) and call.ids.email and who not in given}
        if not wanted:
            return given
        known = {who for who, subject in self._door.views(list(wanted)).items() if subject.person.joined_at}
        wanted = {who: email for who, email in wanted.items() if who not in known}
        if not wanted:
            return given
        found = dict(zip(wanted, self._asked_slack([*wanted.values()]), strict=True))
        fresh = {who: slack for who, slack in found.items() if slack}
        if fresh:
            ids = {who: call.ids for call, who in told}
            self._knowing.who_all([_with_slack(ids[who], slack) for who, slack in fresh.items()])
        return given | fresh

    def _asked_slack(self, emails: Sequence[str]) -> list[str]:
        if len(emails) == 1:
            return [self._find_slack(emails[0]) or ""]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [found or "" for found in pool.map(self._find_slack, emails)]


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
                person={**call.person, **named},
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


def _with_slack(ids: Ids, slack: str) -> Ids:
    return Ids(external=ids.external, anonymous=ids.anonymous, email=ids.email, slack=slack, device=ids.device)
