"""`handrail migrate`: the database as this release needs it, or as an older one did."""

from __future__ import annotations

from bot.settings import read_settings
from storage.database import lock_file
from storage.migrate import NOTHING, move


def migrate(to: str = "head") -> str:
    """Bring the database to this release's revision, or to another one, and say from where to where it went.

    Raises AlreadyRunning while `handrail run` works on the SQLite file, StorageError when it can't be done; then nothing was changed.
    """
    url = read_settings().database_url
    with lock_file(url):
        moved = move(url, to)
    if moved.before == moved.after:
        return f"The database is up to date, at {moved.after}." if to == "head" else f"The database is at {moved.after} already."
    if moved.before == NOTHING:
        return f"The database is set up, at {moved.after}."
    return f"The database went {'forward' if moved.before < moved.after else 'back'} from {moved.before} to {moved.after}."
