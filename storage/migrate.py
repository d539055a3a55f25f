"""The database's shape: brought to where this release needs it, and asked whether it is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from storage.database import Database, StorageError, connect

HOME = Path(__file__).parent / "migrations"
NOTHING = "base"
"""Where a database is, in Alembic's words, that has never been migrated."""

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7226372951)")
"""On PostgreSQL: whoever migrates too waits for the other, and finds nothing left to do. The number is only ours."""


class OtherRelease(StorageError):
    """The database is not of this release; the text says which it is and what to do."""


@dataclass(frozen=True, kw_only=True)
class Moved:
    """From which revision to which a database went; NOTHING for one without tables of ours."""

    before: str
    after: str


def open_database(url: str) -> Database:
    """A database ready for use. An empty SQLite file, or one that is not there yet, is set up on the way; whatever else is not of this
    release is left as it is.

    Raises StorageError, in one line that says what to do: for a bad URL, for a database that can't be reached, and (OtherRelease) for an
    older or newer one.
    """
    database = connect(url)
    try:
        if not (wrong := refusal(database)):
            return database
        if not _is_blank(database):
            raise OtherRelease(wrong)
    except StorageError:
        database.close()
        raise
    database.close()
    _set_up(url)
    return connect(url)


def refusal(database: Database) -> str:
    """Why this release can't work with the database and what to do about it, in one line; "" when it can. Raises StorageError."""
    at, (*_, needed) = _revision(database), revisions()
    if at == needed:
        return ""
    if at == NOTHING:
        return "The database has not been set up yet; run: handrail migrate"
    if at in revisions():
        return f"The database is of an older release: it is at {at}, and this one needs {needed}; run: handrail migrate"
    return (
        f"The database belongs to a newer release: it is at {at}, and this one knows it up to {needed}; start that release, "
        f"or let it take the database back first: handrail migrate --to {needed}"
    )


def is_current(database: Database) -> bool:
    """Whether the database is of this release. Raises StorageError when it can't be asked."""
    return not refusal(database)


@cache
def revisions() -> tuple[str, ...]:
    """Every revision that this release knows, the first one first."""
    return tuple(reversed([script.revision for script in ScriptDirectory(str(HOME)).walk_revisions()]))


def move(url: str, to: str = "head") -> Moved:
    """Bring the database to a revision, forwards or backwards ("head": this release's). Raises StorageError; then nothing was changed.

    Going back keeps all that the older shape has room for; what only the newer one knew is gone.
    """
    known = revisions()
    if to != "head" and to not in known:
        raise StorageError(f"There is no revision {to}; this release knows {known[0]} to {known[-1]}")
    database = connect(url)
    try:
        if (at := _revision(database)) not in (NOTHING, *known):
            raise OtherRelease(refusal(database))
    finally:
        database.close()
    return downgrade(url, to) if to != "head" and at in known and known.index(to) < known.index(at) else upgrade(url, to)


def upgrade(url: str, to: str = "head") -> Moved:
    """Bring the database up to a revision. Nothing happens when it is there already. Two at once are one after the other."""
    return _run(url, to, up=True)


def downgrade(url: str, to: str) -> Moved:
    """Take the database back to a revision (NOTHING: until nothing is left)."""
    return _run(url, to, up=False)


def draft(message: str) -> None:
    """Write the next migration from what differs between `tables` and the last one, for a person to read and finish."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/draft.db"
        upgrade(url)
        with _alembic(url) as config:
            number = len(list((HOME / "versions").glob("*.py"))) + 1
            command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")


def _set_up(url: str) -> None:
    upgrade(url)


def _revision(database: Database) -> str:
    try:
        with database.read() as connection:
            return MigrationContext.configure(connection).get_current_revision() or NOTHING
    except DatabaseError as error:
        raise StorageError(f"The database can't be opened: {_line(error)}") from error


def _is_blank(database: Database) -> bool:
    """Whether it is a SQLite file in which there is nothing, nobody else's either."""
    return database.is_sqlite and not inspect(database.engine).get_table_names()


def _run(url: str, to: str, *, up: bool) -> Moved:
    with _alembic(url) as config:
        context = MigrationContext.configure(config.attributes["connection"])
        before = context.get_current_revision() or NOTHING
        (command.upgrade if up else command.downgrade)(config, to)
        return Moved(before=before, after=context.get_current_revision() or NOTHING)


@contextmanager
def _alembic(url: str) -> Iterator[Config]:
    # SQLite's batch mode copies tables; with foreign keys on, dropping the old one would empty those that point to it.
    database = connect(url, migrating=True)
    try:
        with database.write() as connection:
            config = Config()
            config.set_main_option("script_location", str(HOME).replace("%", "%%"))
            config.attributes["connection"] = connection
            if not database.is_sqlite:
                connection.execute(_ONE_AT_A_TIME)
            yield config
            if database.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                raise StorageError(f"The migration would leave {len(broken)} rows pointing at nothing; nothing was changed")
    except OperationalError as error:
        raise StorageError(f"The database can't be migrated: {_line(error)}") from error
    except CommandError as error:
        raise StorageError(f"The database can't be migrated, perhaps it belongs to a newer release: {_line(error)}") from error
    finally:
        database.close()


def _line(error: DatabaseError | CommandError) -> str:
    """What the driver or Alembic said, in one line."""
    return " ".join(str(error.orig if isinstance(error, DatabaseError) else error).split())
