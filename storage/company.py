"""How many of an account's people do what: counts that move with each person, in the same commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from flows.shares import oldest_day
from storage.database import Database, chunks
from storage.tables import account_counts

_OF = select(account_counts).where(account_counts.c.account_id.in_(bindparam("ids", expanding=True)), account_counts.c.n != 0)
_OLD = account_counts.delete().where(
    account_counts.c.account_id.in_(bindparam("ids", expanding=True)),
    account_counts.c.what >= "active:",
    account_counts.c.what < bindparam("oldest"),
)

Moves = Mapping[tuple[str, str], int]
"""(account, what) → how many more or fewer."""


def counts(connection: Connection, accounts: Collection[str]) -> dict[str, Counter[str]]:
    """Account → what → how many of its people, all of them."""
    found: dict[str, Counter[str]] = {account: Counter() for account in accounts}
    for some in chunks(sorted(accounts)):
        for row in connection.execute(_OF, {"ids": some}):
            found[row.account_id][row.what] = row.n
    return found


def move(database: Database, connection: Connection, moves: Moves, now: datetime) -> None:
    """Add to the counts. Days of last activity that nobody asks for any more go when a new one begins."""
    rows = [{"account_id": account, "what": what, "n": n} for (account, what), n in sorted(moves.items())]
    if not rows:
        return
    new = database.insert(account_counts)
    more = new.on_conflict_do_update(index_elements=["account_id", "what"], set_={"n": account_counts.c.n + new.excluded.n})
    connection.execute(more, rows)
    if active := sorted({account for account, what in moves if what.startswith("active:")}):
        for some in chunks(active):
            connection.execute(_OLD, {"ids": some, "oldest": oldest_day(now)})
