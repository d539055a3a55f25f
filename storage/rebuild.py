"""A person folded again from their stored events: proof that nothing lives outside of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, select

from flows import decide as engine
from flows.account_traits import told
from flows.decision import Decision
from flows.desk import Allotment, Desk
from flows.events import AnyEvent, Merged, MergedInto, TaskDone, Traits
from flows.library import Playbooks
from flows.people import Account, Case, Company, Person, Subject, Tally
from storage import codec, loading, merges
from storage.batch import news, woken
from storage.database import Database
from storage.store import Store
from storage.tables import accounts, decisions, events, gone_pasts, people


class PastGone(ValueError):
    """Not all that was heard of them is kept, so that nobody can say who they would be by it. What is from `before` that moment is gone."""

    def __init__(self, before: datetime) -> None:
        super().__init__(f"what was heard of them before {before:%Y-%m-%d} is not kept")
        self.before = before


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
    Of teammates whose past is gone (`storage.retention`) only the account's steps and traits are left: those were there from the beginning.
    Raises KeyError when nobody has that id, PastGone when what they themselves did is not all kept.
    """
    everyone, companies, heard, kin = _history(store.database, person_id, without)
    fold = _Fold(people=dict(everyone), accounts=companies)
    for event, decided_at, said, company in heard:
        subject = fold.subject(event, said, company)
        if isinstance(event, Merged) and event.key in kin.undone:
            fold.count_on(event)
        elif isinstance(event, Merged) and event.key in kin.refused:
            decision = decide(playbooks, replace(subject, other=None), event, decided_at)
            fold.take(_refused(decision, event.because, kin.refused[event.key]), event, decided_at)
        else:
            fold.take(decide(playbooks, subject, event, decided_at), event, decided_at)
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

    def count_on(self, event: Merged) -> None:
        """Of a merge that was taken back the numbers stay: what was opened until then is called by them."""
        kept, gone = self.people[event.who], self.people[event.other]
        self.people[event.who] = replace(kept, cases=kept.cases + gone.cases)

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
History = tuple[dict[str, Person], dict[str, Account], list[Heard], merges.Kin]


def _history(database: Database, person_id: str, without: frozenset[str]) -> History:
    """Everybody in the person's accounts before anything happened, what then did, in order, and the merges that were taken back."""
    decided = select(events).where(events.c.decided_at.is_not(None))
    with database.read() as connection:
        same = merges.connected(connection, [person_id], without).people
        own = [codec.event(row) for row in connection.execute(decided.where(events.c.person_id.in_(same)))]
        places = {e.account_id for e in own if isinstance(e, Traits) and e.account_id}
        here = people.c.id.in_(same) | people.c.account_id.in_(places)
        rows = {row.id: row for row in connection.execute(select(people).where(here))}
        places |= {row.account_id for row in rows.values() if row.id in same} - {None}
        rows |= {row.id: row for row in connection.execute(select(people).where(people.c.account_id.in_(places)))}
        kin = merges.connected(connection, list(rows), without)
        rows |= {row.id: row for row in connection.execute(select(people).where(people.c.id.in_(kin.people - rows.keys())))}
        companies = {row.id: loading.account(row) for row in connection.execute(select(accounts).where(accounts.c.id.in_(places)))}
        gone = _gone_pasts(connection, rows, same)
        everything = select(events, decisions.c.allotment).outerjoin(decisions, decisions.c.event_id == events.c.id)
        theirs = events.c.decided_at.is_not(None) & events.c.person_id.in_(list(rows))
        heard = connection.execute(everything.where(theirs).order_by(events.c.id)).all()
        meant = {row.data["other"] for row in heard if row.kind == Merged.__name__} - rows.keys()
        rows |= {row.id: row for row in connection.execute(select(people).where(people.c.id.in_(meant)))}
    newborn = {row.id: Person(id=row.id, external_id=row.external_id, version=row.version) for row in rows.values()}
    heard_of = [(codec.event(row), row.decided_at, row.allotment, row.company) for row in heard]
    said = {name for event, *_ in heard_of for name in _of_accounts(event)}
    here_still = {row.name for row in rows.values() if row.id not in gone} - {""}
    unheard = {one.id: _with_steps_of_the_gone(_before_anybody(one, said), one, gone, here_still) for one in companies.values()}
    return newborn, unheard, [one for one in heard_of if not _is_second_half(one[0], kin.undone)], kin


def _gone_pasts(connection: Connection, rows: Collection[str], same: Collection[str]) -> dict[str, datetime]:
    """Up to when nothing is kept of which of them. Raises PastGone when that is the person themselves."""
    found = select(gone_pasts.c.person_id, gone_pasts.c.before).where(gone_pasts.c.person_id.in_(list(rows)))
    gone: dict[str, datetime] = {row.person_id: row.before for row in connection.execute(found)}
    if own := [before for who, before in gone.items() if who in same]:
        raise PastGone(max(own))
    return gone


def _with_steps_of_the_gone(newborn: Account, account: Account, gone: Mapping[str, datetime], here: Collection[str]) -> Account:
    """An account before its people came, with the steps that people did of whom we know nothing else any more."""
    if not gone:
        return newborn
    until = max(gone.values())
    steps = {step: at for step, at in account.steps.items() if at < until and account.steps_by.get(step) not in here}
    return replace(newborn, steps=steps, steps_by={step: by for step, by in account.steps_by.items() if step in steps})


def _of_accounts(event: AnyEvent) -> Iterable[str]:
    """The traits of an account that an event tells."""
    match event:
        case Traits(account=traits):
            return traits
        case TaskDone(answers=answers):
            return answers
    return ()


def _before_anybody(account: Account, said: Collection[str]) -> Account:
    """An account as it was before its people came: with the traits that no event tells, because they were told of nobody (`account_news`).

    A trait that was told both ways begins with its event.
    """
    newborn = Account(id=account.id, external_id=account.external_id, version=account.version)
    for name in sorted(account.traits_at.keys() - said):
        newborn = told(newborn, {name: account.traits.get(name)}, account.traits_at[name])
    return newborn


def _is_second_half(event: AnyEvent, undone: frozenset[str]) -> bool:
    """Whether it is what a merge that was taken back was to the other one."""
    return isinstance(event, MergedInto) and event.key.removesuffix(":into") in undone


def _refused(decision: Decision, because: str, why: str) -> Decision:
    """The decision of a merge with the reason for which it was refused at the time."""
    person = decision.person
    if "identity" not in person.reasons:
        return decision
    words = f"{because}: {why}" if because else why
    return replace(decision, person=replace(person, reasons={**person.reasons, "identity": ("refused", words)}))
