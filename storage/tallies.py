"""What people did, counted and kept beside the events: one document a person, so that an event costs the same whatever came before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from sqlalchemy import Connection, bindparam, select, update

from flows.events import ProductEvent
from flows.people import Tally
from flows.tallies import Needs, too_late
from storage import codec
from storage.database import Database, Inserter, chunks
from storage.prepared import Prepared
from storage.tables import activity, events, people

_KEPT = select(activity).where(activity.c.person_id.in_(bindparam("who", expanding=True)))


def needed(kept: Mapping[str, Tally], needs: Needs) -> dict[str, Tally]:
    """Of what is kept of somebody, the tallies that are needed; what never happened has none."""
    return {key: tally for key, tally in kept.items() if key in needs.by_key}


def keep(database: Database, connection: Connection, changed: Mapping[str, Mapping[str, Tally]]) -> None:
    """Write the documents of people who did something. The person's version, compared before, guards them."""
    rows = [{"person_id": person, "tallies": _happened(theirs)} for person, theirs in changed.items()]
    _keeping(database.insert).many(connection, rows)


@cache
def _keeping(insert: Inserter) -> Prepared:
    new = insert(activity)
    put = new.on_conflict_do_update(index_elements=["person_id"], set_={"tallies": new.excluded.tallies})
    return Prepared(put, ("person_id", "tallies"))


def fill(database: Database, who: Sequence[str], needs: Needs) -> None:
    """Count, from the stored events, what these people's tallies did not keep so far: a playbook has a new signal.

    Their rows are locked meanwhile, so that no decision adds to a count that is still being made.
    """
    for some in chunks(who):
        with database.write() as connection:
            rows = connection.execute(select(people.c.id, people.c.kept).where(people.c.id.in_(some)).with_for_update()).all()
            kept = {row.id: needs.marks & set(row.kept) for row in rows if not needs.marks <= set(row.kept)}
            if not kept:
                continue
            known = {row.person_id: row.tallies for row in connection.execute(_KEPT, {"who": sorted(kept)})}
            missing = {person: needs.but(marks) for person, marks in kept.items()}
            counted = _count_anew(connection, missing)
            whole = {person: {**_still(known.get(person, {}), needs, kept[person]), **counted[person]} for person in kept}
            keep(database, connection, whole)
            marks = [{"them": person, "kept": tuple(sorted(needs.marks))} for person in kept]
            connection.execute(update(people).where(people.c.id == bindparam("them")), marks)


def _count_anew(connection: Connection, missing: Mapping[str, Needs]) -> dict[str, dict[str, Tally]]:
    counted: dict[str, dict[str, Tally]] = {person: {} for person in missing}
    for event in _happenings(connection, missing):
        counted[event.who] = dict(missing[event.who].counted(counted[event.who], event))
    return counted


def _happenings(connection: Connection, missing: Mapping[str, Needs]) -> Iterable[ProductEvent]:
    """Their product's events that count for what is missing, as they were decided; also those of whoever turned out to be them."""
    became = select(people.c.id, people.c.merged_into).where(people.c.merged_into.in_(sorted(missing)))
    now = {row.id: row.merged_into for row in connection.execute(became)}
    theirs = events.c.person_id.in_(sorted({*missing, *now})) & (events.c.kind == "ProductEvent") & events.c.decided_at.is_not(None)
    named = [needs.names for needs in missing.values()]
    if all(names is not None for names in named):
        theirs &= events.c.name.in_(sorted({name for names in named for name in names or ()}))
    for row in connection.execute(select(events).where(theirs)):
        event = codec.event(row)
        if isinstance(event, ProductEvent) and not too_late(row.at, row.decided_at):
            yield replace(event, who=now.get(event.who, event.who))


def _still(known: Mapping[str, Tally], needs: Needs, marks: frozenset[str]) -> dict[str, Tally]:
    return {key: tally for key, tally in known.items() if key in needs.by_key and needs.by_key[key].mark in marks}


def _happened(theirs: Mapping[str, Tally]) -> dict[str, Tally]:
    return {key: tally for key, tally in sorted(theirs.items()) if tally.n}
