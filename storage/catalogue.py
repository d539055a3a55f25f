"""Which events came from where: their names, how many, and the names and types of their properties. No value is ever kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, RowMapping, bindparam, func, select, tuple_, update

from storage.database import Database, chunks
from storage.tables import event_catalogue

MOST_NAMES = 1_000
"""Of one source. Later ones are counted among what came in, and not written down."""
MOST_PROPERTIES = 100
"""Of one event: the first that came."""

Types = Mapping[str, Mapping[str, int]]
"""Property → type → how often. Types are those of JSON: string, number, boolean, array, object, null."""

_THESE = tuple_(event_catalogue.c.source, event_catalogue.c.name)
_KNOWN = (
    select(event_catalogue).where(_THESE.in_(bindparam("these", expanding=True))).order_by(event_catalogue.c.source, event_catalogue.c.name)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """An event of one name from one source. `first` and `last` are when it came in (world time)."""

    source: str
    name: str
    first: datetime
    last: datetime
    n: int
    properties: Types = field(default_factory=dict)


def learn(database: Database, connection: Connection, found: Sequence[Seen]) -> None:
    """Add what was seen to what is known, in a handful of statements however much it is. Others may do so at the same time.

    Each name comes once, and all names are printable (`storage.codec`).
    """
    news = {(one.source, one.name): one for one in found}
    for some in chunks(sorted(news)):
        known = _known(connection, some)
        fresh = _with_room(connection, [key for key in some if key not in known])
        if fresh:
            empty = [_row(source, name, news[source, name]) for source, name in fresh]
            connection.execute(database.insert(event_catalogue).on_conflict_do_nothing(), empty)
            known |= _known(connection, fresh)
        if known:
            more = [_more(row, news[key]) for key, row in known.items()]
            connection.execute(_ADD, more)


def seen(database: Database, source: str | None = None) -> list[Seen]:
    """All that is known, by source and name; or of one source."""
    wanted = select(event_catalogue).order_by(event_catalogue.c.source, event_catalogue.c.name)
    if source is not None:
        wanted = wanted.where(event_catalogue.c.source == source)
    with database.read() as connection:
        rows = connection.execute(wanted).all()
    return [Seen(source=r.source, name=r.name, first=r.first_seen, last=r.last_seen, n=r.n, properties=r.properties) for r in rows]


def together(known: Types, more: Types) -> dict[str, dict[str, int]]:
    """Both counts as one; of properties beyond MOST_PROPERTIES those that were known first stay."""
    both = {name: Counter(types) for name, types in known.items()}
    for name, types in more.items():
        if name in both or len(both) < MOST_PROPERTIES:
            both.setdefault(name, Counter()).update(types)
    return {name: dict(types) for name, types in both.items()}


_ADD = (
    update(event_catalogue)
    .where(event_catalogue.c.source == bindparam("of"), event_catalogue.c.name == bindparam("called"))
    .values({name: bindparam(f"new_{name}") for name in ("first_seen", "last_seen", "n", "properties")})
)


def _known(connection: Connection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], RowMapping]:
    """Those of them that are written down, held until the end of the transaction so that nobody adds to the same at once."""
    rows = connection.execute(_KNOWN.with_for_update(), {"these": list(keys)}).mappings()
    return {(row["source"], row["name"]): row for row in rows}


def _with_room(connection: Connection, fresh: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of new names that their source has room for."""
    if not fresh:
        return []
    sources = sorted({source for source, _ in fresh})
    of = event_catalogue.c.source
    taken = select(of, func.count().label("n")).where(of.in_(sources)).group_by(of)
    counts = {row.source: row.n for row in connection.execute(taken)}
    by_source: Iterator[tuple[str, Iterator[tuple[str, str]]]] = groupby(fresh, key=lambda key: key[0])
    return [key for source, keys in by_source for key in list(keys)[: max(0, MOST_NAMES - counts.get(source, 0))]]


def _row(source: str, name: str, one: Seen) -> dict[str, object]:
    return {"source": source, "name": name, "first_seen": one.first, "last_seen": one.last, "n": 0, "properties": {}}


def _more(row: RowMapping, one: Seen) -> dict[str, object]:
    return {
        "of": row["source"],
        "called": row["name"],
        "new_first_seen": min(row["first_seen"], one.first),
        "new_last_seen": max(row["last_seen"], one.last),
        "new_n": row["n"] + one.n,
        "new_properties": together(row["properties"], one.properties),
    }
