"""Everything that decisions about some people look at, in a handful of statements however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Table, bindparam, select

from flows import shares
from flows.changing import changed
from flows.people import Account, Case, Company, Person, Subject
from flows.tallies import Needs
from storage import company
from storage.database import Database, chunks
from storage.tables import accounts, activity, cases, people
from storage.tallies import fill, needed

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_BY_ID = {table.name: select(table).where(table.c.id.in_(_IDS)) for table in (accounts, cases)}
_BY_ID[people.name] = (
    select(people, activity.c.tallies).outerjoin(activity, activity.c.person_id == people.c.id).where(people.c.id.in_(_IDS))
)


def load(database: Database, who: Sequence[str], named: Mapping[str, str], needs: Needs, now: datetime) -> dict[str, Subject]:
    """People as they are, each with their account (or the one `named` for them), open case and tallies.

    Someone nobody has stored yet comes as a person of version 0, and so does an account.
    """
    who = list(dict.fromkeys(who))
    while True:  # somebody with an older playbook may save one of them between filling and looking again
        with database.read() as connection:
            rows = list(_rows(connection, people, who))
            behind = [row.id for row in rows if row.version and not needs.marks.issubset(row.kept)]
            if not behind:
                return _subjects(connection, rows, who, named, needs, now)
        fill(database, behind, needs)


def _subjects(
    connection: Connection, rows: Sequence[Any], who: Sequence[str], named: Mapping[str, str], needs: Needs, now: datetime
) -> dict[str, Subject]:
    found = {row.id: person(row) for row in rows}
    persons = {one: found.get(one) or Person(id=one) for one in who}
    places = {one: named.get(one) or persons[one].account_id for one in who}
    companies = {row.id: account(row) for row in _rows(connection, accounts, (p for p in places.values() if p))}
    open_cases = {row.id: case(row) for row in _rows(connection, cases, (p.case.id for p in persons.values() if p.case))}
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


def _rows(connection: Connection, table: Table, ids: Iterable[str]) -> Iterator[Any]:
    for some in chunks(list(dict.fromkeys(ids))):
        yield from connection.execute(_BY_ID[table.name], {"ids": some})
