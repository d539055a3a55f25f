"""A person folded again from their stored events: proof that nothing lives outside of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from flows import decide as engine
from flows.decision import Decision
from flows.desk import Allotment, Desk
from flows.events import AnyEvent, Merged, MergedInto, Traits
from flows.library import Playbooks
from flows.people import Account, Case, Company, Person, Subject, Tally
from storage import codec, loading, merges
from storage.batch import news, woken
from storage.database import Database
from storage.store import Store
from storage.tables import accounts, decisions, events, people


def rebuild(
    store: Store,
    playbooks: Playbooks,
    person_id: str,
    decide: Callable[[Playbooks, Subject, AnyEvent, datetime], Decision] = engine.decide,
    without: frozenset[str] = frozenset(),
) -> Person:
    """Decide all stored events of a person again, each at the moment it was decided, and give the person that comes out.

    An account is shared: the events of everybody in the person's accounts are folded together, in the order they were decided, so that
    a step a teammate finished counts from the moment it did. What stays outside: teammates who have moved to another account since,
    playbooks other than today's, and a `wake_at` that a changed playbook moved and no tick has answered yet. The version is the stored one.
    The team's desk is nobody's, and what an account's others do is theirs: what both said to a decision is stored and said again here.
    Who was merged into them is folded with them, unless that was undone; `without` names merges to leave out besides.
    Raises KeyError when nobody has that id.
    """
    everyone, companies, heard = _history(store.database, person_id, without)
    fold = _Fold(people=dict(everyone), accounts=companies)
    for event, decided_at, said, company in heard:
        fold.take(decide(playbooks, fold.subject(event, said, company), event, decided_at), event, decided_at)
    return fold.people[person_id]


@dataclass
class _Fold:
    people: dict[str, Person]
    accounts: dict[str, Account]
    cases: dict[str, Case] = field(default_factory=dict)
    activity: dict[str, dict[str, Tally]] = field(default_factory=dict)

    def subject(self, event: AnyEvent, said: Allotment | None, company: Company | None) -> Subject:
        person = self.people[event.who]
        named = event.account_id if isinstance(event, Traits) else None
        place = named or person.account_id
        return Subject(
            person=person,
            account=self.accounts.setdefault(place, Account(id=place)) if place else None,
            case=self.cases.get(person.case.id) if person.case else None,
            activity=self.activity.get(event.who, {}),
            desk=Desk(said=said),
            company=company,
            other=self._other(event),
        )

    def _other(self, event: AnyEvent) -> Subject | None:
        if not isinstance(event, Merged | MergedInto):
            return None
        them = self.people[event.other if isinstance(event, Merged) else event.into]
        return Subject(
            person=them,
            account=self.accounts.get(them.account_id) if them.account_id else None,
            case=self.cases.get(them.case.id) if them.case else None,
            activity=self.activity.get(them.id, {}),
        )

    def take(self, decision: Decision, event: AnyEvent, now: datetime) -> None:
        self.people[event.who] = decision.person
        self.activity[event.who] = dict(decision.activity)
        if decision.case:
            self.cases[decision.case.id] = decision.case
        account = decision.account
        if account and news(self.accounts.get(account.id), account):
            others = [p for p in self.people.values() if p.account_id == account.id and p.id != event.who]
            self.people |= {p.id: woken(p, now) for p in others}
        if account:
            self.accounts[account.id] = account


Heard = tuple[AnyEvent, datetime, Allotment | None, Company | None]


def _history(database: Database, person_id: str, without: frozenset[str]) -> tuple[dict[str, Person], dict[str, Account], list[Heard]]:
    """Everybody in the person's accounts before anything happened, and what then did, in order. Merges that do not hold are left out."""
    decided = select(events).where(events.c.decided_at.is_not(None))
    with database.read() as connection:
        same, void = merges.connected(connection, [person_id], without)
        own = [codec.event(row) for row in connection.execute(decided.where(events.c.person_id.in_(same)))]
        places = {e.account_id for e in own if isinstance(e, Traits) and e.account_id}
        here = people.c.id.in_(same) | people.c.account_id.in_(places)
        rows = {row.id: row for row in connection.execute(select(people).where(here))}
        places |= {row.account_id for row in rows.values() if row.id in same} - {None}
        rows |= {row.id: row for row in connection.execute(select(people).where(people.c.account_id.in_(places)))}
        everybody, gone = merges.connected(connection, list(rows), void)
        rows |= {row.id: row for row in connection.execute(select(people).where(people.c.id.in_(everybody - rows.keys())))}
        companies = {row.id: loading.account(row) for row in connection.execute(select(accounts).where(accounts.c.id.in_(places)))}
        everything = select(events, decisions.c.allotment).outerjoin(decisions, decisions.c.event_id == events.c.id)
        theirs = events.c.decided_at.is_not(None) & events.c.person_id.in_(list(rows))
        heard = connection.execute(everything.where(theirs).order_by(events.c.id)).all()
        meant = {row.data["other"] for row in heard if row.kind == Merged.__name__} - rows.keys()
        rows |= {row.id: row for row in connection.execute(select(people).where(people.c.id.in_(meant)))}
    newborn = {row.id: Person(id=row.id, external_id=row.external_id, version=row.version) for row in rows.values()}
    unheard = {one.id: Account(id=one.id, external_id=one.external_id, version=one.version) for one in companies.values()}
    told = ((codec.event(row), row.decided_at, row.allotment, row.company) for row in heard)
    return newborn, unheard, [one for one in told if not _void(one[0], void | gone)]


def _void(event: AnyEvent, void: frozenset[str]) -> bool:
    """Whether it is half of a merge that does not hold, or of one that was refused."""
    return isinstance(event, Merged | MergedInto) and event.key.removesuffix(":into") in void
