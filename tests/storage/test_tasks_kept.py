"""Tasks in the database: opened once whoever comes at the same moment, found without looking at everybody, folded again from events."""

from __future__ import annotations

from datetime import datetime

import pytest
from stories import MONDAY, a_playbook
from taskwork import BY, WITH_TASKS, at

from bot.handle import handle
from flows.decide import decide
from flows.decision import Decision
from flows.events import AnyEvent, Joined, Left, Merged, ProductEvent, TaskAssigned, TaskDone, TaskPostponed, Tick, Traits
from flows.people import Account
from storage.database import Conflict
from storage.outbox import Outbox
from storage.rebuild import rebuild
from storage.store import Store
from storage.task_reports import TaskReports
from tests.storage.scenes import SIGNALS, claim, fence, subject

TASKS = """
  - {task: handoff, title: Hand-off from sales, owner: sales, form: {goals: What they want}, due: 1 working days}
  - {task: check_in, title: Check-in, when: done.source, every: 7 days, due: 1 working days}
  - {task: call, title: A call, scope: person, when: done.source, due: 2 working days}
"""
BOOKS = a_playbook(**{**WITH_TASKS, "tasks": TASKS})


def hears(store: Store, *events: AnyEvent, now: datetime = MONDAY) -> list[Decision]:
    return handle(store, BOOKS, events, now)


def joins(store: Store, name: str, now: datetime = MONDAY, account: str | None = "acme") -> str:
    who = store.identify([("external", "", f"u-{name}")])
    traits = {"name": name.title(), "email": f"{name}@example.com", "consent": True}
    place = store.account_for("external", account) if account else None
    told = Traits(source="crm", key=f"t-{name}", who=who, at=now, person=traits, account_id=place, account={"name": "Acme"})
    hears(store, told, Joined(source="crm", key=f"j-{name}", who=who, at=now), now=now)
    return who


def lives(store: Store, until: datetime) -> None:
    """The clock asks whoever is due, at their moment, up to `until`."""
    for n in range(1000):
        due = store.due(until, 1)
        if not due:
            return
        moment = max(subject(store, due[0]).person.wake_at or until, MONDAY)
        hears(store, *(Tick(source="clock", key=f"{moment}-{n}-{who}", who=who, at=moment) for who in store.due(moment)), now=moment)
    raise AssertionError("the clock never came to rest")


def account(store: Store, who: str) -> Account:
    found = subject(store, who).account
    assert found is not None
    return found


def connects(who: str, now: datetime = MONDAY) -> ProductEvent:
    return ProductEvent(source="product", key=f"c-{who}", who=who, at=now, name="source.connected")


def test_open_tasks_are_found_by_who_has_them_and_by_team(store: Store) -> None:
    ana = joins(store, "ana")
    reports = TaskReports(store.database)
    [handoff] = reports.unowned()
    assert (handoff.task.id, handoff.who, handoff.company, handoff.person_id) == ("handoff", "Ana", "Acme", ana)
    hears(store, TaskAssigned(source="slack", key="a", who=ana, at=MONDAY, task="handoff", to="UEVA", to_name="Eva", **BY))
    assert [one.task.title for one in reports.mine("UEVA")] == ["Hand-off from sales"]
    assert reports.unowned(["#csm"]) == []
    assert [one.task.uid for one in reports.open("#csm")] == [handoff.task.uid]
    assert reports.open("#elsewhere") == []


def test_a_task_of_who_turned_out_to_be_ana_is_anas(store: Store) -> None:
    phone, ana = store.identify([("anonymous", "", "phone")]), joins(store, "ana")
    hears(store, Joined(source="crm", key="j-phone", who=phone, at=MONDAY))
    hears(store, Merged(source="identity", key="m", who=ana, at=MONDAY, other=phone))
    reports = TaskReports(store.database)
    tasks = reports.open()
    assert len(tasks) == 2
    assert {(one.who, one.person_id) for one in tasks} == {("Ana", ana)}
    assert reports.of_person(ana) == tasks


def test_a_done_task_is_no_longer_open_and_stays_with_the_account(store: Store) -> None:
    ana = joins(store, "ana")
    done = TaskDone(source="slack", key="d", who=ana, at=MONDAY, task="handoff", answers={"goals": "Leads"}, note="Clear", **BY)
    hears(store, done)
    reports = TaskReports(store.database)
    assert reports.open() == []
    place = account(store, ana)
    assert [one.task.state for one in reports.of_account(place.id)] == ["done"]
    assert place.traits["goals"] == "Leads"


def test_the_card_is_found_where_it_was_posted(store: Store, outbox: Outbox) -> None:
    joins(store, "ana")
    rows = claim(outbox)
    card = next(row for row in rows if row.message == "task_card")
    fence(outbox, [card])
    assert outbox.settle_sent(card.id, card.token or "", provider_id="C1/1700.1", channel="slack", at=MONDAY)
    [one] = TaskReports(store.database).open()
    assert one.place == "C1/1700.1"


def test_two_of_an_account_who_come_at_the_same_moment_do_not_open_a_task_twice(store: Store) -> None:
    ana, ben = (joins(store, name, account="acme") for name in ("ana", "ben"))
    events = [connects(who) for who in (ana, ben)]
    views = [store.load([event.who], {}, SIGNALS, MONDAY) for event in events]
    decisions = [decide(BOOKS, view[event.who], event, MONDAY) for view, event in zip(views, events, strict=True)]
    assert all("check_in" in (decision.account.tasks if decision.account else {}) for decision in decisions)
    store.save([(events[0], decisions[0])], views[0], MONDAY)
    with pytest.raises(Conflict):
        store.save([(events[1], decisions[1])], views[1], MONDAY)
    hears(store, events[1])
    tasks = account(store, ben).tasks
    assert [one for one in tasks if one.startswith("check_in")] == ["check_in"]
    assert tasks["check_in"].anchor == ana


def test_when_ana_leaves_ben_is_woken_and_takes_over(store: Store) -> None:
    ana, ben = joins(store, "ana"), joins(store, "ben")
    hears(store, Left(source="crm", key="l", who=ana, at=MONDAY))
    assert ben in store.due(MONDAY)
    lives(store, MONDAY)
    assert account(store, ben).tasks["handoff"].anchor == ben
    [open_one] = TaskReports(store.database).open()
    assert open_one.person_id == ana, "the card was posted in her name, and its buttons still work"
    hears(store, TaskDone(source="slack", key="d", who=ana, at=at(2, 12), task="handoff", **BY), now=at(2, 12))
    assert account(store, ben).tasks["handoff"].state == "done"


def test_a_reminder_wakes_no_teammates(store: Store) -> None:
    ana, ben = joins(store, "ana"), joins(store, "ben")
    before = subject(store, ben).person.version
    due = account(store, ana).tasks["handoff"].due_at
    decisions = hears(store, Tick(source="clock", key="due", who=ana, at=due), now=due)
    assert "task_due" in [say.message for say in decisions[0].says]
    assert subject(store, ben).person.version == before


@pytest.mark.parametrize("with_ben", [False, True])
def test_people_folded_again_from_their_events_have_the_same_tasks(store: Store, with_ben: bool) -> None:
    ana = joins(store, "ana")
    ben = joins(store, "ben") if with_ben else ana
    hears(store, connects(ana))
    postponed = TaskPostponed(source="slack", key="p", who=ana, at=MONDAY, task="call", until=at(6, 11), **BY)
    hears(store, postponed, TaskDone(source="slack", key="d", who=ben, at=MONDAY, task="check_in", note="Fine", **BY))
    lives(store, at(11, 12))
    hears(store, Left(source="crm", key="l", who=ana, at=at(11, 12)), now=at(11, 12))
    lives(store, at(16, 12))
    found = TaskReports(store.database).of_account(account(store, ana).id)
    assert {one.task.id for one in found} >= {"handoff", "check_in", "check_in#2", "call"}
    assert rebuild(store, BOOKS, ana) == subject(store, ana).person
    assert rebuild(store, BOOKS, ben) == subject(store, ben).person


def test_ana_is_woken_when_ben_opens_what_waits_with_her_and_is_reminded_in_time(store: Store) -> None:
    ana, ben = joins(store, "ana"), joins(store, "ben")
    lives(store, at(2, 11))
    hears(store, ProductEvent(source="p", key="s", who=ben, at=at(2, 12), name="source.connected"), now=at(2, 12))
    assert account(store, ben).tasks["check_in"].anchor == ana
    lives(store, at(2, 13))
    woken = subject(store, ana).person.wake_at
    assert woken is not None
    assert woken <= account(store, ana).tasks["check_in"].due_at
    lives(store, at(4, 9))
    assert account(store, ana).tasks["check_in"].reminded == 1
