"""Statements of the hot path: compiled once for a database, and run with plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from msgspec import json
from sqlalchemy import (
    ARRAY,
    BindParameter,
    ClauseElement,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Insert,
    Select,
    String,
    Update,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.engine import Compiled, CursorResult

from storage.unnested import unnested

Process = Callable[[Any], Any] | None
"""How a value goes into or comes out of the database; None for as it is."""


class Prepared:
    """One statement. What SQLAlchemy would find out at each run (its text, the order of values, how types are converted) is kept.

    `names` are those of its parameters; the others have the value that the statement gives them.
    """

    def __init__(self, statement: ClauseElement, names: Sequence[str]) -> None:
        self._statement = statement
        self._names = frozenset(names)
        self._known: WeakKeyDictionary[Dialect, _Text] = WeakKeyDictionary()

    def run(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Run it once. Rows come as the database has them: what needs converting is read with `reader`."""
        text = self._text(connection.dialect)
        return connection.exec_driver_sql(text.sql, text.parameters([values])[0])

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it for each of these, none of which means the same row of the table. Gives how many rows of the table it touched in all.

        PostgreSQL hears of many at once, which takes it a third of the time.
        """
        if not rows:
            return 0
        if connection.dialect.name == "sqlite" or self._together is None:
            text = self._text(connection.dialect)
            return connection.exec_driver_sql(text.sql, text.parameters(rows)).rowcount
        return self._together.run(connection, {name: [row[name] for row in rows] for name in self._names}).rowcount

    @cached_property
    def _together(self) -> Prepared | None:
        statement, names = self._statement, sorted(self._names)
        return Prepared(unnested(statement, names), names) if isinstance(statement, Insert | Update) else None

    def _text(self, dialect: Dialect) -> _Text:
        known = self._known.get(dialect)
        if known is None:
            compiled = self._statement.compile(dialect=dialect, column_keys=sorted(self._names))
            known = self._known[dialect] = _Text(compiled, dialect, self._names)
        return known


class _Text:
    def __init__(self, compiled: Compiled, dialect: Dialect, names: frozenset[str]) -> None:
        fixed = compiled.params
        order: Sequence[str] = getattr(compiled, "positiontup", None) or list(fixed)
        binds: Mapping[str, BindParameter[Any]] = compiled.binds  # type: ignore[attr-defined]
        self.sql = str(compiled)
        for name in order:
            if isinstance(binds[name].type, ARRAY):  # goes to PostgreSQL as bytes: as text every quotation mark in it would be written anew
                self.sql = self.sql.replace(f"%({name})s", f"%({name})b")
        process = [binding(binds[name].type, dialect) for name in order]
        self._columns = [
            (name, name in names, how, None if name in names else (how(fixed[name]) if how and fixed[name] is not None else fixed[name]))
            for name, how in zip(order, process, strict=True)
        ]
        self._positional = dialect.positional

    def parameters(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The values in the statement's order: column by column, because that is quicker than row by row."""
        columns: list[list[Any]] = []
        for name, given, how, value in self._columns:
            if not given:
                columns.append([value] * len(rows))
            elif how is None:
                columns.append([row[name] for row in rows])
            else:
                columns.append([how(row[name]) for row in rows])
        found = list(zip(*columns, strict=True)) or [()] * len(rows)
        return found if self._positional else [dict(zip(self._order, one, strict=True)) for one in found]

    @property
    def _order(self) -> list[str]:
        return [name for name, *_ in self._columns]


def binding(kind: Any, dialect: Dialect) -> Process:
    """How a value of that type goes into the database."""
    found: Process = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


class Reader:
    """Reads plain rows of these columns: the values are converted as their types say."""

    def __init__(self, columns: Sequence[Column[Any]]) -> None:
        self._columns = columns
        self._known: WeakKeyDictionary[Dialect, list[Process]] = WeakKeyDictionary()

    def read(self, dialect: Dialect, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
        """Each row, converted."""
        process = self._known.get(dialect)
        if process is None:
            process = self._known[dialect] = [one.type.dialect_impl(dialect).result_processor(dialect, None) for one in self._columns]
        columns = [
            [row[place] for row in rows] if how is None else [None if (v := row[place]) is None else how(v) for row in rows]
            for place, how in enumerate(process)
        ]
        return zip(*columns, strict=True)


class Among:
    """Rows of which a column has one of some values, told as one list: the question's text is the same however many there are."""

    def __init__(self, statement: Select[Any], column: ColumnElement[Any], names: Sequence[str] = ()) -> None:
        """`names` are those of further parameters."""
        told: list[Any] = list(statement.selected_columns)
        self._reader = Reader(told)
        listed = func.json_each(bindparam("values", type_=String)).table_valued("value")
        self._on_sqlite = Prepared(statement.where(column.in_(select(listed.c.value))), ["values", *names])
        self._elsewhere = Prepared(statement.where(column == any_(bindparam("values", type_=ARRAY(column.type)))), ["values", *names])

    def rows(self, connection: Connection, values: Iterable[Any], **more: Any) -> Iterator[tuple[Any, ...]]:
        """What is there. A value may come more than once."""
        wanted = list(dict.fromkeys(values))
        if not wanted:
            return iter(())
        if connection.dialect.name == "sqlite":
            found = self._on_sqlite.run(connection, {"values": json.encode(wanted).decode(), **more})
        else:
            found = self._elsewhere.run(connection, {"values": wanted, **more})
        return self._reader.read(connection.dialect, found.all())
