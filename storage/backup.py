"""A copy of a SQLite database, taken while Handrail runs. How one is put back stands in `storage.restoring`."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

from storage.database import StorageError, address
from storage.instants import EPOCH

WITH_PG_DUMP = 'PostgreSQL makes its own backups: pg_dump --format=custom --file={file} --dbname="$DATABASE_URL"'
_BUSY_SECONDS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A backup: where it is, how large (bytes), and what moment of machine time it holds."""

    file: Path
    size: int
    at: datetime


def take_backup(url: str, file: Path, at: datetime, keep: int = 1) -> Taken:
    """Copy the database as it is at this moment, `at` (machine time). Writers are not held up, and nobody ever sees half a file.

    The copy is read by its owner alone, is checked (PRAGMA integrity_check), and only then takes its name; of earlier ones `keep` - 1 stay
    as FILE.1, FILE.2 and so on. Raises StorageError.
    """
    source = sqlite_file(url, WITH_PG_DUMP.format(file=file))
    if not source.exists():
        raise StorageError(f"There is no database {source} yet, so there is nothing to back up")
    if file.is_dir():
        raise StorageError(f"{file} is a folder; name a file in it")
    if not file.parent.is_dir():
        raise StorageError(f"There is no folder {file.parent}")
    for name in _names(file, keep):
        if is_of(source, name):
            raise StorageError(f"{name} is the database itself or belongs to it; give the backup another name")
    with beside(file) as part:
        copy(source, part)
        with closing(sqlite3.connect(part, isolation_level=None)) as made:
            made.execute(_NOTE, {"at": micros(at)})
        _rotate(file, keep)
        os.replace(part, file)
    settle(file.parent)
    with suppress(sqlite3.Error), closing(sqlite3.connect(source, timeout=_BUSY_SECONDS, isolation_level=None)) as there:
        there.execute(_NOTE, {"at": micros(at)})  # for `handrail status`; the backup is made all the same
    return Taken(file=file, size=file.stat().st_size, at=at)


_BESIDE = ("", "-wal", "-shm", "-journal", ".lock")
"""The database, and what SQLite and we keep beside it: each is called as the database is, and so on."""


def is_of(database: Path, file: Path) -> bool:
    """Whether a file is the database, or one of those that belong to it, by whatever name."""
    if file.exists() and database.exists() and file.samefile(database):
        return True
    whole = database.resolve()
    return file.resolve() in {whole.with_name(f"{whole.name}{end}") for end in _BESIDE}


_NOTE = "INSERT INTO chores (name, due_at, done_at) VALUES ('backup', NULL, :at) ON CONFLICT (name) DO UPDATE SET done_at = :at"


def sqlite_file(url: str, otherwise: str) -> Path:
    """Where the database lies. Raises StorageError with `otherwise` for one that is not SQLite."""
    parsed = address(url)
    if parsed.get_backend_name() != "sqlite":
        raise StorageError(otherwise)
    return Path(parsed.database or "")


@contextmanager
def beside(file: Path) -> Iterator[Path]:
    """A file beside another, for its owner alone, in which something may become ready; it is gone afterwards unless it was renamed."""
    part = file.with_name(f".{file.name}.{uuid4().hex[:8]}.part")
    try:
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        yield part
    except OSError as error:
        raise StorageError(f"{file}: {error.strerror or error}") from error
    finally:
        for left in (part, Path(f"{part}-wal"), Path(f"{part}-shm"), Path(f"{part}-journal")):
            left.unlink(missing_ok=True)


def copy(source: Path, target: Path) -> None:
    """Copy a database in one step, so that all of it is of one moment, into a file that stands alone. Raises StorageError."""
    try:
        with closing(_opened(source)) as there, closing(_opened(target)) as here:
            there.backup(here, pages=-1)
            here.execute("PRAGMA journal_mode=DELETE")
            wrong = [row[0] for row in here.execute("PRAGMA integrity_check(3)")]
    except sqlite3.Error as error:
        raise StorageError(f"{source} can't be copied: {error}") from error
    if wrong != ["ok"]:
        raise StorageError(f"{source} is damaged, and a copy of it would be: {'; '.join(map(str, wrong))}")
    settle(target)


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None)


def settle(path: Path) -> None:
    """Let what was written to a file, or what was renamed in a folder, outlive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def micros(at: datetime) -> int:
    """A moment as SQLite keeps it, see `storage.instants`."""
    return int((at - EPOCH).total_seconds() * 1_000_000)


def _names(file: Path, keep: int) -> list[Path]:
    return [file, *(file.with_name(f"{file.name}.{n}") for n in range(1, keep))]


def _rotate(file: Path, keep: int) -> None:
    """Make room: FILE becomes FILE.1, that becomes FILE.2; the one too many is overwritten. FILE itself stays until the new one comes."""
    for younger, older in reversed([*pairwise(_names(file, keep))]):
        if younger == file and file.exists():
            second = file.with_name(f".{file.name}.second")
            second.unlink(missing_ok=True)
            os.link(file, second)
            os.replace(second, older)
        elif younger.exists():
            os.replace(younger, older)
