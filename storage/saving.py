"""One commit for a batch of decisions: all of it or nothing, in a handful of statements however many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, case, tuple_, update

from flows.people import Account, Case, Person
from storage import codec, company, content, conversation, merges, segments, suppressions, tallies, tasks
from storage.adding import Adding
from storage.batch import Batch
from storage.database import Conflict, Database, Inserter, chunks
from storage.desk import Look, keep_room
from storage.outgoing import enqueue, note_decisions
from storage.prepared import Prepared
from storage.rows import Columns, account_row, case_row, event_row, new_account, new_person, person_row
from storage.tables import accounts, cases, events, people, people_segments

Key = tuple[str, str]

_ALWAYS = ("wake_at", "wake_lease", "kept", "state")
_TOLD = ("account_id", "email", "slack", "name", "held", "merged_into")
_BESIDE = tuple(name for name in person_row(Person(id="")) if name != "state")
"""Columns of `people` that repeat what the state says, so that it can be asked for."""
_UNDECIDED = events.c.decided_at.is_(None)

_LEAVING = Prepared(
    people_segments.delete().where(people_segments.c.person_id == bindparam("them"), people_segments.c.dimension == bindparam("what")),
    ["them", "what"],
)


def save(database: Database, batch: Batch, raw: Mapping[Key, str], look: Look | None = None) -> None:
    """Write events, people, accounts, cases, tallies, reasons and messages. `look`: the desk, when a decision asked it.

    Raises Conflict, and writes nothing, when someone else was faster.
    """
    opened = [one for one in batch.cases.values() if one.version == 0]
    with database.write() as connection:
        if opened and look:
            keep_room(database, connection, opened, look, batch.now)  # before any row is locked, so that nobody waits in a circle
        _settle_accounts(database, connection, batch)
        _settle_people(database, connection, batch)
        ids = _take_down(database, connection, batch, raw)
        _settle_segments(database, connection, batch)
        segments.keep(connection, batch)
        tallies.keep(database, connection, batch.counted)
        company.move(database, connection, batch.moves, batch.now)
        _settle_cases(connection, batch, opened)
        tasks.keep(database, connection, batch)
        fresh = enqueue(database, connection, batch)
        note_decisions(connection, batch, ids, fresh)
        conversation.keep(connection, batch, ids)
        conversation.keep_consent(connection, batch)
        suppressions.keep(database, connection, batch)
        content.keep(database, connection, batch)
        merges.settle(database, connection, batch)


def _settle_accounts(database: Database, connection: Connection, batch: Batch) -> None:
    mentioned: dict[str, Account] = {**batch.known_accounts, **batch.accounts}
    unknown = [new_account(one) for one in mentioned.values() if one.version == 0]
    if unknown:
        connection.execute(database.insert(accounts).on_conflict_do_nothing(), unknown)
    changed = [{**account_row(a), **_bump(one, a.version)} for one, a in batch.accounts.items()]
    _compare_and_set(connection, accounts, changed, ("owner", "state"))
    if batch.news:
        _wake_others(connection, batch)


def _wake_others(connection: Connection, batch: Batch) -> None:
    """Other people of a changed account: asked again now, unless their journey is over; decisions under way about them start anew."""
    later = people.c.wake_at.is_(None) | (people.c.wake_at > batch.now)
    waits = (people.c.active | people.c.playbook.is_(None)) & later
    others = people.c.account_id.in_(batch.news) & people.c.id.not_in(list(batch.last))
    woken = case((waits, bindparam("now", batch.now, people.c.wake_at.type)), else_=people.c.wake_at)
    connection.execute(update(people).where(others).values(version=people.c.version + 1, wake_at=woken))


def _settle_people(database: Database, connection: Connection, batch: Batch) -> None:
    unknown = [new_person(_blank(batch.before[who].person)) for who in batch.last if batch.before[who].person.version == 0]
    if unknown:
        connection.execute(database.insert(people).on_conflict_do_nothing(), unknown)
    marks = {subject.kept: tuple(sorted(subject.kept)) for subject in batch.before.values()}
    by: dict[tuple[str, ...], list[Columns]] = {}
    for who in batch.last:
        person, before = batch.person_as_saved(who), batch.before[who]
        asked_for = _asked_for(before.person, person)
        own: Columns = {"wake_at": person.wake_at, "wake_lease": None, "kept": marks[before.kept]}
        by.setdefault(asked_for, []).append({**person_row(person), **own, **_bump(who, before.person.version)})
    for columns, rows in by.items():
        _compare_and_set(connection, people, rows, (*_ALWAYS, *columns))


def _asked_for(before: Person, after: Person) -> tuple[str, ...]:
    """The columns beside the state that have to be written: most often none, and every index that needs no new entry is work saved."""
    if before.version and all(getattr(before, name) == getattr(after, name) for name in _TOLD) and _way(before) == _way(after):
        return () if before.last_active == after.last_active else ("last_active",)
    return _BESIDE


def _way(person: Person) -> tuple[str, bool] | None:
    """Which playbook they are on, and whether it is over."""
    return (person.journey.playbook, person.journey.ended_at is None) if person.journey else None


def _blank(person: Person) -> Person:
    return Person(id=person.id, external_id=person.external_id)


def _take_down(database: Database, connection: Connection, batch: Batch, raw: Mapping[Key, str]) -> dict[Key, int]:
    """Store the events; an undecided one takes its place in line again, now. Gives their numbers."""
    stored = _store(database, connection, batch, raw)
    if len(stored) != len(batch.decided):  # some are here already: all stand in line anew, behind what was undecided
        for some in chunks([*stored.values()]):
            connection.execute(events.delete().where(events.c.id.in_(some)))
        bodies = _take_up_undecided(connection, batch) | {key: body for key, body in raw.items() if body}
        stored = _store(database, connection, batch, bodies)
    if len(stored) != len(batch.decided):
        raise Conflict("one of these events was decided meanwhile")
    return {(event.source, event.key): stored[codec.event_key(event)] for event, _ in batch.decided}


def _store(database: Database, connection: Connection, batch: Batch, raw: Mapping[Key, str]) -> dict[Key, int]:
    """Store those that are not here yet; gives their numbers."""
    rows = [
        {**event_row(event, batch.now, raw.get((event.source, event.key)) or None), "company": decision.company}
        for event, decision in batch.decided
    ]
    return {(source, key): id for id, source, key in _storing(database.insert, tuple(rows[0])).rows(connection, rows)}


@cache
def _storing(insert: Inserter, columns: tuple[str, ...]) -> Adding:
    return Adding(insert, events, columns, (events.c.id, events.c.source, events.c.key))


def _take_up_undecided(connection: Connection, batch: Batch) -> dict[Key, str]:
    """Take undecided events out of their line; gives the bodies they came in, by their own source and key."""
    own = {codec.event_key(event): (event.source, event.key) for event, _ in batch.decided}
    raw: dict[Key, str] = {}
    for some in chunks([*own]):
        mine = events.delete().where(_UNDECIDED, tuple_(events.c.source, events.c.key).in_(some))
        found = connection.execute(mine.returning(events.c.source, events.c.key, events.c.raw))
        raw |= {own[row.source, row.key]: row.raw for row in found}
    return raw


def _settle_segments(database: Database, connection: Connection, batch: Batch) -> None:
    moved, gone = [], []
    for who, decision in batch.last.items():
        before, after = _segments(batch.before[who].person), _segments(decision.person)
        if before is after:
            continue
        gone += [{"them": who, "what": dimension} for dimension in before.keys() - after.keys()]
        moved += [
            {"person_id": who, "dimension": dimension, "segment": segment.name, "since": segment.since}
            for dimension, segment in after.items()
            if before.get(dimension) != segment
        ]
    _LEAVING.many(connection, gone)
    _moving(database.insert).many(connection, moved)


@cache
def _moving(insert: Inserter) -> Prepared:
    new = insert(people_segments)
    fresh = {"segment": new.excluded.segment, "since": new.excluded.since}
    put = new.on_conflict_do_update(index_elements=["person_id", "dimension"], set_=fresh)
    return Prepared(put, ["person_id", "dimension", "segment", "since"])


def _segments(person: Person) -> Mapping[str, Any]:
    return person.journey.segments if person.journey else {}


def _settle_cases(connection: Connection, batch: Batch, opened: Sequence[Case]) -> None:
    if opened:
        rows = [{"id": c.id, "version": 1, "channel": c.channel, "thread": c.thread, **case_row(c)} for c in opened]
        connection.execute(cases.insert(), rows)
    changed = [{**case_row(c), **_bump(c.id, c.version)} for c in batch.cases.values() if c.version]
    _compare_and_set(connection, cases, changed, tuple(changed[0].keys() - _BUMP) if changed else ())


_BUMP = {"was_id", "was_version", "version"}


def _bump(one: str, version: int) -> Columns:
    return {"was_id": one, "was_version": version, "version": version + 1}


def _compare_and_set(connection: Connection, table: Table, rows: Sequence[Columns], columns: tuple[str, ...]) -> None:
    if rows and _if_unchanged(table, columns).many(connection, rows) != len(rows):
        raise Conflict(f"someone changed one of these {table.name} meanwhile")


@cache
def _if_unchanged(table: Table, columns: tuple[str, ...]) -> Prepared:
    same = (table.c.id == bindparam("was_id")) & (table.c.version == bindparam("was_version"))
    new = {name: bindparam(name, type_=table.c[name].type) for name in ("version", *columns)}
    return Prepared(update(table).where(same).values(new), ["was_id", "was_version", *new])
