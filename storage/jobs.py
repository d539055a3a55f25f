"""Hints for workers: jobs in Procrastinate's tables, written in the transaction that claims what they are about. PostgreSQL only.

A job is never the truth. It says "somebody look at this claim"; the claim itself is the rows' token and lease. So a job may be lost, or
found when its claim is over, and nothing comes of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from flows.decision import ANSWERS
from storage.database import Database, StorageError, address
from storage.waking import Taken

if TYPE_CHECKING:
    from procrastinate import App

URGENT, BULK = "handrail_urgent", "handrail_bulk"
"""The two queues. Somebody waits for what is in the first; a worker always has a thread for it."""
DELIVER, WAKE = "handrail.deliver", "handrail.wake"
"""The two kinds of jobs."""
AFTER_MESSAGES = -1000
"""The priority of jobs that wake many: what has been decided goes out before more is decided. Who is woken out of turn waits like somebody
who asked.
"""
SILENCE = timedelta(seconds=30)
"""A worker that was not heard of for so long is dead; they are heard of every 10 seconds."""

_WAITING = text("SELECT queue_name, task_name, count(*) FROM procrastinate_jobs WHERE status = 'todo' GROUP BY queue_name, task_name")
_ALIVE = text("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - :silence")
_PRUNE = text("DELETE FROM procrastinate_workers WHERE last_heartbeat <= now() - :silence")
_ORPHANS = text("DELETE FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL RETURNING id")
_OVER = text("DELETE FROM procrastinate_jobs WHERE status NOT IN ('todo', 'doing')")
_DROP = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND starts_with(relname, 'procrastinate_')
        LOOP EXECUTE format('DROP TABLE %s CASCADE', one.name); END LOOP;
    FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND starts_with(proname, 'procrastinate_')
        LOOP EXECUTE format('DROP FUNCTION %s', one.name); END LOOP;
    FOR one IN SELECT oid::regtype AS name FROM pg_type
        WHERE typnamespace = current_schema()::regnamespace AND starts_with(typname, 'procrastinate_')
        LOOP EXECUTE format('DROP TYPE %s', one.name); END LOOP;
END $$
"""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the work stands: jobs that nobody has taken up yet, by queue and kind, and how many worker processes are alive."""

    waiting: Mapping[tuple[str, str], int] = field(default_factory=dict)
    workers: int = 0


class Jobs:
    """Writes jobs and counts them. Safe to share between threads. Raises StorageError when Procrastinate is not installed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._app = _deferring()

    def deliver(self, queue: str) -> Callable[[Connection, str, int], None]:
        """For `Outbox.claim`: in its transaction, ask somebody to deliver the rows of the claim."""

        def then(connection: Connection, token: str, priority: int) -> None:
            self._defer(connection, DELIVER, queue, priority, {"token": token})

        return then

    def wake(self, queue: str) -> Taken:
        """For `Store.claim_due`: in its transaction, ask somebody to decide for those people, whose leases end at that moment."""

        def then(connection: Connection, people: Sequence[str], until: datetime) -> None:
            priority = ANSWERS if queue == URGENT else AFTER_MESSAGES
            self._defer(connection, WAKE, queue, priority, {"people": list(people), "until": until.isoformat()})

        return then

    def standing(self) -> Standing:
        """What waits, and for whom."""
        with self._database.read() as connection:
            waiting = {(queue, kind): n for queue, kind, n in connection.execute(_WAITING)}
            alive = connection.execute(_ALIVE, {"silence": SILENCE}).scalar_one()
        return Standing(waiting=waiting, workers=alive // 2)  # each process registers one for every queue

    def forget(self) -> int:
        """Let go of dead workers, of the jobs they had in hand, and of jobs that ended. Gives how many jobs were in dead hands.

        Their claims end with their leases, and what was not sent is claimed anew: a job is never run a second time, since whoever had it
        may only have been asleep.
        """
        with self._database.write() as connection:
            connection.execute(_PRUNE, {"silence": SILENCE})
            orphans = len(connection.execute(_ORPHANS).all())
            connection.execute(_OVER)
        return orphans

    def _defer(self, connection: Connection, name: str, queue: str, priority: int, args: dict[str, Any]) -> None:
        driver = connection.connection.driver_connection
        self._app.configure_task(name, queue=queue, priority=priority, connection=driver).defer(**args)


def conninfo(url: str) -> str:
    """The address of a PostgreSQL as its own client library reads it, secrets included."""
    return address(url).set(drivername="postgresql").render_as_string(hide_password=False)


def create_tables(connection: Connection) -> None:
    """Bring up Procrastinate's tables, as the installed release wants them. Those that are there stay."""
    if connection.execute(text("SELECT to_regclass('procrastinate_jobs')")).scalar_one_or_none() is None:
        _run(connection, _deferring().schema_manager.get_schema())


def drop_tables(connection: Connection) -> None:
    """Take Procrastinate's tables, types and functions away, with every job."""
    _run(connection, _DROP)


def _run(connection: Connection, statements: str) -> None:
    # several statements at once: only the driver takes those
    connection.connection.driver_connection.execute(statements.encode())  # type: ignore[union-attr]  # a psycopg connection


def _deferring() -> App:
    """Procrastinate as it writes into a transaction of ours; it has no connection of its own."""
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # what it tells of each job and of a lost connection, we tell once
    try:
        from procrastinate import App, SyncPsycopgConnector
    except ModuleNotFoundError:
        raise StorageError("PostgreSQL needs Procrastinate; install it with: pip install 'handrail[postgres]'") from None
    return App(connector=SyncPsycopgConnector())
