"""The database as a command that only reads opens it: one that is not there yet is not made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.commands.mistakes import UserError
from bot.settings import read_settings
from storage.database import address
from storage.store import Store, open_store


@contextmanager
def existing_store() -> Iterator[Store]:
    """The store of DATABASE_URL. Raises UserError when nobody has written to it yet, StorageError when it can't be used."""
    url = read_settings().database_url
    parsed = address(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        raise UserError(f"There is no database {parsed.database}; DATABASE_URL names another one, or nobody has come in yet.")
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()
