"""A checked condition as a Python function of its facts. No value's own attributes, methods or types are ever used."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import nodes

from flows.grammar import dotted
from flows.kinds import Kind

Values = Sequence[Any]
"""What the facts were when a condition was asked, in the order of its names."""
Ask = Callable[[Values], Any]

MISSING = object()
"""Stands for a fact that nobody gave."""

_ORDER = {"lt": operator.lt, "lteq": operator.le, "gt": operator.gt, "gteq": operator.ge}
_EQUAL: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "in": lambda one, many: one in many,
    "notin": lambda one, many: one not in many,
}


class OddFact(Exception):
    """A fact that is missing, or not of its declared kind: the condition cannot be asked."""


def evaluator(node: nodes.Node, order: Mapping[str, int], kinds: Mapping[str, Kind]) -> Ask:
    """A function of the facts' values for this part of the tree. `order` says which value belongs to which name."""
    if name := dotted(node):
        return _fact(name, order[name], kinds[name])
    parts = [evaluator(child, order, kinds) for child in node.iter_child_nodes() if not isinstance(child, nodes.Operand)]
    match node, parts:
        case nodes.Const(), _:
            return _constant(node.value)
        case nodes.And(), [left, right]:
            return lambda v: left(v) and right(v)
        case nodes.Or(), [left, right]:
            return lambda v: left(v) or right(v)
        case nodes.Not(), [part]:
            return lambda v: not part(v)
        case nodes.Add(), [left, right]:
            return lambda v: left(v) + right(v)
        case nodes.Sub(), [left, right]:
            return lambda v: left(v) - right(v)
        case nodes.Compare(), [first]:
            return _comparison(first, [(operand.op, evaluator(operand.expr, order, kinds)) for operand in node.ops])
        case nodes.List() | nodes.Tuple(), _ if all(isinstance(item, nodes.Const) for item in node.items):
            return _constant([item.value for item in node.items])  # type: ignore[attr-defined]
    return lambda v: [part(v) for part in parts]


def said(value: Any) -> str:
    """A fact's value in words for a person."""
    match value:
        case True | False | None:
            return str(value).lower()
        case "":
            return "empty"
        case str():
            return value
    return "not known" if value is MISSING else repr(value)


def _constant(value: Any) -> Ask:
    return lambda _: value


def _fact(name: str, place: int, kind: Kind) -> Ask:
    def read(values: Values) -> Any:
        value = values[place]
        if type(value) in kind.types:
            return value
        raise OddFact(f"{name} is not known" if value is MISSING else f"{name} is {said(value)}, not {kind.words}")

    return read


def _comparison(first: Ask, links: list[tuple[str, Ask]]) -> Ask:
    """One comparison, or a chain like 1 <= a <= 3, in which every link must hold."""
    (op, second), *more = links
    link = _ordering(_ORDER[op], first, second) if op in _ORDER else _equality(_EQUAL[op], first, second)
    if not more:
        return link
    rest = _comparison(second, more)
    return lambda v: link(v) and rest(v)


def _ordering(holds: Callable[[Any, Any], bool], left: Ask, right: Ask) -> Ask:
    """Any ordering against none is false: who did not answer is neither above nor below."""

    def compare(values: Values) -> bool:
        one, other = left(values), right(values)
        return one is not None and other is not None and holds(one, other)

    return compare


def _equality(holds: Callable[[Any, Any], bool], left: Ask, right: Ask) -> Ask:
    return lambda v: holds(left(v), right(v))
