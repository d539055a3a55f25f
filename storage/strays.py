"""What came in about nobody we know: kept once, so that a repeat is no news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import codec
from storage.database import Database
from storage.suppressions import Suppression, close
from storage.tables import strays


@dataclass(frozen=True, kw_only=True, slots=True)
class Stray:
    """Something about nobody. `source` and `key` are its sender's own id, `what` says it in a word, `at` is world time.

    `shuts`: an address of nobody that is not written to from now on.
    """

    source: str
    key: str
    at: datetime
    what: str
    shuts: Suppression | None = None


class Strays:
    """The kept ones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, found: Sequence[Stray]) -> list[Stray]:
        """Keep what is new, and shut the addresses it says so of, in one commit. Gives what was new."""
        unique = {(codec.printable(one.source), codec.printable(one.key)): one for one in found}
        if not unique:
            return []
        rows = [{"source": source, "key": key, "at": one.at, "what": codec.printable(one.what)} for (source, key), one in unique.items()]
        insert = self._database.insert(strays).on_conflict_do_nothing().returning(strays.c.source, strays.c.key)
        with self._database.write() as connection:
            new = [unique[row.source, row.key] for row in connection.execute(insert, rows)]
            close(self._database, connection, [one.shuts for one in new if one.shuts])
        return new
