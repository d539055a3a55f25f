"""What every peer does for a message: render it, and write down that it was sent."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path

from bench.floors.mail import mail_for

_TABLE = "CREATE TABLE IF NOT EXISTS marks (id {} PRIMARY KEY, state TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL)"
BUSY = 30


def prepared(url: str, messages: int) -> None:
    """A table of that many messages that wait."""
    rows = [(n, "pending", f"Ann O'Neil {n}", f"u{n}@acme.test") for n in range(messages)]
    if url.startswith("sqlite:///"):
        with sqlite3.connect(_path(url)) as connection:
            connection.execute(_TABLE.format("INTEGER"))
            connection.executemany("INSERT INTO marks VALUES (?, ?, ?, ?)", rows)
        connection.close()
        return
    import psycopg

    with psycopg.connect(url) as server:
        server.execute(_TABLE.format("BIGINT"))
        server.cursor().executemany("INSERT INTO marks VALUES (%s, %s, %s, %s)", rows)


def render_and_mark(url: str, id: int) -> None:
    """The work of one message, in one commit."""
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(_path(url), timeout=BUSY)
        try:
            connection.execute("PRAGMA synchronous=FULL")
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                [(name, email)] = connection.execute("SELECT name, email FROM marks WHERE id = ? AND state = 'pending'", (id,))
                mail_for({"id": "a" * 32, "name": name, "email": email})
                connection.execute("UPDATE marks SET state = 'sent' WHERE id = ?", (id,))
        finally:
            connection.close()
        return
    with _pool(url).connection() as server:
        [(name, email)] = server.execute("SELECT name, email FROM marks WHERE id = %s AND state = 'pending'", (id,))
        mail_for({"id": "a" * 32, "name": name, "email": email})
        server.execute("UPDATE marks SET state = 'sent' WHERE id = %s", (id,))


def waiting(url: str) -> int:
    """How many are still to be sent."""
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(_path(url), timeout=BUSY)
        try:
            [(n,)] = connection.execute("SELECT count(*) FROM marks WHERE state = 'pending'")
        finally:
            connection.close()
        return int(n)
    with _pool(url).connection() as server:
        [(n,)] = server.execute("SELECT count(*) FROM marks WHERE state = 'pending'")
    return int(n)


def finished(url: str) -> None:
    """Let go of the database."""
    if not url.startswith("sqlite:///"):
        _pool(url).close()


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@cache
def _pool(url: str):  # type: ignore[no-untyped-def]
    from psycopg_pool import ConnectionPool

    return ConnectionPool(url, min_size=1, max_size=12, open=True)
