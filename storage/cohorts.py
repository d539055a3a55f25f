"""What became of those who joined in the same week: counted from the journeys that are here, and added up for those whose past is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, select

from flows.apply import LEFT
from flows.events import ProductEvent
from flows.journeys import MERGED
from flows.people import Journey
from storage.database import Database, chunks
from storage.tables import cohorts, events, gone_pasts, people

WEEKS = 9
"""Weeks since joining of which it is kept whether somebody was active: that of joining, and eight after it."""
WEEK = timedelta(weeks=1)
AT_ONCE = 200
"""People whose events are looked through at a time."""
JOINED, COMPLETED, GOAL, WENT = "joined", "completed", "goal", "left"

Tally = Counter[tuple[str, str, str]]
"""How many, by playbook, week and what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cohort:
    """Those who joined in the week from that Monday (UTC) on and are, or were last, on this playbook.

    `active` has, for each week since the moment they joined, how many of them did anything in the product then.
    """

    playbook: str
    week: date
    joined: int
    completed: int
    goal: int
    left: int
    active: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A journey to count: whose it is, also by the ids of those who turned out to be them."""

    journey: Journey
    ids: tuple[str, ...]
    weeks: set[int] = field(default_factory=set)


def cohorts_of(database: Database, playbook: str = "") -> list[Cohort]:
    """By playbook and week, in order; of one playbook, or of all. Letting go of what is old does not change the answer."""
    with database.read() as connection:
        if not database.is_sqlite:  # both questions see one moment
            connection.execution_options(isolation_level="REPEATABLE READ")
        counted: Tally = Counter()
        kept = select(cohorts).where(cohorts.c.playbook == playbook) if playbook else select(cohorts)
        for row in connection.execute(kept):
            counted[row.playbook, row.week, row.what] += row.n
        for ways in _present(connection, playbook):
            counted.update(_facts(connection, ways))
    return list(_told(counted))


def keep(database: Database, connection: Connection, ways: Sequence[Way]) -> None:
    """Add what these journeys came to, before their events go. The caller sees to it that none is added twice."""
    rows = [{"playbook": p, "week": week, "what": what, "n": n} for (p, week, what), n in sorted(_facts(connection, ways).items())]
    if rows:
        new = database.insert(cohorts)
        more = {"n": cohorts.c.n + new.excluded.n}
        connection.execute(new.on_conflict_do_update(index_elements=["playbook", "week", "what"], set_=more), rows)


def counts(journey: Journey | None) -> bool:
    """Whether a journey is one of those that are counted: one that a merge ended goes on as somebody else's."""
    return journey is not None and journey.ended_why != MERGED


def _present(connection: Connection, playbook: str) -> Iterator[list[Way]]:
    """The journeys that were not added up yet, some at a time."""
    wanted: Select[Any] = select(people.c.id).where(people.c.merged_into.is_(None), people.c.playbook.is_not(None)).order_by(people.c.id)
    if playbook:
        wanted = wanted.where(people.c.playbook == playbook)
    for some in chunks(list(connection.execute(wanted).scalars()), AT_ONCE):
        states = list(connection.execute(select(people.c.state).where(people.c.id.in_(some))).scalars())
        kin = [one for state in states for one in (state.id, *state.merged)]
        gone = counted_already(connection, kin)
        ways = [Way(journey=one.journey, ids=(one.id, *one.merged)) for one in states if counts(one.journey)]
        yield [way for way in ways if way.journey.id not in gone]


def counted_already(connection: Connection, ids: Collection[str]) -> set[str]:
    """The journeys, of these people, that were added up."""
    found: set[str] = set()
    for some in chunks([*ids]):
        theirs = select(gone_pasts.c.journey).where(gone_pasts.c.person_id.in_(some), gone_pasts.c.journey.is_not(None))
        found |= set(connection.execute(theirs).scalars())
    return found


def _facts(connection: Connection, ways: Sequence[Way]) -> Tally:
    _note_weeks(connection, ways)
    return Counter((way.journey.playbook, monday(way.journey.started).isoformat(), what) for way in ways for what in _came_to(way))


def _came_to(way: Way) -> Iterator[str]:
    journey = way.journey
    facts = {JOINED: True, COMPLETED: journey.done_at, GOAL: journey.goal_at, WENT: journey.ended_why == LEFT}
    yield from (what for what, so in facts.items() if so)
    yield from (f"active:{week}" for week in sorted(way.weeks))


def _note_weeks(connection: Connection, ways: Sequence[Way]) -> None:
    """In which weeks since joining each of them did anything in the product."""
    owner = {one: way for way in ways for one in way.ids}
    if not owner:
        return
    latest = max(way.journey.started for way in ways) + WEEKS * WEEK
    did = (events.c.kind == ProductEvent.__name__) & events.c.decided_at.is_not(None) & (events.c.at < latest)
    for some in chunks([*owner]):
        for who, at in connection.execute(select(events.c.person_id, events.c.at).where(events.c.person_id.in_(some), did)):
            week = (at - owner[who].journey.started) // WEEK
            if 0 <= week < WEEKS:
                owner[who].weeks.add(week)


def monday(at: datetime) -> date:
    """The Monday of a moment's week, UTC."""
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def _told(counted: Mapping[tuple[str, str, str], int]) -> Iterable[Cohort]:
    for playbook, week in sorted({(playbook, week) for playbook, week, _ in counted}):
        n = {what: counted.get((playbook, week, what), 0) for what in (JOINED, COMPLETED, GOAL, WENT)}
        active = tuple(counted.get((playbook, week, f"active:{k}"), 0) for k in range(WEEKS))
        yield Cohort(playbook=playbook, week=date.fromisoformat(week), active=active, **n)
