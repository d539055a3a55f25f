"""What a database looks like, in words, and rows for every table of any release: for the tests of migrations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Engine, Float, Inspector, Integer, LargeBinary, MetaData, Table, inspect
from sqlalchemy.dialects.postgresql import JSONB

from storage.article_search import is_model
from storage.database import connect
from storage.documents import Document
from storage.tables import METADATA

Rows = Mapping[str, Mapping[tuple[Any, ...], Mapping[str, Any]]]
"""Every row by its table and primary key."""

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
WRITTEN = {("activity", "totals"), *((t.name, c.name) for t in METADATA.tables.values() for c in t.columns if isinstance(c.type, Document))}
"""Columns that hold JSON: SQLite itself only sees texts."""


# Shapes


def differences(said: Engine, made: Engine) -> list[str]:
    """What the models say and the migrations make differently, each in a line."""
    models, migrations = dict(_described(inspect(said))), dict(_described(inspect(made)))
    return [
        f"{what}: the models say {models.get(what, 'nothing of it')}, the migrations make {migrations.get(what, 'nothing of it')}"
        for what in sorted(models.keys() | migrations.keys())
        if models.get(what) != migrations.get(what)
    ]


def shape(url: str) -> dict[str, str]:
    """All tables, columns, keys and indexes of a database."""
    database = connect(url)
    try:
        return dict(_described(inspect(database.engine)))
    finally:
        database.close()


def _described(seen: Inspector) -> Iterator[tuple[str, str]]:
    for table in filter(_is_ours, seen.get_table_names()):
        for column in seen.get_columns(table):
            yield f"{table}.{column['name']}", f"{column['type']!r}{'' if column['nullable'] else ' not null'}{_counting(column)}"
        yield f"the primary key of {table}", ", ".join(seen.get_pk_constraint(table)["constrained_columns"])
        yield f"the numbers of {table}", _numbers(seen, table)
        for key in seen.get_foreign_keys(table):
            yield f"{table} ({', '.join(key['constrained_columns'])})", f"{key['referred_table']} ({', '.join(key['referred_columns'])})"
        for one in seen.get_unique_constraints(table):
            yield f"unique {table} ({', '.join(one['column_names'])})", "true"
        for index in seen.get_indexes(table):
            where = {str(value) for name, value in index.get("dialect_options", {}).items() if name.endswith("_where")}
            columns, unique = ", ".join(map(str, index["column_names"])), "unique " if index["unique"] else ""
            yield f"the index {index['name']}", f"{unique}{table} ({columns}){' where ' if where else ''}{' '.join(where)}"


def _is_ours(table: str) -> bool:
    return table != "alembic_version" and is_model(table, "table")


def _counting(column: Any) -> str:
    return " counting" if column.get("autoincrement") is True or "identity" in column else ""


def _numbers(seen: Inspector, table: str) -> str:
    """Whether SQLite never gives a number of this table twice."""
    if seen.dialect.name != "sqlite":
        return ""
    with seen.bind.connect() as connection:  # type: ignore[union-attr]
        made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).scalar_one()
    return "never used twice" if "AUTOINCREMENT" in made else ""


# Rows


def fill(url: str, n: int) -> MetaData:
    """One more row in every table, told from others by its number; the tables."""
    database = connect(url, migrating=True)
    tables = _reflected(database.engine)
    with database.write() as connection:
        for table in tables.sorted_tables:
            connection.execute(table.insert(), {column.name: _value(column, n) for column in table.columns})
    database.close()
    return tables


def rows(url: str, tables: MetaData | None = None) -> Rows:
    """All that there is in these tables, or in all."""
    database = connect(url, migrating=True)
    tables = tables or _reflected(database.engine)
    with database.read() as connection:
        found = {
            table.name: {
                tuple(row[key.name] for key in table.primary_key): {name: _read(value) for name, value in row.items()}
                for row in connection.execute(table.select()).mappings()
            }
            for table in tables.sorted_tables
        }
    database.close()
    return found


def lost(before: Rows, after: Rows) -> set[str]:
    """The columns of which something is no longer there. A document may have got more in it."""
    return {
        f"{table}.{column}"
        for table, kept in before.items()
        for key, row in kept.items()
        for column, value in row.items()
        if not _holds(after.get(table, {}).get(key, {}).get(column, ...), value)
    }


def _holds(now: Any, value: Any) -> bool:
    return now.items() >= value.items() if isinstance(now, dict) and isinstance(value, dict) else bool(now == value)


def _reflected(engine: Engine) -> MetaData:
    tables = MetaData()
    tables.reflect(engine, only=lambda name, _: _is_ours(name))
    return tables


def _value(column: Column[Any], n: int) -> Any:
    for key in column.foreign_keys:
        return None if key.column.table is column.table else _value(key.column, n)
    table = column.table
    assert isinstance(table, Table)
    if (table.name, column.name) in WRITTEN:
        document = [f"{column.name}{n}"] if column.name in ("kept", "says", "via", "scopes") else {"n": n, "note": f"note{n}"}
        return document if isinstance(column.type, JSONB) else json.dumps(document)
    match column.type:
        case Boolean():
            return False
        case BigInteger() | Integer():
            return 1000 + n
        case DateTime():
            return MONDAY + timedelta(hours=n)
        case Float():
            return n + 0.5
        case LargeBinary():
            return b"\x00" + str(n).encode()
        case _:
            return f"{column.name}{n}"


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in "{[" and value else value
