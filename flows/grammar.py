"""The grammar of conditions: what Jinja can parse, minus everything that is not a comparison of facts."""

from __future__ import annotations

import re

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.parser import Parser

LONGEST = 1000
"""Characters a condition may have; longer ones are nobody's to read aloud."""

_GRAMMAR = Environment(autoescape=False)
_ALLOWED = (nodes.Const, nodes.List, nodes.Tuple, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub)
_REFUSED: dict[type[nodes.Node], str] = {
    nodes.Call: "nothing can be called in a condition",
    nodes.Filter: "filters (a | b) have no place in a condition; for one or the other write a or b",
    nodes.Test: "tests (a is b) have no place in a condition; write a == b",
    nodes.CondExpr: "a condition is one question; write and, or and not instead of if and else",
    nodes.Getitem: "brackets after a name have no place in a condition; write a.b",
    nodes.Neg: "a minus sign stands between two numbers; write 0 - 1",
    nodes.Dict: "a condition is written without braces",
}
_HINTS = (
    (re.compile(r"[{}]"), "a condition is written without braces"),
    (re.compile(r"(?<![=!<>])=(?!=)"), "to compare write =="),
    (re.compile(r"&"), "write and"),
    (re.compile(r"\|\|"), "write or"),
    (re.compile(r"!(?!=)"), "write not"),
    (re.compile(r"\b(AND|OR|NOT|IN)\b"), "write and, or, not and in with small letters"),
)


class ConditionError(ValueError):
    """A condition that is refused, in words. `suggestion` is the name that was probably meant, or empty."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(f"{message}, did you mean {suggestion}?" if suggestion else message)
        self.message = message
        self.suggestion = suggestion


def parse(source: str) -> nodes.Expr:
    """The tree of a condition that holds allowed parts only. Raises ConditionError."""
    tree = tree_of(source)
    _refuse_the_rest(tree)
    return tree


def tree_of(source: str) -> nodes.Expr:
    """The tree of anything that Jinja can parse. Raises ConditionError."""
    if len(source) > LONGEST:
        raise ConditionError(f"a condition of {len(source)} characters is too long; {LONGEST} is the most")
    if not source.strip():
        raise ConditionError("the condition is empty")
    try:
        parser = Parser(_GRAMMAR, source, state="variable")
        tree = parser.parse_expression()
    except TemplateSyntaxError as error:
        raise ConditionError(_hint(source) or f"{_short(source)} is no condition: {error.message}") from None
    except (RecursionError, ValueError):
        raise ConditionError(f"{_short(source)} is too deep or too big to be asked") from None
    if not parser.stream.eos:
        raise ConditionError(_hint(source) or _leftover(parser.stream.current.value))
    return tree


def dotted(node: nodes.Node) -> str | None:
    """`person.role` for a name with its parts, None for anything else."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr) and (owner := dotted(node.node)):
        return f"{owner}.{node.attr}"
    return None


def names_in(tree: nodes.Expr) -> frozenset[str]:
    """Every fact the condition asks for."""
    if name := dotted(tree):
        return frozenset([name])
    return frozenset().union(*(names_in(child) for child in tree.iter_child_nodes()))  # type: ignore[arg-type]


def _refuse_the_rest(node: nodes.Node) -> None:
    if dotted(node):
        return
    if not isinstance(node, _ALLOWED):
        said = _REFUSED.get(type(node), "a condition compares facts with <, <=, ==, !=, >=, > and in, and may add and subtract numbers")
        raise ConditionError(said)
    for child in node.iter_child_nodes():
        _refuse_the_rest(child)


def _hint(source: str) -> str:
    """What people used to other languages mean; texts in quotes are not looked at."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", source)
    return next((f"{_short(source)} is no condition: {said}" for form, said in _HINTS if form.search(bare)), "")


def _leftover(token: str) -> str:
    if token == ",":
        return "a comma stands only in a list, like in ['a', 'b']"
    return f"something is missing before {token!r}, perhaps and, or, ==, or quotes around a text"


def _short(source: str) -> str:
    words = " ".join(source.split())
    return repr(words if len(words) <= 60 else f"{words[:57]}…")
