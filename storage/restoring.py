"""Putting a backup back, so that nobody gets anything twice and nobody who said stop is written to.

What was sent after the backup was made is due again in it. When the database that is replaced can still be read it tells what became of
each message, by its key, and is believed. When it can't be, a message to a customer that may have been sent is left `unknown`, for a
person to decide; what goes to our own team is sent again. All of it happens in a copy, which then takes the database's place at once.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Update, func, select, text, update

from storage.backup import beside, copy, is_of, settle, sqlite_file
from storage.conditions import UNFINISHED_ROWS
from storage.database import Database, StorageError, connect, lock_file
from storage.instants import EPOCH
from storage.migrate import refusal, revisions, upgrade
from storage.suppressions import COMPLAINED, OWN_WORD
from storage.tables import outbox

WITH_PG_RESTORE = (
    'PostgreSQL puts its own backups back: pg_restore --clean --if-exists --dbname="$DATABASE_URL" {file}; '
    "then run: handrail restore --here"
)
FURTHER = 1_000_000
"""So much higher than any before are the numbers of new messages: providers know the old ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """What was put back. `at` is the backup's moment (machine time), None when nobody wrote it down. `aside` is the database before.

    `woken` people were due meanwhile. Of what they are to get, and of what had waited, `told` messages' fate was found in the database
    before, and of `held` nobody knows. `readable` says whether it could be asked.
    """

    at: datetime | None
    aside: Path | None
    readable: bool
    woken: int
    told: int
    held: int


def restore(url: str, file: Path, now: datetime, catch_up: Callable[[Database], int], *, again: bool = False) -> Restored:
    """Put a backup in the database's place. `now` (machine time) names the file that the database before is kept in.

    `catch_up` decides for everybody who is due, sends nothing, and says how many there were. `again`: what may have been sent is sent.
    Raises StorageError (AlreadyRunning while Handrail runs); then nothing has changed.
    """
    target = sqlite_file(url, WITH_PG_RESTORE.format(file=file))
    if not file.is_file():
        raise StorageError(f"There is no file {file}")
    if is_of(target, file):
        raise StorageError(f"{file} is the database itself or belongs to it, and no backup")
    with lock_file(url), beside(target) as part:
        _look_at(file)
        readable = target.exists() and _alone(target)
        copy(file, part)
        upgrade(f"sqlite:///{part}")
        at = _moment(part)
        last = _last_row(part)
        woken = _caught_up(part, catch_up)
        told, held = _fates(part, target if readable else None, last, again=again)
        _stand_alone(part)
        if target.exists():
            _as_readable_as(target, part)
        aside = _put_aside(target, now)
        os.replace(part, target)
        settle(target.parent)
    return Restored(at=at, aside=aside, readable=readable, woken=woken, told=told, held=held)


def hold_here(url: str, catch_up: Callable[[Database], int]) -> Restored:
    """The same for a database that was put back by other means, such as pg_restore: what may have been sent becomes `unknown`.

    Nobody else may run on it. Raises StorageError.
    """
    database = connect(url)
    try:
        if wrong := refusal(database):
            raise StorageError(wrong)
        with lock_file(url):
            with database.write() as connection:
                last = connection.scalar(select(func.max(outbox.c.id))) or 0
                held = connection.execute(_hold(last)).rowcount
                if not database.is_sqlite:
                    further = text("SELECT setval(pg_get_serial_sequence('outbox', 'id'), :n)")
                    connection.execute(further, {"n": last + FURTHER})
                elif last:
                    connection.execute(text("UPDATE sqlite_sequence SET seq = :n WHERE name = 'outbox'"), {"n": last + FURTHER})
            woken = catch_up(database)
            with database.write() as connection:
                held += connection.execute(_hold(last)).rowcount
    finally:
        database.close()
    return Restored(at=None, aside=None, readable=False, woken=woken, told=0, held=held)


def _hold(last: int) -> Update:
    """See `_UNKNOWN`."""
    theirs = (outbox.c.kind == "say") & UNFINISHED_ROWS & (outbox.c.if_unknown == "leave")
    return update(outbox).where(theirs).values(state="unknown", looked=outbox.c.id > last, lease_until=None, error=_WHY)


def _look_at(file: Path) -> None:
    """Whether this release can work with it. Raises StorageError."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as found:
            [(at,)] = found.execute("SELECT version_num FROM alembic_version").fetchall()
    except (sqlite3.Error, ValueError):
        raise StorageError(f"{file} is no backup of Handrail's") from None
    if at not in revisions():
        known = revisions()[-1]
        raise StorageError(f"{file} was made by a newer release (it is at {at}, this one knows {known}): restore it with that one")


def _alone(target: Path) -> bool:
    """Whether the database before can be read. Raises StorageError when somebody has it open."""
    try:
        with closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as before:
            # all of it into one file; it can't be done while anybody else has it open
            alone = before.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
            before.execute("SELECT count(*) FROM outbox WHERE state = 'pending'")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            return False
        alone = False
    except sqlite3.Error:
        return False
    if not alone:
        raise StorageError(f"Somebody has {target} open: stop every process of Handrail first")
    return True


def _moment(part: Path) -> datetime | None:
    with closing(sqlite3.connect(part)) as here:
        row = here.execute("SELECT done_at FROM chores WHERE name = 'backup'").fetchone()
    return EPOCH + timedelta(microseconds=row[0]) if row and row[0] else None


def _last_row(part: Path) -> int:
    with closing(sqlite3.connect(part)) as here:
        return int(here.execute("SELECT coalesce(max(id), 0) FROM outbox").fetchone()[0])


def _caught_up(part: Path, catch_up: Callable[[Database], int]) -> int:
    database = connect(f"sqlite:///{part}")
    try:
        if wrong := refusal(database):
            raise StorageError(wrong)
        return catch_up(database)
    finally:
        database.close()


def _fates(part: Path, before: Path | None, last: int, *, again: bool) -> tuple[int, int]:
    """Settle what may have been sent since the backup. `last` is the highest row of the backup."""
    with closing(sqlite3.connect(part, isolation_level=None)) as here:
        if before is not None:
            here.execute("ATTACH ? AS before", (str(before),))
        here.execute("BEGIN IMMEDIATE")
        told = _told_before(here) if before is not None else 0
        held = 0
        if before is None and not again:
            here.execute(_UNKNOWN, {"last": last})
            held = here.execute("SELECT changes()").fetchone()[0]
        seen = here.execute("SELECT seq FROM before.sqlite_sequence WHERE name = 'outbox'").fetchone() if before is not None else None
        here.execute("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
        here.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?)", (max(last, *(seen or (0,))) + FURTHER,))
        here.execute("COMMIT")
    return int(told), int(held)


_UNFINISHED = "kind = 'say' AND state IN ('pending', 'claimed', 'sending')"
_WHY = "it may have been sent before the backup was put back"
_UNKNOWN = f"""
    UPDATE outbox SET state = 'unknown', looked = id > :last, lease_until = NULL, error = '{_WHY}'
    WHERE {_UNFINISHED} AND if_unknown = 'leave'
"""
"""Rows of the backup itself may still be found at the provider, by their number; later ones have another number there."""
_FATE = "state, channel, variant, provider_id, sent_at, sent_payload, looked, told, error"
_FROM_BEFORE = f"""
    UPDATE outbox SET ({_FATE}) = (
        SELECT CASE was.state WHEN 'sending' THEN 'unknown' ELSE was.state END, was.channel, was.variant, was.provider_id, was.sent_at,
            was.sent_payload, was.looked, was.told, was.error
        FROM before.outbox AS was WHERE was.key = outbox.key
    ), token = NULL, lease_until = NULL
    WHERE {_UNFINISHED} AND EXISTS (
        SELECT 1 FROM before.outbox AS was WHERE was.key = outbox.key AND was.state NOT IN ('pending', 'claimed')
    )
"""
_SHUT = f"""
    WHERE true ON CONFLICT (channel, address) DO UPDATE
    SET reason = excluded.reason, source = excluded.source, at = excluded.at, why = excluded.why
    WHERE excluded.reason = '{COMPLAINED}' OR suppressions.reason NOT IN ('{COMPLAINED}', '{OWN_WORD}')
"""
"""The database before knows later reasons; one that only its owner can lift never gives way to one that we can."""
_LEFT = """
    INSERT OR IGNORE INTO unknowns_left (id, at)
    SELECT outbox.id, they.at FROM before.unknowns_left AS they
    JOIN before.outbox AS was ON was.id = they.id JOIN outbox ON outbox.key = was.key AND outbox.state = 'unknown'
"""
_STOPS = """
    INSERT INTO consent_log (person_id, at, channel, what, source, wording)
    SELECT was.person_id, was.at, was.channel, was.what, was.source, was.wording FROM before.consent_log AS was
    WHERE was.person_id IN (SELECT id FROM people) AND NOT EXISTS (
        SELECT 1 FROM consent_log AS new WHERE new.person_id = was.person_id AND new.at = was.at AND new.channel = was.channel
    )
"""
_REVOKED = """
    UPDATE write_keys SET revoked_at = (SELECT was.revoked_at FROM before.write_keys AS was WHERE was.id = write_keys.id)
    WHERE revoked_at IS NULL AND id IN (SELECT id FROM before.write_keys WHERE revoked_at IS NOT NULL)
"""
_NEWER = "WHERE NOT EXISTS (SELECT 1 FROM installations AS new WHERE new.team = was.team AND new.version >= was.version)"


def _told_before(here: sqlite3.Connection) -> int:
    """What the database before knows better: what became of messages, and what others did that must not be forgotten.

    Those are who said stop, which messages somebody has settled, which keys are good, and Slack's tokens, each of which renews itself
    once. Raises StorageError when it can't be read after all.
    """
    try:
        _carry(here, "suppressions", "", _SHUT)
        here.execute(_STOPS)
        here.execute(_REVOKED)
        _carry(here, "write_keys", "OR IGNORE")
        _carry(here, "installations", "OR REPLACE", _NEWER)
        told = here.execute(_FROM_BEFORE).rowcount
        if here.execute("SELECT 1 FROM before.sqlite_master WHERE name = 'unknowns_left'").fetchone():  # an older release has none
            here.execute(_LEFT)
        return told
    except sqlite3.Error as error:
        raise StorageError(
            f"The database that is to be replaced can be opened and not be asked ({error}): move it out of the way, then restore again"
        ) from error


def _carry(here: sqlite3.Connection, table: str, how: str, which: str = "") -> None:
    """Rows of the database before, with the columns that both have: it may be of another release."""
    theirs = {row[1] for row in here.execute(f"PRAGMA before.table_info({table})")}
    both = ", ".join(row[1] for row in here.execute(f"PRAGMA main.table_info({table})") if row[1] in theirs)
    here.execute(f"INSERT {how} INTO {table} ({both}) SELECT {both} FROM before.{table} AS was {which}")


def _stand_alone(part: Path) -> None:
    with closing(sqlite3.connect(part, isolation_level=None)) as here:
        here.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        alone = here.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
        wrong = [row[0] for row in here.execute("PRAGMA integrity_check(3)")]
    if not alone:
        raise StorageError("The copy could not be finished: somebody has it open")
    if wrong != ["ok"]:
        raise StorageError(f"The backup is damaged: {'; '.join(map(str, wrong))}")
    settle(part)


def _as_readable_as(target: Path, part: Path) -> None:
    """Give the copy the owner and the rights of the database before: whoever restores it may be root."""
    shutil.copymode(target, part)
    was = target.stat()
    if (was.st_uid, was.st_gid) != (part.stat().st_uid, part.stat().st_gid):
        os.chown(part, was.st_uid, was.st_gid)


def _put_aside(target: Path, now: datetime) -> Path | None:
    """Give the database before a second name, so that there is one under the first at every moment. None when there is none."""
    if not target.exists():
        return None
    aside = target.with_name(f"{target.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
    for end in ("-wal", "-shm"):  # left when it could not be read: they belong to the old one and would spoil the new one
        if (left := Path(f"{target}{end}")).exists():
            os.replace(left, f"{aside}{end}")
    try:
        os.link(target, aside)
    except OSError:
        shutil.copy2(target, aside)
    return aside
