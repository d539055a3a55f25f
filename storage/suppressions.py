"""Addresses that are not written to: lists of them, and how they follow what was decided. The fence of the outbox looks here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, or_, select, tuple_

from flows.addresses import normal_address
from flows.events import AddressLifted, Merged, OptedIn, OptedOut
from flows.mail import STRENGTH, shutting
from flows.people import Person, Shut
from storage import codec
from storage.batch import Batch
from storage.database import Database, chunks
from storage.tables import suppressions

CHANNELS = ("slack", "email")
OWN_WORD = "opt-out"
"""The reason of a suppression that the person asked for and can lift."""
COMPLAINED = "complained"
"""The reason of a suppression that nobody lifts."""

Place = tuple[str, str]
"""A channel and an address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suppression:
    """An address we do not write to. `source` is who said so, `at` when (world time), `why` in their words."""

    channel: str
    address: str
    reason: str
    source: str
    at: datetime
    why: str = ""

    @property
    def place(self) -> Place:
        """The address as it is kept."""
        return self.channel, plain(self.channel, self.address)


class Suppressions:
    """The list. People we know are told of by events; this is for addresses of nobody, and for reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: Sequence[Suppression]) -> None:
        """Close addresses. A reason gives way to a stronger one alone, and an opt-out, which takes the place of nothing, to a complaint."""
        with self._database.write() as connection:
            close(self._database, connection, new)

    def lift(self, channel: str, address: str) -> bool:
        """Open an address of nobody again. False when it is not shut, or when only its owner may do so: see `is_theirs`."""
        place = (suppressions.c.channel == channel) & (suppressions.c.address == plain(channel, address))
        with self._database.write() as connection:
            return connection.execute(suppressions.delete().where(place, _LIFTABLE)).rowcount == 1

    def of(self, places: Collection[Place]) -> dict[Place, Suppression]:
        """Those of these addresses that are on the list."""
        both = tuple_(suppressions.c.channel, suppressions.c.address)
        wanted = sorted({(channel, plain(channel, address)) for channel, address in places})
        with self._database.read() as connection:
            rows = [row for some in chunks(wanted) for row in connection.execute(select(suppressions).where(both.in_(some)))]
        return {(row.channel, row.address): _value(row) for row in rows}

    def all(self, channel: str = "") -> list[Suppression]:
        """The whole list, or that of one channel, by address."""
        wanted = select(suppressions).order_by(suppressions.c.channel, suppressions.c.address)
        with self._database.read() as connection:
            return [_value(row) for row in connection.execute(wanted.where(suppressions.c.channel == channel) if channel else wanted)]


def is_theirs(one: Suppression) -> bool:
    """Whether only its owner can open the address again."""
    return one.reason in (OWN_WORD, COMPLAINED)


def plain(channel: str, address: str) -> str:
    """An address as it is kept and compared."""
    return codec.printable(normal_address(address) if channel == "email" else address.strip())


def close(database: Database, connection: Connection, new: Sequence[Suppression], remembered: Collection[Place] = ()) -> None:
    """Put addresses on the list, within a transaction. `remembered`: the opt-outs of these stand in their people's own records too.

    Elsewhere the list is all that knows of an opt-out, so nothing that a human may lift takes its place.
    """
    rows: dict[Place, Suppression] = {}
    for one in sorted(new, key=lambda one: one.place):
        if one.place[1] and (one.place not in rows or _rank(one.reason) <= _rank(rows[one.place].reason)):
            rows[one.place] = one
    _write(database, connection, [one for place, one in rows.items() if place not in remembered], over_their_word=False)
    _write(database, connection, [one for place, one in rows.items() if place in remembered], over_their_word=True)


def _write(database: Database, connection: Connection, new: Sequence[Suppression], *, over_their_word: bool) -> None:
    theirs = [_row(one) for one in new if one.reason == OWN_WORD]
    others = [_row(one) for one in new if one.reason != OWN_WORD]
    if theirs:
        connection.execute(database.insert(suppressions).on_conflict_do_nothing(), theirs)
    if others:
        fresh = database.insert(suppressions)
        told = {name: fresh.excluded[name] for name in ("reason", "source", "at", "why")}
        holds = _ranked(fresh.excluded.reason) <= _ranked(suppressions.c.reason)
        if not over_their_word:
            holds &= or_(suppressions.c.reason != OWN_WORD, fresh.excluded.reason == COMPLAINED)
        connection.execute(fresh.on_conflict_do_update(index_elements=["channel", "address"], set_=told, where=holds), others)


def _rank(reason: str) -> int:
    """The lower the stronger; their own word, which lets answers pass, is the weakest."""
    return STRENGTH.index(reason) if reason in STRENGTH else len(STRENGTH) + (reason == OWN_WORD)


def _ranked(reason: ColumnElement[str]) -> ColumnElement[int]:
    return case({one: _rank(one) for one in (*STRENGTH, OWN_WORD)}, value=reason, else_=len(STRENGTH))


def keep(database: Database, connection: Connection, batch: Batch) -> None:
    """Let the list follow a batch of decisions: addresses that were shut or lifted, and what people said about being written to."""
    shut, lifted = _moved(batch)
    if lifted:
        connection.execute(suppressions.delete().where(_THIS, _LIFTABLE), [_bound(place) for place in lifted])
    close(database, connection, list(shut.values()), _remembered(batch))
    spoke = {event.who for event, _ in batch.decided if isinstance(event, OptedOut | OptedIn)}
    became = {event.who for event, _ in batch.decided if isinstance(event, Merged)}
    wishes = [(who, place, out) for who in sorted(spoke | became | {*lifted.values()}) for place, out in _wishes(batch.last[who].person)]
    close(database, connection, [_own_word(place, batch.now) for _, place, out in wishes if out])
    if reopened := [_bound(place) for who, place, out in wishes if who in spoke and not out]:
        connection.execute(suppressions.delete().where(_THIS, suppressions.c.reason == OWN_WORD), reopened)


def close_stopped(database: Database, connection: Connection, persons: Iterable[Person], at: datetime) -> None:
    """Put the addresses on the list at which these people take no messages. `at` is world time."""
    close(database, connection, [_own_word(place, at) for person in persons for place, out in _wishes(person) if out])


def _moved(batch: Batch) -> tuple[dict[Place, Suppression], dict[Place, str]]:
    """What the batch's events shut, and what they lifted with whose it was. The last word about an address counts."""
    shut: dict[Place, Suppression] = {}
    lifted: dict[Place, str] = {}
    for event, decision in batch.decided:
        if found := shutting(event):
            place = (found[0], plain(found[0], found[1].address))
            shut[place] = _as_kept(place, found[1], batch.last[event.who].person)
        elif isinstance(event, AddressLifted) and not _still(decision.person, event):
            place = (event.channel, plain(event.channel, event.address))
            lifted[place] = event.who
            shut.pop(place, None)
    return shut, lifted


def _remembered(batch: Batch) -> set[Place]:
    """Addresses of the batch's people whose own records say that they stopped messages there."""
    return {place for decision in batch.last.values() for place, out in _wishes(decision.person) if out}


def _still(person: Person, event: AddressLifted) -> bool:
    kept = person.shut.get(event.channel)
    return kept is not None and plain(event.channel, kept.address) == plain(event.channel, event.address)


def _as_kept(place: Place, new: Shut, person: Person) -> Suppression:
    """The reason that the person's own record holds, where it speaks of that address."""
    kept = person.shut.get(place[0])
    told = kept if kept and plain(place[0], kept.address) == place[1] else new
    return Suppression(channel=place[0], address=place[1], reason=told.reason, source=told.by, at=told.at, why=told.why)


def _wishes(person: Person) -> list[tuple[Place, bool]]:
    """Their addresses, each with whether they take no messages there."""
    found = {"slack": person.slack, "email": person.email}
    return [((c, plain(c, found[c])), not {c, "all"}.isdisjoint(person.opted_out)) for c in CHANNELS if found[c].strip()]


def _own_word(place: Place, at: datetime) -> Suppression:
    return Suppression(channel=place[0], address=place[1], reason=OWN_WORD, source="person", at=at)


_LIFTABLE: ColumnElement[bool] = suppressions.c.reason.not_in((OWN_WORD, COMPLAINED))
_THIS: ColumnElement[bool] = (suppressions.c.channel == bindparam("by")) & (suppressions.c.address == bindparam("to"))


def _bound(place: Place) -> dict[str, str]:
    return {"by": place[0], "to": place[1]}


def _row(one: Suppression) -> dict[str, Any]:
    channel, address = one.place
    return asdict(one) | {"channel": channel, "address": address}


def _value(row: Any) -> Suppression:
    return Suppression(channel=row.channel, address=row.address, reason=row.reason, source=row.source, at=row.at, why=row.why)
