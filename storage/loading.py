"""Everything that decisions about some people look at, in a handful of statements however many they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from flows import shares
from flows.changing import changed
from flows.people import Account, Case, Company, Person, Subject, Tally
from flows.tallies import Needs
from storage import company
from storage.database import Database
from storage.prepared import Among
from storage.tables import accounts, activity, cases, people
from storage.tallies import fill, needed

_PEOPLE = Among(
    select(
        people.c.id,
        people.c.version,
        people.c.wake_at,
        people.c.external_id,
        people.c.merged_into,
        people.c.kept,
        people.c.state,
        activity.c.tallies,
    ).outerjoin_from(people, activity, activity.c.person_id == people.c.id),
    people.c.id,
)
_ACCOUNTS = Among(select(accounts.c.version, accounts.c.external_id, accounts.c.state), accounts.c.id)
_CASES = Among(select(cases.c.version, cases.c.channel, cases.c.thread, cases.c.content), cases.c.id)


class _Kept(NamedTuple):
    """What is kept of one person."""

    id: str
    version: int
    wake_at: datetime | None
    external_id: str
    merged_into: str | None
    kept: tuple[str, ...]
    state: Person
    tallies: Mapping[str, Tally] | None


def load(database: Database, who: Sequence[str], named: Mapping[str, str], needs: Needs, now: datetime) -> dict[str, Subject]:
    """People as they are, each with their account (or the one `named` for them), open case and tallies.

    Someone nobody has stored yet comes as a person of version 0, and so does an account.
    """
    who = list(dict.fromkeys(who))
    while True:  # somebody with an older playbook may save one of them between filling and looking again
        with database.read() as connection:
            rows = [_Kept._make(row) for row in _PEOPLE.rows(connection, who)]
            behind = [row.id for row in rows if row.version and not needs.marks.issubset(row.kept)]
            if not behind:
                return _subjects(connection, rows, who, named, needs, now)
        fill(database, behind, needs)


def _subjects(
    connection: Connection, rows: Sequence[_Kept], who: Sequence[str], named: Mapping[str, str], needs: Needs, now: datetime
) -> dict[str, Subject]:
    found = {row.id: person(row) for row in rows}
    persons = {one: found.get(one) or Person(id=one) for one in who}
    places = {one: named.get(one) or persons[one].account_id for one in who}
    companies = {one.id: one for one in _accounts(connection, [p for p in places.values() if p])}
    open_cases = {one.id: one for one in _cases(connection, [p.case.id for p in persons.values() if p.case])}
    counted = {row.id: row.tallies or {} for row in rows}
    others = _others(connection, persons, places, now) if needs.company else {}
    return {
        one: Subject(
            person=them,
            account=_company(companies, places[one]),
            case=open_cases.get(them.case.id) if them.case else None,
            activity=needed(counted.get(one, {}), needs),
            company=others.get(one),
            kept=needs.marks,
        )
        for one, them in persons.items()
    }


def _others(connection: Connection, persons: Mapping[str, Person], places: Mapping[str, str | None], now: datetime) -> dict[str, Company]:
    """What the others do in the account of each."""
    found = company.counts(connection, {place for place in places.values() if place})
    return {one: shares.others(found[place], persons[one], place, now) for one, place in places.items() if place}


def person(row: Any) -> Person:
    """The person of a row of `people`. Where state and columns differ, the columns hold."""
    state: Person = row.state
    own = {"version": row.version, "wake_at": row.wake_at, "external_id": row.external_id, "merged_into": row.merged_into or ""}
    return changed(state, own)


def account(row: Any) -> Account:
    """The account of a row of `accounts`."""
    found: Account = replace(row.state, version=row.version, external_id=row.external_id)
    return found


def case(row: Any) -> Case:
    """The case of a row of `cases`."""
    found: Case = replace(row.content, version=row.version, channel=row.channel, thread=row.thread)
    return found


def _company(known: Mapping[str, Account], place: str | None) -> Account | None:
    return known.get(place) or Account(id=place) if place else None


def _accounts(connection: Connection, ids: Sequence[str]) -> Iterator[Account]:
    for version, external_id, state in _ACCOUNTS.rows(connection, ids):
        yield replace(state, version=version, external_id=external_id)


def _cases(connection: Connection, ids: Sequence[str]) -> Iterator[Case]:
    for version, channel, thread, content in _CASES.rows(connection, ids):
        yield replace(content, version=version, channel=channel, thread=thread)
