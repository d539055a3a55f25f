"""A checked condition as a Python function of its facts. No value's own attributes, methods or types are ever used.

The tree that `flows.grammar` let through is written again as Python's own syntax tree and compiled: constants, facts by their names,
comparisons, and, or, not, +, -. Nothing else can come of it: names and constants are data in it, and it sees no builtins but `type`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import partial
from types import NoneType
from typing import Any

from jinja2 import nodes

from flows.grammar import ConditionError, dotted
from flows.kinds import Kind, Vocabulary, kind_of

Ask = Callable[[Mapping[str, Any]], Any]
"""A condition, or a number, of facts by family and name. It raises what CANNOT_BE_ASKED names."""

MISSING = object()
"""Stands for a fact that nobody gave."""

_ORDERS: dict[str, tuple[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    "lt": (ast.Lt, operator.lt),
    "lteq": (ast.LtE, operator.le),
    "gt": (ast.Gt, operator.gt),
    "gteq": (ast.GtE, operator.ge),
}
_EQUAL: dict[str, type[ast.cmpop]] = {"eq": ast.Eq, "ne": ast.NotEq, "in": ast.In, "notin": ast.NotIn}


class OddFact(Exception):
    """A fact that is missing, or not of its declared kind: the condition cannot be asked."""


CANNOT_BE_ASKED = (OddFact, KeyError)
"""What a condition's function raises: a fact was odd, or nobody gave it."""


def evaluator(tree: nodes.Node, words: Vocabulary) -> Ask:
    """A function of the facts for a tree whose kinds are checked. Raises ConditionError for one too deep to be compiled."""
    writer = _Writer(words)
    try:
        body = writer.written(tree)
        arguments = ast.arguments(posonlyargs=[], args=[ast.arg("facts")], kwonlyargs=[], kw_defaults=[], defaults=[])
        whole = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, body)))
        made: Ask = eval(compile(whole, "<condition>", "eval"), writer.given)
    except (RecursionError, MemoryError):
        raise ConditionError("this condition is too deep to be asked") from None
    return made


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


class _Writer:
    """Writes the parts of one condition. `given` is all that the compiled function sees besides its facts."""

    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        self.given: dict[str, Any] = {"__builtins__": {}, "type": type}

    def written(self, node: nodes.Node) -> ast.expr:
        """A part of the tree as Python's."""
        if name := dotted(node):
            return self._fact(name, self._words.kinds[name])
        parts = [self.written(child) for child in node.iter_child_nodes() if not isinstance(child, nodes.Operand)]
        match node, parts:
            case nodes.Const(), _:
                return ast.Constant(node.value)
            case nodes.And(), _:
                return ast.BoolOp(ast.And(), parts)
            case nodes.Or(), _:
                return ast.BoolOp(ast.Or(), parts)
            case nodes.Not(), [part]:
                return ast.UnaryOp(ast.Not(), part)
            case nodes.Add(), [left, right]:
                return ast.BinOp(left, ast.Add(), right)
            case nodes.Sub(), [left, right]:
                return ast.BinOp(left, ast.Sub(), right)
            case nodes.Compare(), _:
                return self._comparison(node)
        return ast.List(parts, ast.Load())

    def _fact(self, name: str, kind: Kind) -> ast.expr:
        """A fact when it is of its declared kind: `v if type(v := facts[family][own]) in kind else odd(v)`."""
        family, _, own = name.rpartition(".")
        read: ast.expr = ast.Name("facts", ast.Load())
        for key in (family, own) if family else (own,):
            read = ast.Subscript(read, ast.Constant(key), ast.Load())
        value = f"fact{len(self.given)}"
        asked = ast.Call(self._see(type, "type"), [ast.NamedExpr(ast.Name(value, ast.Store()), read)], [])
        fits = ast.Compare(asked, [ast.In()], [self._see(kind.types)])
        odd = ast.Call(self._see(partial(_odd, name, kind)), [ast.Name(value, ast.Load())], [])
        return ast.IfExp(fits, ast.Name(value, ast.Load()), odd)

    def _comparison(self, node: nodes.Compare) -> ast.expr:
        """One comparison, or a chain like 1 <= a <= 3, in which every link must hold."""
        left, before, links = self.written(node.expr), node.expr, []
        for operand in node.ops:
            right, known = self.written(operand.expr), f"side{len(self.given)}"
            links.append(self._link(operand.op, left, ast.NamedExpr(ast.Name(known, ast.Store()), right), (before, operand.expr)))
            left, before = ast.Name(known, ast.Load()), operand.expr
            self.given[known] = None  # its name is taken
        return links[0] if len(links) == 1 else ast.BoolOp(ast.And(), links)

    def _link(self, op: str, left: ast.expr, right: ast.expr, meant: tuple[nodes.Node, nodes.Node]) -> ast.expr:
        """Any ordering against none is false: who did not answer is neither above nor below."""
        if op not in _ORDERS:
            return ast.Compare(left, [_EQUAL[op]()], [right])
        written, holds = _ORDERS[op]
        if any(NoneType in kind_of(side, self._words).types for side in meant):
            return ast.Call(self._see(partial(_ordered, holds)), [left, right], [])
        return ast.Compare(left, [written()], [right])

    def _see(self, thing: Any, name: str = "") -> ast.expr:
        name = name or f"given{len(self.given)}"
        self.given[name] = thing
        return ast.Name(name, ast.Load())


def _odd(name: str, kind: Kind, value: Any) -> Any:
    raise OddFact(f"{name} is not known" if value is MISSING else f"{name} is {said(value)}, not {kind.words}")


def _ordered(holds: Callable[[Any, Any], bool], one: Any, other: Any) -> bool:
    return one is not None and other is not None and holds(one, other)
