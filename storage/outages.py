"""Telling a database that is gone for a moment from everything else that may go wrong."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError

_CLOSED = ("08", "57P", "53300", "55000")
"""PostgreSQL's codes, or how they begin: no connection, shutting down or starting up, too many connections, not accepting any
(https://www.postgresql.org/docs/current/errcodes-appendix.html)."""


def is_away(error: BaseException | None) -> bool:
    """Whether that happened because PostgreSQL could not be reached, or ended the connection. SQLite is always there."""
    while error is not None:
        if isinstance(error, DBAPIError) and type(error.orig).__module__.startswith("psycopg"):
            code = getattr(error.orig, "sqlstate", None)
            return error.connection_invalidated or (code.startswith(_CLOSED) if code else isinstance(error, OperationalError))
        error = error.__cause__
    return False
