"""Journeys that are over, with all that was heard of those who went them: what a model learns from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from flows.events import Tick
from flows.hindsight import Heard, Lived
from storage import codec, loading
from storage.database import Database, chunks
from storage.tables import accounts, events, gone_pasts, people

AT_ONCE = 50
"""People whose events are in memory at a time."""


def past_journeys(database: Database, playbook: str) -> Iterator[Lived]:
    """Everybody whose last journey was on that playbook and is over, in a fixed order. Who was merged into somebody is part of them.

    Of whom not all is kept (`storage.retention`) is left out: days that nobody knows of would look like days on which nothing happened.
    """
    whole = people.c.id.not_in(select(gone_pasts.c.person_id))
    over = (people.c.playbook == playbook) & people.c.active.is_(False) & people.c.merged_into.is_(None) & whole
    with database.read() as connection:
        everybody = list(connection.execute(select(people.c.id).where(over).order_by(people.c.id)).scalars())
        for some in chunks(everybody, AT_ONCE):
            yield from _lived(connection, some)


def _lived(connection: Connection, some: Sequence[str]) -> Iterator[Lived]:
    persons = [loading.person(row) for row in connection.execute(select(people).where(people.c.id.in_(some)).order_by(people.c.id))]
    places = {person.account_id for person in persons if person.account_id}
    companies = {row.id: loading.account(row) for row in connection.execute(select(accounts).where(accounts.c.id.in_(places)))}
    owner = {who: person.id for person in persons for who in (person.id, *person.merged)}
    heard = _heard(connection, owner)
    for person in persons:
        yield Lived(person=person, account=companies.get(person.account_id or ""), heard=heard[person.id])


def _heard(connection: Connection, owner: Mapping[str, str]) -> dict[str, list[Heard]]:
    found: dict[str, list[Heard]] = {who: [] for who in owner.values()}
    theirs = events.c.person_id.in_(list(owner)) & events.c.decided_at.is_not(None) & (events.c.kind != Tick.__name__)
    row: Any
    for row in connection.execute(select(events).where(theirs).order_by(events.c.id)):
        found[owner[row.person_id]].append((codec.event(row), row.decided_at))
    return found
