"""A person folded again from their stored events: proof that nothing lives outside of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from flows import decide as engine
from flows.decision import Decision
from flows.desk import Allotment, Desk
from flows.events import AnyEvent, Traits
from flows.library import Playbooks
from flows.people import Account, Case, Person, Subject, Tally
from storage import codec, loading
from storage.batch import news, woken
from storage.database import Database
from storage.store import Store
from storage.tables import accounts, decisions, events, people


def rebuild(
    store: Store,
    playbooks: Playbooks,
    person_id: str,
    decide: Callable[[Playbooks, Subject, AnyEvent, datetime], Decision] = engine.decide,
) -> Person:
    """Decide all stored events of a person again, each at the moment it was decided, and give the person that comes out.

    An account is shared: the events of everybody in the person's accounts are folded together, in the order they were decided, so that
    a step a teammate finished counts from the moment it did. What stays outside: teammates who have moved to another account since,
    playbooks other than today's, and a `wake_at` that a changed playbook moved and no tick has answered yet. The version is the stored one.
    The team's desk is nobody's: what it said to a decision is stored with it and said again here, so that a case opens or waits as it did.
    Raises KeyError when nobody has that id.
    """
    everyone, companies, heard = _history(store.database, person_id)
    fold = _Fold(people=dict(everyone), accounts=companies)
    for event, decided_at, said in heard:
        fold.take(decide(playbooks, fold.subject(event, said), event, decided_at), event, decided_at)
    return fold.people[person_id]


@dataclass
class _Fold:
    people: dict[str, Person]
    accounts: dict[str, Account]
    cases: dict[str, Case] = field(default_factory=dict)
    activity: dict[str, dict[str, Tally]] = field(default_factory=dict)

    def subject(self, event: AnyEvent, said: Allotment | None) -> Subject:
        person = self.people[event.who]
        named = event.account_id if isinstance(event, Traits) else None
        place = named or person.account_id
        return Subject(
            person=person,
            account=self.accounts.setdefault(place, Account(id=place)) if place else None,
            case=self.cases.get(person.case.id) if person.case else None,
            activity=self.activity.get(event.who, {}),
            desk=Desk(said=said),
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


Heard = tuple[AnyEvent, datetime, Allotment | None]


def _history(database: Database, person_id: str) -> tuple[dict[str, Person], dict[str, Account], list[Heard]]:
    """Everybody in the person's accounts before anything happened, and what then did, in order."""
    decided = select(events).where(events.c.decided_at.is_not(None))
    with database.read() as connection:
        rows = {row.id: row for row in connection.execute(select(people).where(people.c.id == person_id))}
        own = [codec.event(row) for row in connection.execute(decided.where(events.c.person_id == person_id))]
        places = {e.account_id for e in own if isinstance(e, Traits) and e.account_id} | {rows[person_id].account_id} - {None}
        rows |= {row.id: row for row in connection.execute(select(people).where(people.c.account_id.in_(places)))}
        companies = {row.id: loading.account(row) for row in connection.execute(select(accounts).where(accounts.c.id.in_(places)))}
        everything = select(events, decisions.c.allotment).outerjoin(decisions, decisions.c.event_id == events.c.id)
        theirs = events.c.decided_at.is_not(None) & events.c.person_id.in_(list(rows))
        heard = connection.execute(everything.where(theirs).order_by(events.c.id)).all()
    newborn = {row.id: Person(id=row.id, external_id=row.external_id, version=row.version) for row in rows.values()}
    unheard = {one.id: Account(id=one.id, external_id=one.external_id, version=one.version) for one in companies.values()}
    return newborn, unheard, [(codec.event(row), row.decided_at, row.allotment) for row in heard]
