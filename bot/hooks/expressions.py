"""Expressions over what a stranger sent: Jinja's grammar, narrowed, asked of any JSON. What is missing is none, never an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Annotated, Any

from jinja2 import nodes
from pydantic import BeforeValidator, Field, WithJsonSchema

from flows.grammar import ConditionError, tree_of
from flows.kinds import closest

ROOT = "body"
"""The one name there is: what was sent, or one item of it when it is a list."""

_REFUSED: dict[type[nodes.Node], str] = {
    nodes.Call: "nothing can be called here",
    nodes.Filter: "filters (a | b) have no place here; for one or the other write a or b",
    nodes.Test: "tests (a is b) have no place here; write a == b",
    nodes.CondExpr: "if and else have no place here; write a rule of its own under takes",
    nodes.Slice: "a part of a list is one item, like [0]",
}
_ALLOWED = "an expression is a path like body.deal.plan, a value, a comparison, and, or, not, or texts joined with ~"
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {"lt": lt, "lteq": le, "gt": gt, "gteq": ge}


def evaluate(source: str, body: Any) -> Any:
    """What an expression gives, asked of one item: plain JSON. Raises ConditionError for a text that is no expression."""
    return _value(read(source), body)


def holds(source: str, body: Any) -> bool:
    """Whether a condition is true of one item: false, none, 0 and everything empty are not."""
    return bool(evaluate(source, body))


@lru_cache(maxsize=4096)
def read(source: str) -> nodes.Expr:
    """The tree of an expression, with allowed parts only. Raises ConditionError."""
    tree = tree_of(source)
    try:
        _check(tree)
        _value(tree, None)
    except RecursionError:
        raise ConditionError("this is too deep to be asked") from None
    return tree


def _check(node: nodes.Node) -> None:
    match node:
        case nodes.Name(name=name):
            if name != ROOT:
                meant = closest(name, [ROOT])
                hint = "" if meant else f"; everything begins with {ROOT}., and a text stands in quotes, like \"'{name}'\""
                raise ConditionError(f"unknown name {name}{hint}", meant)
        case nodes.Getattr(node=owner):
            _check(owner)
        case nodes.Getitem(node=owner, arg=nodes.Const(value=key)) if isinstance(key, str) or (type(key) is int and key >= 0):
            _check(owner)
        case nodes.Getitem():
            raise ConditionError("in brackets stands the place of an item, like [0], or a name in quotes")
        case nodes.Const() | nodes.List() | nodes.Tuple() | nodes.Compare() | nodes.Operand() | nodes.Concat():
            _check_all(node)
        case nodes.And() | nodes.Or() | nodes.Not():
            _check_all(node)
        case _:
            raise ConditionError(_REFUSED.get(type(node), _ALLOWED))


def _check_all(node: nodes.Node) -> None:
    for child in node.iter_child_nodes():
        _check(child)


def _value(node: nodes.Node, body: Any) -> Any:
    match node:
        case nodes.Name():
            return body
        case nodes.Const(value=value):
            return value
        case nodes.Getattr(node=owner, attr=name):
            return _part(_value(owner, body), name)
        case nodes.Getitem(node=owner, arg=nodes.Const(value=key)):
            return _part(_value(owner, body), key)
        case nodes.Or(left=left, right=right):
            return _value(left, body) or _value(right, body)
        case nodes.And(left=left, right=right):
            return _value(left, body) and _value(right, body)
        case nodes.Not(node=inner):
            return not _value(inner, body)
        case nodes.Concat(nodes=parts):
            return _joined([text_of(_value(part, body)) for part in parts])
        case nodes.Compare(expr=first, ops=operands):
            return _compared(_value(first, body), operands, body)
        case nodes.List(items=items) | nodes.Tuple(items=items):
            return [_value(item, body) for item in items]
    raise AssertionError(f"{type(node).__name__} was let through")


def text_of(value: Any) -> str | None:
    """A text, or a number as one; None for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _joined(parts: list[str | None]) -> str | None:
    """Texts in a row; none when one of them is missing, so that no half of an id is one."""
    given = [part for part in parts if part is not None]
    return "".join(given) if len(given) == len(parts) else None


def _part(whole: Any, key: str | int) -> Any:
    if isinstance(whole, Mapping):
        return whole.get(str(key))
    if isinstance(whole, list) and isinstance(key, int) and key < len(whole):
        return whole[key]
    return None


def _compared(left: Any, operands: list[nodes.Operand], body: Any) -> bool:
    for operand in operands:
        right = _value(operand.expr, body)
        if not _fits(left, operand.op, right):
            return False
        left = right
    return True


def _fits(left: Any, op: str, right: Any) -> bool:
    match op:
        case "eq":
            return _same(left, right)
        case "ne":
            return not _same(left, right)
        case "in":
            return _within(left, right)
        case "notin":
            return not _within(left, right)
    return _is_number(left) and _is_number(right) and _ORDERS[op](left, right)


def _same(one: Any, other: Any) -> bool:
    """As JSON has it: true is not 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _within(one: Any, whole: Any) -> bool:
    if isinstance(whole, list):
        return any(_same(one, item) for item in whole)
    return isinstance(whole, str) and isinstance(one, str) and one in whole


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _written(value: Any) -> Any:
    """What stands in a file, as an expression; numbers and true and false stand for themselves."""
    source = str(value).lower() if isinstance(value, bool | int | float) else value
    if isinstance(source, str):
        read(source)
    return source


Expression = Annotated[
    str,
    BeforeValidator(_written),
    Field(description="A bare Jinja expression over what was sent, such as body.deal.plan or body.plan"),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
