"""People and events for the tests of storage, and a decision that only notes what it heard."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.decision import Decision, Reason, Say, To
from flows.events import AnyEvent, Joined, ProductEvent, Traits
from flows.people import Account, Journey, Person, Subject
from flows.tallies import Needs
from storage.outbox import Outbox, Row
from storage.store import Store

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
LEASE = timedelta(minutes=2)
SIGNALS = Needs.named("report_created")
SIGNALS_AND_VIEWS = Needs.named("report_created", "page_viewed")

Decide = Callable[[Subject, AnyEvent, datetime], Decision]


def note(subject: Subject, event: AnyEvent, _now: datetime) -> Decision:
    """Take in the least that an event says: joining, traits and counts."""
    person, account, activity = subject.person, subject.account, dict(subject.activity)
    match event:
        case Joined():
            person = replace(person, joined_at=event.at)
        case ProductEvent():
            activity = {**SIGNALS_AND_VIEWS.counted(activity, event)}
            person = replace(person, last_active=event.at)
        case Traits():
            person = replace(person, account_id=event.account_id or person.account_id, **event.person)
            account = replace(account, traits={**account.traits, **event.account}) if account else None
    return Decision(person=person, account=account, case=subject.case, activity=activity)


def saying(*says: Say, withdraw: Sequence[str] = (), **changes: Any) -> Decide:
    """A decision that says something and changes the person."""

    def decide(subject: Subject, event: AnyEvent, now: datetime) -> Decision:
        noted = note(subject, event, now)
        person = replace(noted.person, **changes)
        reasons = tuple(Reason(say.message, "said", "it was time") for say in says)
        return replace(noted, person=person, says=says, withdraw=tuple(withdraw), reasons=reasons)

    return decide


def hear(store: Store, *events: AnyEvent, decide: Decide = note, now: datetime = MONDAY, signals: Needs = SIGNALS) -> None:
    """What `handle` does with a batch, without its patience for conflicts."""
    known = store.known(events)
    new = [event for event in events if (event.source, event.key) not in known]
    named = {e.who: e.account_id for e in new if isinstance(e, Traits) and e.account_id}
    before = store.load([event.who for event in new], named, signals, now)
    store.save(decided(before, new, decide, now), before, now)


def decided(before: Mapping[str, Subject], events: Sequence[AnyEvent], decide: Decide, now: datetime) -> list[tuple[AnyEvent, Decision]]:
    """Decide one after another, each on what the one before left."""
    people, accounts = dict(before), {s.account.id: s.account for s in before.values() if s.account}
    found = []
    for event in events:
        subject = people[event.who]
        if subject.account:
            subject = replace(subject, account=accounts[subject.account.id])
        decision = decide(subject, event, now)
        if decision.account:
            accounts[decision.account.id] = decision.account
        people[event.who] = Subject(person=decision.person, account=decision.account, case=decision.case, activity=decision.activity)
        found.append((event, decision))
    return found


def someone(store: Store, name: str = "ana", **changes: Any) -> str:
    """A person who joined on Monday and can be reached by Slack and e-mail."""
    who = store.identify([("external", "", f"u-{name}")])
    reachable = {"name": name.title(), "email": f"{name}@example.com", "slack": f"T1/{name.upper()}", **changes}
    hear(store, joined(who), decide=saying(**reachable))
    return who


def person(store: Store, who: str) -> Person:
    return subject(store, who).person


def subject(store: Store, who: str, signals: Needs = SIGNALS) -> Subject:
    return store.load([who], {}, signals, MONDAY)[who]


def account(store: Store, who: str) -> Account:
    found = subject(store, who).account
    assert found
    return found


def joined(who: str, key: str = "") -> Joined:
    return Joined(source="test", key=key or f"joined:{who}", who=who, at=MONDAY)


def did(who: str, key: str, name: str = "report_created", at: datetime = MONDAY, **properties: Any) -> ProductEvent:
    return ProductEvent(source="product", key=key, who=who, at=at, name=name, properties=properties)


def told(who: str, key: str, account_id: str | None = None, **account: Any) -> Traits:
    return Traits(source="crm", key=key, who=who, at=MONDAY, account_id=account_id, account=account)


def a_journey(who: str, playbook: str = "smb", **changes: Any) -> Journey:
    return Journey(id=f"{who}/1", playbook=playbook, started=MONDAY, enrolled_at=MONDAY, **changes)


def a_say(who: str, key: str = "hello", **changes: Any) -> Say:
    return Say(**{"key": key, "to": To("person", who, ("slack", "email")), "message": "welcome", "person": who, **changes})


def claim(outbox: Outbox, limit: int = 100, world: datetime = MONDAY, machine: datetime = MONDAY) -> list[Row]:
    return outbox.claim(limit, world, machine, LEASE)


def fence(outbox: Outbox, rows: Sequence[Row], world: datetime = MONDAY, machine: datetime = MONDAY) -> set[int]:
    return outbox.fence(rows, rows[0].token, world, machine)


def state(outbox: Outbox, key: str = "hello") -> str:
    row = outbox.row(key)
    assert row
    return row.state
