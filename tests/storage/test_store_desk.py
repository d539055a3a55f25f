"""What a card and a colleague's Home ask of the storage: the right answers, and only from indexes of what is open."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event

from flows.decision import Decision, Draw
from flows.events import AnyEvent
from flows.people import Case, CaseRef, Journey, Segment, Subject
from storage.database import Database
from storage.desk_reports import DeskReports
from storage.outbox import Outbox
from storage.store import Store
from tests.storage.scenes import LEASE, MONDAY, Decide, did, hear, note, someone, told

NAMES = {"maya chen"}
WEEK_AGO = MONDAY - timedelta(days=7)
BOUNDED = (
    *("ix_cases_open", "ix_cases_of_account", "ix_cases_of_owner", "ix_cases_unclaimed"),
    *("ix_outbox_pending", "ix_outbox_unfinished", "ix_outbox_untold"),
)
"""Indexes that hold nothing but what is open or waits: going through one of them costs no more than that."""

BIG = ("people", "accounts", "cases", "outbox")


def opening(owner: str, at: datetime, state: str) -> Decide:
    def decide(subject: Subject, event: AnyEvent, now: datetime) -> Decision:
        who, noted = subject.person.id, note(subject, event, now)
        case = Case(
            id=f"{who}.1",
            person_id=who,
            account_id=subject.person.account_id,
            playbook="smb",
            escalation="asked",
            because="They asked",
            step="",
            said="",
            opened_at=at,
            team="#csm",
            owner=owner,
            given_at=at,
            state=state,
        )
        ref = None if state == "closed" else CaseRef(id=case.id, escalation="asked", opened_at=at)
        return replace(noted, person=replace(noted.person, case=ref), case=case)

    return decide


def at_pace(segment: str, since: datetime, ended: datetime | None = None) -> Decide:
    """A decision after which somebody on a journey stands there."""

    def decide(subject: Subject, event: AnyEvent, now: datetime) -> Decision:
        noted = note(subject, event, now)
        stands = {"pace": Segment(name=segment, since=since)}
        journey = Journey(id="smb", playbook="smb", started=MONDAY, enrolled_at=MONDAY, segments=stands, ended_at=ended)
        return replace(noted, person=replace(noted.person, journey=journey))

    return decide


def company(store: Store, name: str, owner: str) -> Callable[[str], str]:
    """A company and its owner; gives how somebody of theirs comes."""
    place = store.account_for("external", name)

    def named(subject: Subject, event: AnyEvent, now: datetime) -> Decision:
        noted = note(subject, event, now)
        assert noted.account is not None
        return replace(noted, account=replace(noted.account, name=name, owner=owner))

    def joins(who: str) -> str:
        person = someone(store, who)
        hear(store, told(person, f"told {who}", place), decide=named)
        return person

    return joins


def stuck(store: Store, who: str, owner: str = "", at: datetime = MONDAY, state: str = "open") -> str:
    hear(store, did(who, f"stuck {who}"), decide=opening(owner, at, state))
    return f"{who}.1"


@contextmanager
def asked(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """What the database is asked meanwhile."""
    said: list[tuple[str, Any]] = []

    def listen(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        said.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", listen)
    yield said
    event.remove(database.engine, "before_cursor_execute", listen)


def walks(database: Database, questions: list[tuple[str, Any]]) -> list[str]:
    """The steps of the plans that go through a whole table, or through an index of more than what is open."""
    found = steps(database, questions)
    assert found
    return [step for step in found if "SCAN" in step and not any(index in step for index in BOUNDED)]


def steps(database: Database, questions: list[tuple[str, Any]]) -> list[str]:
    """What the database would do about our big tables, as SQLite says it: "SCAN cases …" for all of it, "SEARCH cases …" for a part."""
    asked = [(q, p) for q, p in questions if q.startswith(("SELECT", "UPDATE", "WITH"))]
    with database.read() as connection:
        if database.is_sqlite:
            plans = [str(r[3]) for q, p in asked for r in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {q}", p)]
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # our tables are small: ask what it could do, not what it would do
            plans = [
                step
                for q, p in asked
                for step in _steps(json.loads(connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {q}", p).scalar_one())[0])
            ]
    return [step for step in plans if step.startswith(tuple(f"{how} {table}" for how in ("SCAN", "SEARCH") for table in BIG))]


def _steps(plan: Any) -> Iterator[str]:
    """PostgreSQL's plan in those words."""
    match plan:
        case {"Plan": inner}:
            yield from _steps(inner)
        case {"Node Type": kind, **more}:
            table, index = str(more.get("Relation Name") or _table_of(more.get("Index Name"))), str(more.get("Index Name", ""))
            if kind == "Seq Scan" or index:
                yield f"{'SEARCH' if 'Index Cond' in more else 'SCAN'} {table} {index}"
            for inner in more.get("Plans", ()):
                yield from _steps(inner)


def _table_of(index: str | None) -> str:
    return next((table for table in BIG if index and table in index), "")


def test_bens_card_names_ana_of_the_same_company_and_tells_what_every_colleague_has(store: Store) -> None:
    acme, other = company(store, "Acme", "Maya Chen"), company(store, "Other", "")
    ana, ben = stuck(store, acme("ana"), "U_MAYA"), stuck(store, acme("ben"), "U_TOM", MONDAY + timedelta(hours=1), "claimed")
    stuck(store, acme("cem"), "U_MAYA", state="closed")
    stuck(store, other("dan"), "U_MAYA")
    found, desk = store.cases([ben], ["U_MAYA", "U_TOM", "U_LEE"])
    assert list(found) == [ben]
    assert [one.id for one in desk.open] == [ana, ben]
    assert [one.who for one in desk.of_account(found[ben].account_id, but=found[ben].person_id)] == ["Ana"]
    assert [desk.cases_of(csm) for csm in ("U_MAYA", "U_TOM", "U_LEE")] == [2, 1, 0]


def test_a_closed_case_has_a_card_too_and_a_case_nobody_knows_has_none(store: Store) -> None:
    closed = stuck(store, someone(store, "ana"), "U_MAYA", state="closed")
    found, desk = store.cases([closed, "nobody.7"], ["U_MAYA"])
    assert [case.state for case in found.values()] == ["closed"]
    assert (desk.open, desk.cases_of("U_MAYA")) == ((), 0)


def test_maya_sees_her_accounts_people_by_pace_and_who_is_there_longest(store: Store) -> None:
    acme, solo, other = company(store, "Acme", "Maya Chen"), company(store, "Solo", ""), company(store, "Other", "Tom Okafor")
    hear(store, did(acme("ana"), "a"), decide=at_pace("stuck", MONDAY))
    hear(store, did(acme("ben"), "b"), decide=at_pace("stuck", MONDAY - timedelta(days=3)))
    hear(store, did(acme("cem"), "c"), decide=at_pace("stuck", MONDAY, ended=MONDAY))
    hear(store, did(dan := solo("dan"), "d"), decide=at_pace("on_track", MONDAY - timedelta(days=1)))
    hear(store, did(other("eva"), "e"), decide=at_pace("stuck", MONDAY))
    stuck(store, dan, "U_MAYA")
    seen = DeskReports(store.database).accounts(NAMES, "U_MAYA", "pace", WEEK_AGO)
    assert (seen.accounts, seen.people, seen.segments) == (2, 4, {"stuck": 2, "on_track": 1})
    assert [(one.name, one.company, one.segment) for one in seen.longest] == [
        ("Ben", "Acme", "stuck"),
        ("Dan", "Solo", "on_track"),
        ("Ana", "Acme", "stuck"),
    ]
    assert DeskReports(store.database).accounts(NAMES, "U_MAYA", "stage", WEEK_AGO).segments == {}


def test_what_nobody_has_claimed_is_told_by_team_and_for_all(store: Store) -> None:
    ana = stuck(store, someone(store, "ana"))
    stuck(store, someone(store, "ben"), "U_MAYA", state="claimed")
    stuck(store, someone(store, "cem"), state="closed")
    reports = DeskReports(store.database)
    assert [[line.case.id for line in reports.unclaimed(MONDAY, team)] for team in ("#csm", "", "#other")] == [[ana], [ana], []]


def test_a_home_goes_through_no_table_however_many_people_and_closed_cases_there_are(store: Store) -> None:
    stuck(store, company(store, "Acme", "Maya Chen")("ana"), "U_MAYA")
    with asked(store.database) as questions:
        for team in ("#csm", ""):
            DeskReports(store.database).monday("U_MAYA", NAMES, team, "pace", MONDAY, WEEK_AGO)
    assert walks(store.database, questions) == []


def test_neither_does_a_card_nor_delivery(store: Store, outbox: Outbox) -> None:
    case = stuck(store, company(store, "Acme", "Maya Chen")("ana"), "U_MAYA")
    with asked(store.database) as questions:
        store.cases([case], ["U_MAYA", "U_TOM"])
        outbox.redraw(Draw("case", case), MONDAY)
        outbox.has_given_up(MONDAY)
        outbox.untold(10)
        outbox.claim(10, MONDAY, MONDAY, LEASE)
        outbox.standing(case)
        outbox.stands(case, "C1/1.2", None)
    assert walks(store.database, questions) == []


def test_what_a_home_is_asked_is_found_in_the_indexes_of_what_is_open(store: Store) -> None:
    with asked(store.database) as questions:
        DeskReports(store.database).mine("U_MAYA", MONDAY)
        DeskReports(store.database).unclaimed(MONDAY, "#csm")
        store.cases([stuck(store, company(store, "Acme", "")("ana"), "U_MAYA")], ["U_MAYA"])
    plans = steps(store.database, questions)
    for index in ("ix_cases_of_account", "ix_cases_of_owner", "ix_cases_unclaimed"):
        assert any(index in step for step in plans), index
