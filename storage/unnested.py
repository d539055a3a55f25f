"""One statement for many rows on PostgreSQL: what was a value of one row becomes a column of lists told side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ARRAY, BindParameter, ColumnElement, TableValuedAlias, bindparam, column, func, select
from sqlalchemy.sql.dml import Insert, Update
from sqlalchemy.sql.visitors import ExternallyTraversible, iterate, replacement_traverse


def unnested(statement: Insert | Update, names: Sequence[str]) -> Insert | Update:
    """The same for many rows at once: each parameter of these names is a list then. No row of the table may be meant twice."""
    if isinstance(statement, Update):
        kinds = {one.key: one.type for one in iterate(statement) if isinstance(one, BindParameter)}
        new = _side_by_side({name: kinds[name] for name in names})

        def instead(element: Any, **_: Any) -> ColumnElement[Any] | None:
            return new.c.get(element.key) if isinstance(element, BindParameter) else None

        return cast("Update", replacement_traverse(cast("ExternallyTraversible", statement), {}, instead))
    new = _side_by_side({name: statement.table.c[name].type for name in names})
    return statement.from_select(list(names), select(*new.c))


def _side_by_side(kinds: Mapping[str, Any]) -> TableValuedAlias:
    lists = [bindparam(name, type_=ARRAY(kind, dimensions=1)) for name, kind in kinds.items()]
    return func.unnest(*lists).table_valued(*(column(name, kind) for name, kind in kinds.items())).render_derived()
