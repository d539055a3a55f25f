"""A merge undone: both people are who they would be without it, by their own events, and their names go back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from flows.becoming import parted
from flows.events import Split
from flows.library import Playbooks
from flows.people import Person, Subject
from flows.shares import moved
from storage import company, loading, suppressions
from storage.batch import woken
from storage.database import Conflict
from storage.merges import UNSETTLED, Merge
from storage.rebuild import rebuild
from storage.rows import event_row, person_row
from storage.store import Store
from storage.tables import cases, decisions, events, identities, merges, outbox, people, people_segments

SOURCE = "split"
"""Who says so when a merge is taken back."""

_ATTEMPTS = 20


def undo(store: Store, playbooks: Playbooks, merge: Merge, now: datetime, by: str) -> tuple[Person, Person]:
    """Take a merge back. Gives both people as they are from now on: who was kept, and who was merged into them.

    What came after the merge stays with who was kept. What was said stays said, and an open case stays with whose it was at first.
    What was stopped in between is stopped for both: nobody can tell who meant it, and writing to who said no is worse than silence.
    Both are woken at `now` (world time). Raises Conflict when others keep changing them, ValueError when it was undone already,
    PastGone when not all that was heard of them is kept: then they stay as they are.
    """
    for _ in range(_ATTEMPTS):
        before = _people(store, merge)
        kept, gone = (rebuild(store, playbooks, who, without=frozenset([merge.id])) for who in before)
        try:
            return _save(store, merge, before, (kept, gone), now, by)
        except Conflict:
            continue
    raise Conflict("others keep changing these people")


def _people(store: Store, merge: Merge) -> dict[str, Person]:
    """Who they are one now, who may be somebody whom the kept one was merged into since; and who was merged."""
    with store.database.read() as connection:
        rows = {row.id: row for row in connection.execute(select(people).where(people.c.id == merge.gone))}
        into = rows[merge.gone].merged_into
        if into is None:
            raise ValueError("this merge was undone already")
        rows |= {row.id: row for row in connection.execute(select(people).where(people.c.id == into))}
    return {who: loading.person(rows[who]) for who in (into, merge.gone)}


def _save(
    store: Store, merge: Merge, before: Mapping[str, Person], folded: tuple[Person, Person], now: datetime, by: str
) -> tuple[Person, Person]:
    whole, part = before.values()
    kept, gone = folded
    theirs = {gone.id, *gone.merged}
    splits = tuple(_split(merge, whole, one, other, now, by) for one, other in ((kept, gone), (gone, kept)))
    kept, gone = (parted(Subject(person=one), split).person for one, split in zip(folded, splits, strict=True))
    case = whole.case
    to_gone = case is not None and case.id.rpartition(".")[0] in theirs
    kept = replace(kept, case=None if to_gone else case, external_id=_own_id(whole, part))
    gone = replace(gone, case=case if to_gone else None, external_id=part.external_id)
    kept, gone = (woken(replace(one, merged_into=""), now) for one in (kept, gone))
    with store.database.write() as connection:
        _mark(connection, merge, now, by)
        _take_down(connection, splits, now)
        suppressions.close_stopped(store.database, connection, (kept, gone), now)
        _write(connection, kept, whole.version)
        _write(connection, gone, part.version)
        _give_back(connection, kept.id, gone.id, theirs)
        company.move(store.database, connection, _counts(whole, part, kept, gone, now), now)
    return kept, gone


def _split(merge: Merge, whole: Person, one: Person, other: Person, now: datetime, by: str) -> Split:
    """What the split is to one of them. The numbers that who they both were has given away are the kept one's."""
    numbers = {"cases": whole.cases, "journeys": whole.journeys} if one.id == whole.id else {}
    return Split(
        source=SOURCE, key=f"split:{merge.id}:{one.id}", who=one.id, at=now, other=other.id, by=by, opted_out=whole.opted_out,
        refused=whole.consent is False, snoozed_until=whole.snoozed_until, paused_by=whole.paused_by, **numbers,
    )  # fmt: skip


def _take_down(connection: Connection, splits: tuple[Split, ...], now: datetime) -> None:
    """Store what the split is to both, decided."""
    for split in splits:
        id = connection.execute(events.insert().values(event_row(split, now, None)).returning(events.c.id)).scalar_one()
        reasons = parted(Subject(person=Person(id=split.who)), split).reasons
        row = {"event_id": id, "person_id": split.who, "at": now, "reasons": reasons, "says": (), "allotment": None}
        connection.execute(decisions.insert().values(row))


def _own_id(whole: Person, part: Person) -> str:
    return "" if whole.external_id == part.external_id else whole.external_id


def _mark(connection: Connection, merge: Merge, now: datetime, by: str) -> None:
    mine = update(merges).where(merges.c.id == merge.id, merges.c.undone_at.is_(None))
    if connection.execute(mine.values(undone_at=now, undone_by=by)).rowcount != 1:
        raise ValueError("this merge was undone already")


def _write(connection: Connection, person: Person, version: int) -> None:
    """The person as they are now. Their counts are made anew from the events when somebody is next looked at."""
    columns = {**person_row(person), "wake_at": person.wake_at, "external_id": person.external_id, "kept": (), "version": version + 1}
    unchanged = update(people).where(people.c.id == person.id, people.c.version == version)
    if connection.execute(unchanged.values(columns)).rowcount != 1:
        raise Conflict("someone changed one of these people meanwhile")
    connection.execute(people_segments.delete().where(people_segments.c.person_id == person.id))
    segments = person.journey.segments if person.journey else {}
    rows = [{"person_id": person.id, "dimension": name, "segment": one.name, "since": one.since} for name, one in segments.items()]
    if rows:
        connection.execute(people_segments.insert(), rows)


def _give_back(connection: Connection, kept: str, gone: str, theirs: set[str]) -> None:
    """Names, cases, and whoever was merged into the other before: all that came along goes back."""
    came = (identities.c.person_id == kept) & identities.c.moved_from.in_(theirs)
    connection.execute(update(identities).where(came).values(person_id=gone, moved_from=func.nullif(identities.c.moved_from, gone)))
    waiting = (outbox.c.person_id == kept) & outbox.c.state.in_(UNSETTLED) & outbox.c.recipient.in_([f"person:{who}" for who in theirs])
    connection.execute(update(outbox).where(waiting).values(person_id=gone))
    led = people.c.id.in_(theirs - {gone})
    connection.execute(update(people).where(led).values(merged_into=gone, version=people.c.version + 1))
    opened = or_(*(cases.c.id.like(f"{who}.%") for who in sorted(theirs))) & (cases.c.person_id == kept)
    for row in connection.execute(select(cases).where(opened)).all():
        content = replace(loading.case(row), person_id=gone)
        connection.execute(update(cases).where(cases.c.id == row.id).values(person_id=gone, content=content, version=row.version + 1))


def _counts(whole: Person, part: Person, kept: Person, gone: Person, now: datetime) -> dict[tuple[str, str], int]:
    """How the counts of their accounts change."""
    change: dict[tuple[str, str], int] = {}
    for before, after in ((whole, kept), (part, gone)):
        for place, n in moved(before, after, now).items():
            change[place] = change.get(place, 0) + n
    return {place: n for place, n in change.items() if n}
