"""Who is meant: from what others call somebody to our own opaque ids."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import uuid4

from sqlalchemy import Connection, bindparam, select, tuple_, update

from flows.people import Person
from storage import codec
from storage.database import Conflict, Database, chunks
from storage.rows import Columns, new_person
from storage.tables import identities, people

Identity = tuple[str, str, str]
"""Kind (external, email, slack, sender, anonymous, device), namespace (a Slack team or enterprise, else empty) and value."""

_ATTEMPTS = 20
_WHOSE = (
    select(identities, people.c.merged_into.label("became"))
    .outerjoin(people, people.c.id == identities.c.person_id)
    .where(tuple_(identities.c.kind, identities.c.namespace, identities.c.value).in_(bindparam("names", expanding=True)))
)
"""Names and whose they are; a name of somebody who was merged leads on to who they became."""

_WORKSPACE = "workspace"
"""The kind of an account's Slack workspace: namespace is the team (or organisation), value the account."""


def identify_all(database: Database, groups: Sequence[Sequence[Identity]]) -> list[str]:
    """The person of each group: the one its first known identity names, else a new one. Free identities are attached, none is taken.

    Raises ValueError for a group that names nobody.
    """
    wanted = [[plain(one) for one in group] for group in groups]
    if not all(wanted):
        raise ValueError("someone without any identity can't be found again")
    with database.read() as connection:
        known = _known(connection, wanted)
    if all(one in known for group in wanted for one in group):
        return [known[group[0]] for group in wanted]
    for _ in range(_ATTEMPTS):
        try:
            with database.write() as connection:
                return _attach(database, connection, wanted)
        except Conflict:
            continue
    raise Conflict("others keep creating the same people")


def resolve(database: Database, one: Identity) -> str | None:
    """The person behind one identity, None when nobody is known by it."""
    name = plain(one)
    with database.read() as connection:
        return _known(connection, [[name]]).get(name)


def owners(database: Database, ones: Collection[Identity]) -> dict[Identity, str]:
    """The people behind those of these identities that somebody has, by the identity as it was asked for."""
    asked = {one: plain(one) for one in ones}
    with database.read() as connection:
        known = _known(connection, [list(asked.values())])
    return {one: known[name] for one, name in asked.items() if name in known}


def release_others(database: Database, one: Identity, person_id: str) -> None:
    """From now on this is the only name of its kind that the person has."""
    kind, namespace, value = plain(one)
    theirs = (identities.c.kind == kind) & (identities.c.person_id == person_id)
    with database.write() as connection:
        connection.execute(identities.delete().where(theirs, (identities.c.namespace != namespace) | (identities.c.value != value)))


def trust(database: Database, team: str, account_id: str) -> None:
    """Somebody of the account proved their mailbox in this Slack workspace: its addresses are believed for that account from now on."""
    row = {"kind": _WORKSPACE, "namespace": team, "value": account_id, "person_id": None, "account_id": account_id, "moved_from": None}
    with database.write() as connection:
        connection.execute(database.insert(identities).values(row).on_conflict_do_nothing())


def trusted(database: Database, account_id: str) -> list[str]:
    """The Slack workspaces whose addresses are believed for that account."""
    theirs = select(identities.c.namespace).where(identities.c.kind == _WORKSPACE, identities.c.account_id == account_id)
    with database.read() as connection:
        return sorted(connection.scalars(theirs))


def _attach(database: Database, connection: Connection, groups: Sequence[Sequence[Identity]]) -> list[str]:
    known = _known(connection, groups)
    found: list[str] = []
    fresh: list[Columns] = []
    links: list[Columns] = []
    for group in groups:
        owner = next((known[one] for one in group if one in known), None)
        if owner is None:
            owner = uuid4().hex
            fresh.append(new_person(Person(id=owner)))
        for kind, namespace, value in group:
            if known.setdefault((kind, namespace, value), owner) == owner:
                links.append(link((kind, namespace, value), owner))
        found.append(owner)
    if fresh:
        connection.execute(people.insert(), fresh)
    _link(database, connection, links)
    return found


def _link(database: Database, connection: Connection, links: Sequence[Columns]) -> None:
    """Names and their owners. Raises Conflict when someone else gave one of the names away at the same moment."""
    connection.execute(database.insert(identities).on_conflict_do_nothing(), links)
    given = _known(connection, [[(row["kind"], row["namespace"], row["value"]) for row in links]])
    if any(given[row["kind"], row["namespace"], row["value"]] != row["person_id"] for row in links):
        raise Conflict("someone created one of these people at the same moment")
    named = [{"them": row["person_id"], "external_id": row["value"]} for row in links if row["kind"] == "external"]
    if named:
        connection.execute(update(people).where(people.c.id == bindparam("them"), people.c.external_id == ""), named)


def link(one: Identity, person_id: str) -> Columns:
    """The row that says whose a name is."""
    kind, namespace, value = one
    return {"kind": kind, "namespace": namespace, "value": value, "person_id": person_id, "account_id": None, "moved_from": None}


def _known(connection: Connection, groups: Sequence[Sequence[Identity]]) -> dict[Identity, str]:
    wanted = list({one for group in groups for one in group})
    found = (row for some in chunks(wanted) for row in connection.execute(_WHOSE, {"names": some}))
    return {(row.kind, row.namespace, row.value): row.became or row.person_id for row in found}


def plain(one: Identity) -> Identity:
    """A name as it is stored: addresses in small letters, no blanks around."""
    kind, namespace, value = one
    value = codec.printable(value.strip())
    return kind, namespace, value.lower() if kind == "email" else value
