"""Somebody of a company, for what is told of the company alone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from storage.database import Database, chunks
from storage.tables import people


def someone_of(database: Database, account_ids: Sequence[str]) -> dict[str, str]:
    """For each account that has people, our id of one of them, always the same one while they belong to it."""
    wanted = list(dict.fromkeys(account_ids))
    with database.read() as connection:
        found = (
            row
            for some in chunks(wanted)
            for row in connection.execute(
                select(people.c.account_id, func.min(people.c.id).label("id"))
                .where(people.c.account_id.in_(some))
                .group_by(people.c.account_id)
            )
        )
        return {row.account_id: row.id for row in found}
