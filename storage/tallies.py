"""Counts of what people did, kept beside the events so that a signal costs a lookup and not a count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, case, select, update

from flows.people import Tally
from storage.database import Database, Inserter, chunks
from storage.rows import Columns
from storage.tables import activity, events, people

IN_ALL = ""
"""The `day` of the row that counts all days."""

_KEPT = select(activity).where(
    activity.c.person_id.in_(bindparam("who", expanding=True)),
    activity.c.name.in_(bindparam("names", expanding=True)),
    (activity.c.day == IN_ALL) | (activity.c.day >= bindparam("since")),
)


def tallies(connection: Connection, who: Sequence[str], names: Collection[str], since: date) -> dict[str, dict[str, Tally]]:
    """Person → event → tally, with days from `since` on. Every name is there, also what never happened."""
    found: dict[str, dict[str, Tally]] = {person: dict.fromkeys(names, Tally()) for person in who}
    for some in chunks(who) if names else ():
        for row in connection.execute(_KEPT, {"who": some, "names": sorted(names), "since": since.isoformat()}):
            mine = found[row.person_id]
            if row.day == IN_ALL:
                mine[row.name] = replace(mine[row.name], n=row.n, first_at=row.first_at, last_at=row.last_at)
            else:
                mine[row.name] = replace(mine[row.name], days={**mine[row.name].days, date.fromisoformat(row.day): row.n})
    return found


def added(person: str, before: Mapping[str, Tally], after: Mapping[str, Tally]) -> list[Columns]:
    """Rows that add what a decision counted to what is stored. Names that no playbook asks about are left out."""
    rows: list[Columns] = []
    for name, was in before.items():
        tally = after.get(name, was)
        if tally == was or tally.first_at is None or tally.last_at is None:
            continue
        more = {IN_ALL: tally.n - was.n} | {day.isoformat(): n - was.days.get(day, 0) for day, n in tally.days.items()}
        span = {"person_id": person, "name": name, "totals": None, "first_at": tally.first_at, "last_at": tally.last_at}
        rows += [{**span, "day": day, "n": n} for day, n in more.items() if n > 0]
    return rows


def add(database: Database, connection: Connection, rows: Sequence[Columns]) -> None:
    """Add counts to the stored ones; first and last widen."""
    connection.execute(_adding(database.insert), rows)


@cache
def _adding(insert: Inserter) -> Insert:
    new = insert(activity)
    theirs = new.excluded
    return new.on_conflict_do_update(
        index_elements=["person_id", "name", "day"],
        set_={
            "n": activity.c.n + theirs.n,
            "first_at": case((theirs.first_at < activity.c.first_at, theirs.first_at), else_=activity.c.first_at),
            "last_at": case((theirs.last_at > activity.c.last_at, theirs.last_at), else_=activity.c.last_at),
        },
    )


def fill(database: Database, who: Sequence[str], names: Collection[str]) -> None:
    """Count, from the stored events, names that these people's tallies did not keep so far: a playbook has a new signal.

    Their rows are locked meanwhile, so that no decision adds to a count that is still being made.
    """
    for some in chunks(who):
        with database.write() as connection:
            rows = connection.execute(select(people.c.id, people.c.kept).where(people.c.id.in_(some)).with_for_update()).all()
            missing = {row.id: set(names) - set(row.kept) for row in rows if not set(names) <= set(row.kept)}
            if not missing:
                continue
            _count_anew(database, connection, missing)
            kept = [{"them": row.id, "kept": tuple(sorted({*row.kept, *names}))} for row in rows if row.id in missing]
            connection.execute(update(people).where(people.c.id == bindparam("them")), kept)


def _count_anew(database: Database, connection: Connection, missing: Mapping[str, set[str]]) -> None:
    gone = activity.delete().where(activity.c.person_id == bindparam("them"), activity.c.name == bindparam("what"))
    connection.execute(gone, [{"them": person, "what": name} for person, names in missing.items() for name in names])
    asked = sorted({name for names in missing.values() for name in names})
    happened = select(events.c.person_id, events.c.name, events.c.at).where(
        events.c.person_id.in_(list(missing)), events.c.name.in_(asked), events.c.decided_at.is_not(None)
    )
    found = (row for row in connection.execute(happened) if row.name in missing[row.person_id])
    rows = _counted((row.person_id, row.name, row.at) for row in found)
    if rows:
        add(database, connection, rows)


def _counted(happened: Iterable[tuple[str, str, datetime]]) -> list[Columns]:
    moments: dict[tuple[str, str, str], list[datetime]] = defaultdict(list)
    for person, name, at in happened:
        moments[person, name, IN_ALL].append(at)
        moments[person, name, at.astimezone(UTC).date().isoformat()].append(at)
    return [_tally_row(*where, ats) for where, ats in moments.items()]


def _tally_row(person: str, name: str, day: str, ats: Sequence[datetime]) -> dict[str, Any]:
    span = {"first_at": min(ats), "last_at": max(ats)}
    return {"person_id": person, "name": name, "day": day, "n": len(ats), "totals": None, **span}
