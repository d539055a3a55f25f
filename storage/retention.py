"""What is old goes: events of those whose journey is over, with all that hangs on them, and reasons. In short transactions, oldest first.

docs/adr/0020-what-is-kept.md says what goes, what stays and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, Text, cast, delete, func, select, tuple_

from flows.events import Tick
from flows.people import Person
from storage import cohorts
from storage.cohorts import WEEK, WEEKS, Way
from storage.database import Conflict, Database
from storage.tables import case_messages, cases, decisions, events, files, gone_pasts, outbox, people, segment_changes, spent_keys, tasks

LIMIT = 400
"""Events that go in one transaction: some ten milliseconds on SQLite, in which nobody else writes."""
PAUSE = timedelta(milliseconds=50)
TOGETHER = 20
"""People whose past goes in one transaction, as far as LIMIT reaches."""
SPENT_FOR = timedelta(days=35)
"""How long the key of an event that is gone is still known."""
SETTLED_AFTER = WEEKS * WEEK + timedelta(days=7)
"""So long after somebody joined nothing is added any more to what is counted of their weeks; a week is for events that come late."""
_PLAIN = (func.coalesce(cast(decisions.c.allotment, Text), "null") == "null").label("plain")
"""Whether the desk said nothing; PostgreSQL keeps that as JSON's null."""
FINAL = ("sent", "failed", "suppressed", "expired", "withdrawn")
"""States of a message of which nothing becomes any more. An unknown one is somebody's to look at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trimmed:
    """What went, in one transaction or in all of them. `looked` counts the rows that were read to find it."""

    looked: int = 0
    events: int = 0
    decisions: int = 0
    messages: int = 0
    others: int = 0
    keys: int = 0

    def __add__(self, other: Trimmed) -> Trimmed:
        return Trimmed(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(Trimmed)})


def trim(database: Database, before: datetime, now: datetime, limit: int = LIMIT, pause: timedelta = PAUSE) -> Trimmed:
    """Let go of all that was decided before that moment and need not be kept. `now` is world time too. Gives what went."""
    found = Trimmed()
    for step in trimming(database, before, now, limit):
        found += step
        sleep(pause.total_seconds())
    return found


def trimming(database: Database, before: datetime, now: datetime, limit: int = LIMIT) -> Iterator[Trimmed]:
    """The same, one transaction at a time. Nothing is locked between two of them.

    It may be dropped after each: the next run begins with the oldest again, and counts nothing twice.
    """
    yield from _pasts(database, before, now, limit)
    yield from _old_reasons(database, before, limit)
    yield from _messages_to_nobody(database, before, limit)
    yield from _spent(database, now, limit)


def gone_before(database: Database, ids: Sequence[str]) -> datetime | None:
    """Up to when nothing is kept of these people, in world time; None when all of it is."""
    with database.read() as connection:
        latest: datetime | None = connection.scalar(select(func.max(gone_pasts.c.before)).where(gone_pasts.c.person_id.in_(ids)))
    return latest


def last_decided(database: Database) -> datetime | None:
    """When the latest event was decided, in the world time of whoever did."""
    latest = select(events.c.decided_at).where(events.c.decided_at.is_not(None)).order_by(events.c.id.desc()).limit(1)
    with database.read() as connection:
        at: datetime | None = connection.scalar(latest)
    return at


# Pasts


def _pasts(database: Database, before: datetime, now: datetime, limit: int) -> Iterator[Trimmed]:
    last, looked = 0, limit
    while looked == limit:
        with database.read() as connection:
            rows = connection.execute(_next(events, last, limit, events.c.person_id, events.c.decided_at)).all()
            old = [row for row in _until(rows, "decided_at", before) if row.decided_at]
            found = sorted(_over(connection, {row.person_id for row in old}, now))
        looked = len(rows) if not rows or _is_old(rows[-1].decided_at, before) else 0
        last = rows[-1].id if rows else last
        yield Trimmed(looked=len(rows))
        for start in range(0, len(found), TOGETHER):
            yield from _let_go_of(database, found[start : start + TOGETHER], before, now, limit)


def _let_go_of(database: Database, whom: Sequence[str], before: datetime, now: datetime, limit: int) -> Iterator[Trimmed]:
    """The pasts of some people, in as many transactions as it takes."""
    more = True
    while more:
        try:
            with database.write() as connection:
                over = _over(connection, whom, now, lock=True)  # who came back meanwhile stays whole
                gone = _cut(database, connection, over, before, now, limit)
        except Conflict:
            return  # others work on one of them: tomorrow is soon enough
        more = max(gone.events, gone.messages, gone.others) >= limit
        yield gone


def _over(connection: Connection, whom: Sequence[str] | set[str], now: datetime, *, lock: bool = False) -> dict[str, Person]:
    """Of these, or whom they turned out to be, those whose journey is over, in whose name no case and no task is open, and whose weeks are
    told.
    """
    asked = select(func.coalesce(people.c.merged_into, people.c.id)).where(people.c.id.in_(whom))
    kin = people.alias()
    open_case = select(cases.c.id).where(cases.c.person_id == people.c.id, cases.c.state != "closed").exists()
    open_task = select(tasks.c.uid).where(tasks.c.person_id == people.c.id, tasks.c.state == "open").exists()
    theirs = kin.join(tasks, tasks.c.person_id == kin.c.id)
    open_task_of_kin = select(tasks.c.uid).select_from(theirs).where(kin.c.merged_into == people.c.id, tasks.c.state == "open").exists()
    over = people.c.active.is_(False) & ~open_case & ~open_task & ~open_task_of_kin
    wanted = select(people.c.id, people.c.state).where(people.c.id.in_(asked), over).order_by(people.c.id)
    rows = connection.execute(wanted.with_for_update(of=people) if lock else wanted).all()
    return {row.id: row.state for row in rows if _weeks_are_told(row.state, now)}


def _weeks_are_told(person: Person, now: datetime) -> bool:
    return person.journey is None or person.journey.started + SETTLED_AFTER <= now


def _cut(database: Database, connection: Connection, over: dict[str, Person], before: datetime, now: datetime, limit: int) -> Trimmed:
    kin = list(connection.execute(select(people.c.id).where(people.c.id.in_(over) | people.c.merged_into.in_(over))).scalars())
    theirs = events.c.person_id.in_(kin) & (events.c.decided_at < before)
    old = connection.execute(select(events.c.id, events.c.source, events.c.key, events.c.kind).where(theirs).limit(limit)).all()
    if old:
        _note(database, connection, over, kin, before)
        _spend(database, connection, old, now)
    ids = [row.id for row in old]
    said = outbox.c.person_id.in_(kin) & (outbox.c.created_at < before) & outbox.c.state.in_(FINAL) & outbox.c.told
    words = _gone(connection, case_messages, case_messages.c.event_id.in_(ids))
    reasons = _gone(connection, decisions, decisions.c.event_id.in_(ids))
    heard = _gone(connection, events, events.c.id.in_(ids))
    messages = _some_gone(connection, outbox, said, limit)
    rest = [_some_gone(connection, one, one.c.person_id.in_(kin) & (one.c.at < before), limit) for one in (segment_changes, files)]
    return Trimmed(looked=len(old), events=heard, decisions=reasons, messages=messages, others=max(words, *rest))


def _note(database: Database, connection: Connection, over: dict[str, Person], kin: Sequence[str], before: datetime) -> None:
    """Count what their journeys came to, each once, and that their past is gone."""
    counted = cohorts.counted_already(connection, kin)
    fresh = {one.id: one.journey for one in over.values() if one.journey and cohorts.counts(one.journey) and one.journey.id not in counted}
    cohorts.keep(database, connection, [Way(journey=journey, ids=(who, *over[who].merged)) for who, journey in fresh.items()])
    new = database.insert(gone_pasts)
    later = {"before": new.excluded.before, "journey": func.coalesce(new.excluded.journey, gone_pasts.c.journey)}
    rows = [{"person_id": who, "before": before, "journey": fresh[who].id if who in fresh else None} for who in kin]
    connection.execute(new.on_conflict_do_update(index_elements=["person_id"], set_=later), rows)


def _spend(database: Database, connection: Connection, old: Sequence[Any], now: datetime) -> None:
    """Remember the keys of what goes. A wake is ours alone, and nobody can repeat it."""
    rows = [{"source": row.source, "key": row.key, "until": now + SPENT_FOR} for row in old if row.kind != Tick.__name__]
    if rows:
        connection.execute(database.insert(spent_keys).on_conflict_do_nothing(), rows)


# What else is old


def _old_reasons(database: Database, before: datetime, limit: int) -> Iterator[Trimmed]:
    """Reasons of anybody. What the team's desk said stays: a rebuild says it again."""
    last, more = 0, True
    while more:
        with database.write() as connection:
            found = connection.execute(_next(decisions, last, limit, decisions.c.at, _PLAIN)).all()
            old = _until(found, "at", before)
            gone = _gone(connection, decisions, decisions.c.id.in_([row.id for row in old if row.plain]))
        last, more = (found[-1].id if found else last), len(old) == limit
        yield Trimmed(looked=len(found), decisions=gone)


def _messages_to_nobody(database: Database, before: datetime, limit: int) -> Iterator[Trimmed]:
    """Views that were drawn, and what was told to our own people about no customer."""
    last, more = 0, True
    columns = (outbox.c.created_at, outbox.c.state, outbox.c.told)
    while more:
        with database.write() as connection:
            found = connection.execute(_next(outbox, last, limit, *columns).where(outbox.c.person_id.is_(None))).all()
            old = _until(found, "created_at", before)
            gone = _gone(connection, outbox, outbox.c.id.in_([row.id for row in old if row.told and row.state in FINAL]))
        last, more = (found[-1].id if found else last), len(old) == limit
        yield Trimmed(looked=len(found), messages=gone)


def _spent(database: Database, now: datetime, limit: int) -> Iterator[Trimmed]:
    """Keys that nobody repeats any more."""
    name = (spent_keys.c.source, spent_keys.c.key)
    over = select(*name).where(spent_keys.c.until <= now).order_by(spent_keys.c.until).limit(limit)
    gone = limit
    while gone == limit:
        with database.write() as connection:
            gone = connection.execute(delete(spent_keys).where(tuple_(*name).in_(over))).rowcount
        yield Trimmed(looked=gone, keys=gone)


# Statements


def _next(table: Table, last: int, limit: int, *columns: ColumnElement[Any]) -> Any:
    return select(table.c.id, *columns).where(table.c.id > last).order_by(table.c.id).limit(limit)


def _until(rows: Sequence[Any], column: str, before: datetime) -> list[Any]:
    """Those up to the first that is too young: numbers grow as time does."""
    young = next((place for place, row in enumerate(rows) if not _is_old(getattr(row, column), before)), len(rows))
    return list(rows[:young])


def _is_old(at: datetime | None, before: datetime) -> bool:
    return at is None or at < before


def _gone(connection: Connection, table: Table, which: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(which)).rowcount


def _some_gone(connection: Connection, table: Table, which: ColumnElement[bool], limit: int) -> int:
    return _gone(connection, table, table.c.id.in_(select(table.c.id).where(which).limit(limit)))
