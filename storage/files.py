"""What people attached to their mails: kept here until it was passed on, because a mail comes only once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storage.database import Database
from storage.tables import files

MOST_BYTES = 10 * 1024 * 1024
"""No file that is kept is larger."""
MOST_FILES = 10
"""So many are kept of one mail."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptFile:
    """A file by the id it was given; the same id is the same file."""

    id: str
    mimetype: str
    content: bytes


class FileStore:
    """Keeps files, and gives them out by their ids. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, person_id: str, some: Sequence[KeptFile], at: datetime) -> None:
        """Keep somebody's files; those that are here already stay as they are. `at` is world time.

        Raises ValueError for more, or larger ones, than are kept.
        """
        if len(some) > MOST_FILES or any(len(one.content) > MOST_BYTES for one in some):
            raise ValueError(f"at most {MOST_FILES} files of {MOST_BYTES} bytes are kept of one mail")
        rows = [{"id": one.id, "person_id": person_id, "at": at, "mimetype": one.mimetype, "content": one.content} for one in some]
        if rows:
            with self._database.write() as connection:
                connection.execute(self._database.insert(files).on_conflict_do_nothing(), rows)

    def fetch(self, id: str) -> bytes | None:
        """What is in a file, None when it is not here any more."""
        with self._database.read() as connection:
            found: bytes | None = connection.scalar(select(files.c.content).where(files.c.id == id))
        return found
