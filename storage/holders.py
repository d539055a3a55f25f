"""Who has which names, and giving away those that are free: what is needed to tell who is meant by several names at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import json
from sqlalchemy import ARRAY, String, bindparam, func, select, tuple_, update

from flows.people import Person
from storage.database import Conflict, Database
from storage.identities import Identity, link, plain
from storage.prepared import Prepared
from storage.rows import new_person
from storage.tables import identities, people

_FIRST = people.alias("first")
_HELD = (
    select(identities.c.kind, identities.c.namespace, identities.c.value, people.c.id, people.c.external_id)
    .join(_FIRST, _FIRST.c.id == identities.c.person_id)
    .join(people, people.c.id == func.coalesce(_FIRST.c.merged_into, _FIRST.c.id))
)
_NAMES = tuple_(identities.c.kind, identities.c.namespace, identities.c.value)
_EACH = func.json_each(bindparam("names", type_=String)).table_valued("value")
_PARTS = [func.json_extract(_EACH.c.value, f"$[{place}]") for place in range(3)]
_HELD_ON_SQLITE = Prepared(_HELD.where(_NAMES.in_(select(*_PARTS))), ["names"])
_LISTS = ["kinds", "namespaces", "values"]
_LISTED = [func.unnest(bindparam(name, type_=ARRAY(String))) for name in _LISTS]
_HELD_ELSEWHERE = Prepared(_HELD.where(_NAMES.in_(select(*_LISTED))), _LISTS)
"""Names as one list, so that the question's text is the same however many there are."""
_NAMED = (
    update(people)
    .where(people.c.id == bindparam("them"), people.c.external_id == "", people.c.merged_into.is_(None))
    .values(external_id=bindparam("called"))
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a name stands for now, and the external id they are known by, '' for none."""

    person: str
    external_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """Names to give away: people who are new, whose each name is, and who gets an external id that had none."""

    fresh: Sequence[str] = ()
    names: Mapping[Identity, str] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)


def holders(database: Database, names: Iterable[Identity]) -> dict[Identity, Holder]:
    """Those of these names that somebody has, each with who that is now; in one statement. The names are plain ones."""
    wanted = list(dict.fromkeys(names))
    found: Sequence[Any]
    with database.read() as connection:
        if database.is_sqlite:
            found = _HELD_ON_SQLITE.run(connection, {"names": json.encode(wanted).decode()}).all()
        else:
            lists = dict(zip(_LISTS, map(list, zip(*wanted, strict=True)), strict=True))
            found = _HELD_ELSEWHERE.run(connection, lists).all() if wanted else []
        return {(row.kind, row.namespace, row.value): Holder(row.id, row.external_id) for row in found}


def known_by_address_alone(database: Database, who: Collection[str]) -> set[str]:
    """Those of these people whom others call by addresses and the ids of business systems, and by nothing else."""
    kinds = select(identities.c.person_id, identities.c.kind).where(identities.c.person_id.in_(who)).distinct()
    with database.read() as connection:
        other = {row.person_id for row in connection.execute(kinds) if row.kind not in ("email", "sender")}
    return set(who) - other


def give(database: Database, given: Given) -> None:
    """Give names away, all of them or none. Raises Conflict when somebody else did so meanwhile."""
    with database.write() as connection:
        if given.fresh:
            connection.execute(people.insert(), [new_person(Person(id=who)) for who in given.fresh])
        rows = [link(name, who) for name, who in given.names.items()]
        fresh = database.insert(identities).on_conflict_do_nothing().returning(identities.c.value)
        if rows and len(connection.execute(fresh, rows).all()) != len(rows):
            raise Conflict("someone gave one of these names away at the same moment")
        called = [{"them": who, "called": value} for who, value in given.called.items()]
        if called and connection.execute(_NAMED, called).rowcount != len(called):
            raise Conflict("someone got another external id at the same moment")


def plain_names(group: Sequence[Identity]) -> tuple[Identity, ...]:
    """The names of a group as they are stored, each once."""
    return tuple(dict.fromkeys(plain(one) for one in group))
