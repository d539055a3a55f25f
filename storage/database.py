"""The database: one engine, short transactions, and no `database is locked`."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock, local
from time import monotonic, sleep
from typing import Any, TypeVar

from msgspec import json
from sqlalchemy import Connection, Dialect, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

CHUNK = 1000
"""Values in one IN list: far below every database's limit of parameters."""

BUSY_SECONDS = 30
_ASKED_AGAIN = 0.01
"""Seconds between two tries to change a file over to WAL."""
PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""How a PostgreSQL that vanished without a word, as in a failover, is noticed within half a minute, as libpq writes it: seconds, and
milliseconds. The system itself would wait for hours.
"""
RESTED = 1.0
"""Seconds after which a connection to PostgreSQL may have gone while nobody looked."""
_STEPPED_ASIDE = ("40001", "40P01")
"""PostgreSQL's codes for a transaction undone in favour of another: serialization failure and deadlock."""

T = TypeVar("T")

Inserter = Callable[[Table], sqlite.Insert | postgresql.Insert]
"""How a database begins an INSERT that knows ON CONFLICT. Statements of the hot path are built once for each."""


class StorageError(Exception):
    """Something about the database that a person has to put right; the text is one clear line."""


class AlreadyRunning(StorageError):
    """Another process runs on this database file."""


class Conflict(Exception):
    """Someone else changed what this decision rested on: load and decide again."""


class Busy(Exception):
    """Others were writing for longer than we may wait; nothing was written."""


_here = local()


@contextmanager
def waiting_until(moment: float | None) -> Iterator[None]:
    """Within, in this thread, nothing waits for its turn to write in SQLite longer than that (monotonic seconds): it raises Busy."""
    _here.until = moment
    try:
        yield
    finally:
        _here.until = None


def _patience() -> float:
    """Seconds that a writer may wait now."""
    until: float | None = getattr(_here, "until", None)
    return BUSY_SECONDS if until is None else min(BUSY_SECONDS, max(0.0, until - monotonic()))


class Database:
    """Hands out connections: `read` sees one moment, `write` commits or leaves nothing. `insert` begins an INSERT … ON CONFLICT."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.insert: Inserter = sqlite.insert if self.is_sqlite else postgresql.insert
        self._turn = Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose transaction commits at the end. Never render or call a network inside. Do not nest.

        SQLite has one writer: threads of this process queue here, which is fair and quick; other processes wait in BEGIN IMMEDIATE.
        Raises Conflict when PostgreSQL undid the transaction in favour of another, Busy within `waiting_until`.
        """
        if self.is_sqlite:
            with self._in_turn(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
                yield connection
            return
        try:
            with self.engine.begin() as connection:
                yield connection
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) in _STEPPED_ASIDE:
                raise Conflict("another transaction went first") from error
            raise

    @contextmanager
    def at_once(self) -> Iterator[Connection]:
        """A connection on PostgreSQL whose every statement commits by itself."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=-1 if getattr(_here, "until", None) is None else _patience()):
            raise Busy("others write")
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def address(url: str) -> URL:
    """The URL with the driver we use, and PATIENCE as far as it says nothing else.

    Raises StorageError for what is no URL, and for a database in memory, which would forget.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StorageError(f"DATABASE_URL {url!r} is no database URL; write it like sqlite:///handrail.db") from None
    backend = parsed.get_backend_name()
    if backend in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg", query={**PATIENCE, **parsed.query})
    if backend != "sqlite":
        raise StorageError(f"DATABASE_URL names {backend}; Handrail keeps its data in SQLite or PostgreSQL")
    if parsed.database in (None, "", ":memory:"):
        raise StorageError("DATABASE_URL names a database in memory; give SQLite a file, like sqlite:///handrail.db")
    return parsed


def connect(url: str, *, migrating: bool = False) -> Database:
    """A database as it is, migrated or not. Raises StorageError for a URL we can't use.

    `migrating`: tables are made anew, so foreign keys are not looked at, and PostgreSQL's JSON comes as values instead of text.
    """
    parsed = address(url)
    if parsed.get_backend_name() != "sqlite":
        try:
            how = {} if migrating else {"json_serializer": _written, "json_deserializer": _as_it_is}
            engine = create_engine(parsed, **how)
        except ModuleNotFoundError:
            raise StorageError("PostgreSQL needs its driver; install it with: pip install 'handrail[postgres]'") from None
        event.listen(engine, "checkin", _gave_back)
        event.listen(engine, "checkout", partial(_still_there, engine.dialect))
        return Database(engine)
    with suppress(OSError):  # who may not write there is told by SQLite
        Path(str(parsed.database)).touch(mode=0o600)  # a new one is nobody else's to read; its log and its index become as it is
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS}, pool_size=20, max_overflow=40)
    event.listen(engine, "connect", _set_up if migrating else _set_up_with_keys)
    event.listen(engine, "begin", _begin)
    return Database(engine)


def _gave_back(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["since"] = monotonic()


def _still_there(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
    """A connection that nobody used for a while is asked; asking each time would take as long as many a question."""
    if monotonic() - record.info.get("since", monotonic()) > RESTED:
        try:
            dialect.do_ping(connection)
        except Exception as error:
            raise DisconnectionError from error


def _written(value: Any) -> str | bytes:
    """JSON goes in as text, written by who knows its type. Procrastinate gives values, which defers over our connections."""
    return value if isinstance(value, str) else json.encode(value)


def _as_it_is(text: bytes) -> bytes:
    """JSON comes out as text, too."""
    return text


def _set_up(connection: Any, _record: Any = None) -> None:
    connection.isolation_level = None
    _into_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")


def _into_wal(connection: sqlite3.Connection) -> None:
    """A new file changes over once. Who finds somebody at work on it is told so at once, whatever they would wait: so they ask again."""
    until = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            sleep(_ASKED_AGAIN)


def _set_up_with_keys(connection: Any, _record: Any = None) -> None:
    _set_up(connection)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA temp_store=MEMORY")  # else what a statement with RETURNING may have to undo is a file for each


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get("writes", False):
        connection.connection.driver_connection.execute("BEGIN")  # type: ignore[union-attr]  # the shortest way: nothing can be in its way
        return
    wait = int(_patience() * 1000)
    if connection.info.get("busy_ms", BUSY_SECONDS * 1000) != wait:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={wait}")
        connection.info["busy_ms"] = wait
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if getattr(_here, "until", None) is None:
            raise
        raise Busy("another process writes") from error


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items in pieces that fit into one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


@contextmanager
def lock_file(url: str) -> Iterator[None]:
    """Keep others from running on the same SQLite file; the lock goes when the process does, however it dies. Raises AlreadyRunning."""
    parsed = address(url)
    if parsed.get_backend_name() != "sqlite":
        yield
        return
    path = Path(f"{parsed.database}.lock")
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(
                f"Handrail already runs on {parsed.database}; stop it first, or use PostgreSQL for several processes"
            ) from None
        yield
    finally:
        os.close(file)
