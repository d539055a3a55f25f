"""What others call our accounts: an id of theirs, or a mail domain."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import uuid4

from sqlalchemy import Connection, bindparam, select, tuple_, update

from flows.people import Account
from storage import codec
from storage.database import Database, chunks
from storage.rows import new_account
from storage.tables import accounts, identities, people

Name = tuple[str, str]
"""What it is (external, sender, domain) and the name itself."""


_NAMED = select(identities.c.kind, identities.c.value, identities.c.account_id).where(
    tuple_(identities.c.kind, identities.c.value).in_(bindparam("names", expanding=True)), identities.c.namespace == ""
)


def account_for(database: Database, kind: str, value: str) -> str:
    """The account known by that name, else a new one."""
    return account_by(database, [(kind, value)])[0]


def account_by(database: Database, names: Sequence[Name]) -> tuple[str, str]:
    """The account known by the first of these names that anybody has, else a new one; names that nobody has become its names too.

    An id of theirs is taken only by an account that has none. Gives with it another account that a later name stands for, '' for none:
    one that nobody calls by an id is the same company. The caller brings its people over, and then its names (`rename_account`).
    """
    wanted = [(f"account.{kind}", codec.printable(value.strip())) for kind, value in names]
    with database.read() as connection:
        known = _known(connection, wanted)
    if all(name in known for name in wanted) and len(set(known.values())) == 1:
        return known[wanted[0]], ""
    with database.write() as connection:
        return _settled(database, connection, wanted)


def account_known(database: Database, kind: str, value: str) -> str | None:
    """The account with that name, if any."""
    name = (f"account.{kind}", codec.printable(value.strip()))
    with database.read() as connection:
        return _known(connection, [name]).get(name)


def accounts_with(database: Database, kind: str, values: Collection[str]) -> dict[str, str]:
    """The accounts of which these are names of that kind, by the name; of those that nobody has nothing."""
    wanted = {(f"account.{kind}", codec.printable(value.strip())): value for value in values}
    with database.read() as connection:
        known = {name: account for some in chunks([*wanted]) for name, account in _known(connection, some).items()}
    return {wanted[name]: account for name, account in known.items()}


def name_account(database: Database, account_id: str, names: Sequence[Name]) -> None:
    """Let an account be known by these names too, as far as nobody has them."""
    rows = [_row((f"account.{kind}", codec.printable(value.strip())), account_id) for kind, value in names]
    if rows:
        with database.write() as connection:
            connection.execute(database.insert(identities).on_conflict_do_nothing(), rows)


def senders_of(database: Database, account_id: str) -> list[str]:
    """What business systems call an account, each with its source: hubspot:901."""
    mine = (identities.c.account_id == account_id) & (identities.c.kind == "account.sender")
    with database.read() as connection:
        return list(connection.scalars(select(identities.c.value).where(mine).order_by(identities.c.value)))


def people_of(database: Database, account_id: str) -> list[str]:
    """Everybody in an account."""
    with database.read() as connection:
        return list(connection.scalars(select(people.c.id).where(people.c.account_id == account_id).order_by(people.c.id)))


def _settled(database: Database, connection: Connection, wanted: Sequence[Name]) -> tuple[str, str]:
    known = _known(connection, wanted)
    external = next((value for kind, value in wanted if kind == "account.external"), "")
    ids = dict(connection.execute(select(accounts.c.id, accounts.c.external_id).where(accounts.c.id.in_(set(known.values())))).all())
    first = next((known[name] for name in wanted if name in known), None)
    named = ("account.external", external) in known
    if first is None or (external and not named and ids[first]):
        first = uuid4().hex
        connection.execute(accounts.insert(), [new_account(Account(id=first, external_id=external))])
    elif external and not named:
        connection.execute(update(accounts).where(accounts.c.id == first).values(external_id=external))
    free = [_row(name, first) for name in wanted if name not in known]
    if free:
        connection.execute(database.insert(identities).on_conflict_do_nothing(), free)
        now = _known(connection, wanted)
        if now[wanted[0]] != first:  # somebody was faster; on PostgreSQL alone
            connection.execute(accounts.delete().where(accounts.c.id == first, accounts.c.version == 0))
            return now[wanted[0]], ""
    return first, next((one for one in known.values() if one != first and not ids.get(one)), "")


def _row(name: Name, account_id: str) -> dict[str, str | None]:
    kind, value = name
    return {"kind": kind, "namespace": "", "value": value, "person_id": None, "account_id": account_id, "moved_from": None}


def _known(connection: Connection, names: Sequence[Name]) -> dict[Name, str]:
    return {(row.kind, row.value): row.account_id for row in connection.execute(_NAMED, {"names": list(names)})}
