"""How the house stands, in numbers that cost little however much there is: asked at every scrape, by `handrail status` and the alerts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, FromClause, func, inspect, select, text

from storage.conditions import PENDING, UNFINISHED_ROWS, UNKNOWN
from storage.database import Database
from storage.tables import cases, chores, events, outbox, people, unknowns_left

MOST = 100_000
"""Nobody counts further than this: more is "at least so many", and a scrape stays quick in the worst hour."""
_HEAD = 200
"""Of each priority so many of the longest waiting rows are looked at for the oldest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Counts stop at MOST. Ages are seconds, 0.0 when nothing waits.

    World time rules `wake_age` (the person overdue for longest) and the outbox' ages: `outbox_age` of the row that is due for longest,
    `untried_age` of the same without those that wait for another try. `clock_age` is how long ago (machine time) the clock beat last,
    None when it never did. `rows` are outbox rows by state: pending, claimed, sending, unknown; `waiting_again` of the pending ones wait
    for another try. `jobs` are the engine's, by status, where there is one. `backup_at` is machine time.
    """

    due_people: int
    wake_age: float
    outbox_age: float
    untried_age: float
    rows: dict[str, int]
    waiting_again: int
    unknown_left: int
    undecided: int
    parked: int
    open_cases: int
    clock_age: float | None
    backup_at: datetime | None
    jobs: dict[str, int] = field(default_factory=dict)

    @property
    def unknown_open(self) -> int:
        """Messages of unknown fate that nobody has looked at."""
        return max(0, self.rows.get("unknown", 0) - self.unknown_left)


def standing(database: Database, world_now: datetime, machine_now: datetime) -> Standing:
    """Ask the database. A dozen short queries, each over an index that holds little but what is asked for."""
    with database.read() as connection:
        oldest, untried = oldest_pending(connection, world_now)
        wake = connection.scalar(select(func.min(people.c.wake_at)).where(people.c.wake_at <= world_now))
        beaten = {row.name: row.done_at for row in connection.execute(select(chores).where(chores.c.name.in_(("tick", "backup"))))}
        undecided = events.c.decided_at.is_(None)
        rows = _by_state(connection)
        return Standing(
            due_people=counted(connection, people, people.c.wake_at <= world_now),
            wake_age=_seconds(world_now, wake),
            outbox_age=_seconds(world_now, oldest),
            untried_age=_seconds(world_now, untried),
            rows=rows,
            waiting_again=counted(connection, outbox, PENDING & outbox.c.not_before.is_not(None)),
            unknown_left=counted(connection, unknowns_left, outbox.c.id == unknowns_left.c.id, UNKNOWN) if rows["unknown"] else 0,
            undecided=counted(connection, events, undecided & ~events.c.parked),
            parked=counted(connection, events, undecided & events.c.parked),
            open_cases=counted(connection, cases, cases.c.state != "closed"),
            clock_age=_seconds(machine_now, beaten["tick"]) if beaten.get("tick") else None,
            backup_at=beaten.get("backup"),
            jobs=_jobs(connection),
        )


def oldest_pending(connection: Connection, world_now: datetime) -> tuple[datetime | None, datetime | None]:
    """Since when the longest waiting row is due, and the longest waiting that was not tried yet; near enough in a huge backlog.

    The index is in the order of priorities, of which there are few: of each the head of the line is looked at, and the head of those that
    were not tried, for however many wait for another try may stand before them.
    """
    oldest: list[datetime] = []
    untried: list[datetime] = []
    rank = connection.scalar(select(func.min(outbox.c.rank)).where(PENDING))
    while rank is not None:
        due = select(outbox.c.due_at).where(PENDING, outbox.c.rank == rank, outbox.c.due_at <= world_now).order_by(outbox.c.id).limit(_HEAD)
        fresh = [*connection.scalars(due.where(outbox.c.not_before.is_(None)))]
        oldest += [*connection.scalars(due), *fresh]
        untried += fresh
        rank = connection.scalar(select(func.min(outbox.c.rank)).where(PENDING, outbox.c.rank > rank))
    return min(oldest, default=None), min(untried, default=None)


def _by_state(connection: Connection) -> dict[str, int]:
    unfinished = select(outbox.c.state).where(UNFINISHED_ROWS).limit(MOST).subquery()
    found = connection.execute(select(unfinished.c.state, func.count().label("n")).group_by(unfinished.c.state))
    by_state = {row.state: row.n for row in found}
    return {state: by_state.get(state, 0) for state in ("pending", "claimed", "sending")} | {
        "unknown": counted(connection, outbox, UNKNOWN)
    }


def counted(connection: Connection, table: FromClause, *conditions: ColumnElement[bool]) -> int:
    """How many there are, up to MOST."""
    some = select(text("1")).select_from(table).where(*conditions).limit(MOST).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def _jobs(connection: Connection) -> dict[str, int]:
    """The engine's jobs that are not over, by status. None where the engine has no tables."""
    if connection.dialect.name != "postgresql" or not inspect(connection).has_table("procrastinate_jobs"):
        return {}
    some = "SELECT status FROM procrastinate_jobs WHERE status IN ('todo', 'doing') LIMIT :most"
    found = connection.execute(text(f"SELECT status::text AS status, count(*) AS n FROM ({some}) AS jobs GROUP BY 1"), {"most": MOST})
    return {"todo": 0, "doing": 0} | {row.status: row.n for row in found}


def _seconds(now: datetime, then: datetime | None) -> float:
    return max(timedelta(), now - then).total_seconds() if then else 0.0
