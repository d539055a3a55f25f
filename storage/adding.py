"""Adding rows of which some may be there already, and hearing which were new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Integer, Table, bindparam, select

from storage.database import Inserter
from storage.prepared import Prepared, Reader
from storage.unnested import unnested


class Adding:
    """An INSERT of many rows into a table whose `id` only grows; those that are there already stay as they are.

    On SQLite, where whoever writes is alone, those that are new are the last ones: it adds three times as many rows in that time as when it
    has to tell of each.
    """

    def __init__(self, insert: Inserter, table: Table, names: Sequence[str], told: Sequence[Column[Any]]) -> None:
        new = insert(table).on_conflict_do_nothing()
        self._names = names
        self._telling = Prepared(unnested(new.returning(*told), names), names)
        self._adding = Prepared(new, names)
        self._last = Prepared(select(*told).order_by(table.c.id.desc()).limit(bindparam("n", type_=Integer)), ("n",))
        self._told = Reader(told)

    def rows(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        """Write them. Gives what is told of each that was new."""
        if connection.dialect.name == "sqlite":
            new = self._adding.many(connection, rows)
            found = self._last.run(connection, {"n": new}).all() if new else []
        else:
            found = self._telling.run(connection, {name: [row[name] for row in rows] for name in self._names}).all()
        return list(self._told.read(connection.dialect, found))
