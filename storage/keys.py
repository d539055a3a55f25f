"""Write keys: what senders of events, and readers of journeys, show us. Only hashes are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import or_, select, update

from storage.database import Database
from storage.tables import write_keys

Scope = Literal["write", "read"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A key that was given out. `hash` is the SHA-256 of it in hex: it is 256 random bits, which nobody finds by guessing, so a slow
    hash as for passwords would only make every request slow.

    All moments are machine time; `last_used_at` is right to the hour.
    """

    id: str
    name: str
    hash: str
    scope: Scope
    created_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class KeyStore:
    """The keys. Safe to share between threads; every method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: Key) -> bool:
        """Keep a new key. False when one of that name is in use."""
        row = {name: getattr(key, name) for name in Key.__dataclass_fields__}
        with self._database.write() as connection:
            connection.execute(self._database.insert(write_keys).values(row).on_conflict_do_nothing())
            return connection.scalar(select(write_keys.c.id).where(write_keys.c.id == key.id)) is not None

    def all(self) -> list[Key]:
        """Every key there was, by name, the newest first among those of one name."""
        by_name = select(write_keys).order_by(write_keys.c.name, write_keys.c.created_at.desc())
        with self._database.read() as connection:
            return [_value(row) for row in connection.execute(by_name)]

    def in_use(self) -> list[Key]:
        """The keys that hold."""
        with self._database.read() as connection:
            return [_value(row) for row in connection.execute(select(write_keys).where(write_keys.c.revoked_at.is_(None)))]

    def revoke(self, name: str, at: datetime) -> bool:
        """From now on the key of that name opens nothing. False when there is none in use."""
        mine = update(write_keys).where(write_keys.c.name == name, write_keys.c.revoked_at.is_(None))
        with self._database.write() as connection:
            return connection.execute(mine.values(revoked_at=at)).rowcount == 1

    def used(self, id: str, at: datetime, unless_since: datetime) -> None:
        """Note that a key was used, unless it was noted after that moment."""
        known = write_keys.c.last_used_at
        stale = update(write_keys).where(write_keys.c.id == id, or_(known.is_(None), known <= unless_since))
        with self._database.write() as connection:
            connection.execute(stale.values(last_used_at=at))


def _value(row: Any) -> Key:
    return Key(**{name: getattr(row, name) for name in Key.__dataclass_fields__})
