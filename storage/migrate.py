"""The database's shape: brought up to date, and asked whether it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import OperationalError

from storage.database import Database, StorageError, connect

HOME = Path(__file__).parent / "migrations"


def open_database(url: str) -> Database:
    """A database ready for use. SQLite is migrated on the way; PostgreSQL has to be already.

    Raises StorageError, in one line, for a bad URL, a database that can't be reached, and an unmigrated PostgreSQL.
    """
    database = connect(url)
    if is_current(database):
        return database
    if not database.is_sqlite:
        database.close()
        raise StorageError("The database is not migrated to this release; run: handrail migrate")
    database.close()
    upgrade(url)
    return connect(url)


def upgrade(url: str, to: str = "head") -> None:
    """Bring the database up to a revision. Nothing happens when it is there already."""
    _run(url, to, up=True)


def downgrade(url: str, to: str) -> None:
    """Take the database back to a revision ("base": to nothing)."""
    _run(url, to, up=False)


def draft(message: str) -> None:
    """Write the next migration from what differs between `tables` and the last one, for a person to read and finish."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/draft.db"
        upgrade(url)
        with _alembic(url) as config:
            number = len(list((HOME / "versions").glob("*.py"))) + 1
            command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")


def is_current(database: Database) -> bool:
    """Whether the last migration has been applied."""
    try:
        with database.read() as connection:
            heads = MigrationContext.configure(connection).get_current_heads()
    except OperationalError as error:
        raise StorageError(f"The database can't be opened: {error.orig}") from error
    return set(heads) == set(ScriptDirectory(str(HOME)).get_heads())


def _run(url: str, to: str, *, up: bool) -> None:
    with _alembic(url) as config:
        (command.upgrade if up else command.downgrade)(config, to)


@contextmanager
def _alembic(url: str) -> Iterator[Config]:
    # SQLite's batch mode copies tables; with foreign keys on, dropping the old one would empty those that point to it.
    database = connect(url, foreign_keys=False)
    try:
        with database.write() as connection:
            config = Config()
            config.set_main_option("script_location", str(HOME).replace("%", "%%"))
            config.attributes["connection"] = connection
            yield config
            if database.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                raise StorageError(f"The migration would leave {len(broken)} rows pointing at nothing; nothing was changed")
    except OperationalError as error:
        raise StorageError(f"The database can't be migrated: {error.orig}") from error
    except CommandError as error:
        raise StorageError(f"The database can't be migrated, perhaps it belongs to a newer release: {error}") from error
    finally:
        database.close()
