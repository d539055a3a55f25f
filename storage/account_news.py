"""What others tell of an account in which nobody is known yet: kept with it, until somebody comes or it turns out whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, update

from flows.account_traits import told
from flows.people import Account
from storage import loading
from storage.database import Conflict, Database
from storage.rows import account_row
from storage.tables import accounts, identities, people

_ATTEMPTS = 20


def tell_account(database: Database, account_id: str, traits: Mapping[str, Any], at: datetime) -> None:
    """Add traits to an account, by the rule of all traits: of two that tell one, the later `at` (aware, UTC) holds.

    It is no event, because there is nobody whom it happens to. Raises Conflict when others keep changing the account.
    """
    mine = select(accounts).where(accounts.c.id == account_id)
    for _ in range(_ATTEMPTS):
        with database.write() as connection:
            row = connection.execute(mine).first()
            if row is None:
                return
            account = loading.account(row)
            changed = told(account, traits, at)
            if changed is account:
                return
            same = (accounts.c.id == account_id) & (accounts.c.version == row.version)
            if connection.execute(update(accounts).where(same).values(**account_row(changed), version=row.version + 1)).rowcount == 1:
                return
    raise Conflict("others keep changing this account")


def empty_account(database: Database, account_id: str) -> Account | None:
    """An account in which nobody is, and that nobody calls by an id of ours: no more than names and what was told. None for any other."""
    unused = ~exists().where(people.c.account_id == account_id)
    with database.read() as connection:
        row = connection.execute(select(accounts).where(accounts.c.id == account_id, accounts.c.external_id == "", unused)).first()
        return loading.account(row) if row else None


def rename_account(database: Database, before: str, now: str) -> None:
    """From now on every name of the one account is the other's."""
    theirs = (identities.c.account_id == before) & identities.c.kind.like("account.%")
    with database.write() as connection:
        connection.execute(update(identities).where(theirs).values(account_id=now))
