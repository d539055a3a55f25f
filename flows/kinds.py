"""What kind of value every part of a condition is, so that nonsense is refused when a playbook loads."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any

from jinja2 import nodes

from flows.grammar import ConditionError, dotted


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: in words, by its Python types, and by its `choices` where only these can be."""

    words: str
    types: frozenset[type]
    choices: tuple[Any, ...] = ()

    @property
    def orderable(self) -> bool:
        """Whether < and > mean something: numbers, and answers that are numbers once given."""
        return bool(self.types & _NUMERIC) and self.types <= _NUMERIC | {NoneType}


_NUMERIC = frozenset({int, float})
FLAG = Kind("true or false", frozenset({bool}))
NUMBER = Kind("a number", _NUMERIC)
TEXT = Kind("a text", frozenset({str}))
NONE = Kind("none", frozenset({NoneType}))
LIST = Kind("a list", frozenset())
DAYS_OR_NONE = Kind("a number of days, or none", _NUMERIC | {NoneType})
"""How long ago something was: none before it ever happened."""
_ORDERS = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}


def kind_of_value(value: Any) -> Kind | None:
    """The kind of a plain value, None for anything else (a list, a mapping)."""
    return next((kind for kind in (FLAG, NUMBER, TEXT, NONE) if type(value) in kind.types), None)


def one_of(choices: Iterable[Any], *, or_none: bool = False) -> Kind:
    """The kind of a fact that has only these values; with `or_none`, or none at all."""
    given = tuple(choices)
    types = {kind for choice in given for kind in (_NUMERIC if type(choice) in _NUMERIC else {type(choice)})}
    return Kind("one of " + (", ".join(map(str, given)) or "nothing"), frozenset(types | {NoneType} if or_none else types), given)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names a condition may use in one place (name → kind), and those that exist but not here (name → why). `noun`: what they are."""

    kinds: Mapping[str, Kind]
    not_here: Mapping[str, str]
    noun: str = "name"

    def look_up(self, name: str) -> Kind:
        """The kind of a name. Raises ConditionError with the name that was probably meant."""
        if name in self.not_here:
            raise ConditionError(f"{name} cannot be asked here: {self.not_here[name]}")
        if name in self.kinds:
            return self.kinds[name]
        family, _, _ = name.partition(".")
        own = sorted(known for known in self.kinds if known.startswith(f"{family}."))
        if family == name and own:
            raise ConditionError(f"{name} is a family of facts; write for example {own[0]}")
        noun = _NOUNS.get(family, self.noun) if own or family in _NOUNS else self.noun
        raise ConditionError(f"unknown {noun} {name}", closest(name, self.kinds))


_NOUNS = {
    "person": "trait", "account": "trait", "segment": "segment", "done": "step",
    "settled": "step", "answers": "survey", "waiting": "survey", "criteria": "criterion", "score": "score", "share": "step",
}  # fmt: skip


def closest(word: str, known: Collection[str]) -> str:
    """The known word that was probably meant, or empty. `employees` finds `account.employees`; day3 is never meant by day7."""
    known = [name for name in known if _letters(name) != _letters(word)]
    if found := difflib.get_close_matches(word, known, n=1, cutoff=0.75):
        return found[0]
    tails = {name.rpartition(".")[2]: name for name in sorted(known, reverse=True)}
    found = difflib.get_close_matches(word.rpartition(".")[2], tails, n=1, cutoff=0.75)
    return tails[found[0]] if found else ""


def _letters(word: str) -> str:
    return re.sub(r"\d", "", word)


def kind_of(node: nodes.Node, words: Vocabulary) -> Kind:
    """The kind of a part of a condition. Raises ConditionError where parts do not fit together."""
    if name := dotted(node):
        return words.look_up(name)
    match node:
        case nodes.Const():
            return kind_of_value(node.value) or NONE
        case nodes.And() | nodes.Or():
            _want(FLAG, node.left, words, "and and or join questions")
            _want(FLAG, node.right, words, "and and or join questions")
            return FLAG
        case nodes.Not():
            _want(FLAG, node.node, words, "not turns a question")
            return FLAG
        case nodes.Add() | nodes.Sub():
            _want(NUMBER, node.left, words, "only numbers are added and subtracted")
            _want(NUMBER, node.right, words, "only numbers are added and subtracted")
            return NUMBER
        case nodes.Compare():
            left = node.expr
            for operand in node.ops:
                _compare(left, operand, words)
                left = operand.expr
            return FLAG
    return LIST


def told(node: nodes.Node, kind: Kind) -> str:
    """A part of a condition in words: `person.role is a text`."""
    name = dotted(node)
    if name:
        return f"{name} is {kind.words}"
    return f"{node.value!r} is {kind.words}" if isinstance(node, nodes.Const) else f"the other side is {kind.words}"


def _want(kind: Kind, node: nodes.Node, words: Vocabulary, why: str) -> None:
    found = kind_of(node, words)
    if not found.types or not found.types <= kind.types:
        raise ConditionError(f"{why}, and {told(node, found)}")


def _compare(left: nodes.Node, operand: nodes.Operand, words: Vocabulary) -> None:
    right = operand.expr
    if operand.op in ("in", "notin"):
        _look_in(left, right, words)
    elif operand.op in _ORDERS:
        for side in (left, right):
            kind = kind_of(side, words)
            if not kind.orderable:
                raise ConditionError(f"only numbers have an order ({_ORDERS[operand.op]}), and {told(side, kind)}")
    else:
        _fit(left, right, words)


def _look_in(left: nodes.Node, right: nodes.Node, words: Vocabulary) -> None:
    if isinstance(right, nodes.List | nodes.Tuple):
        if not right.items:
            raise ConditionError("nothing is in an empty list")
        for item in right.items:
            _fit(left, item, words)
        return
    kind = kind_of(right, words)
    if isinstance(right, nodes.Const):
        raise ConditionError(f"a list stands after in; write in [{right.value!r}]")
    for side in (left, right):
        if kind_of(side, words).types != TEXT.types:
            raise ConditionError(f"in looks into a list or a text, and {told(side, kind_of(side, words))} ({told(right, kind)})")


def _fit(left: nodes.Node, right: nodes.Node, words: Vocabulary) -> None:
    """Refuse to compare what can never be equal: a text with a number, a segment with a name it does not have."""
    one, other = kind_of(left, words), kind_of(right, words)
    if NONE in (one, other) and one != other and not one.types & other.types:
        side, kind = (left, one) if other == NONE else (right, other)
        raise ConditionError(f"{told(side, kind)}, never none")
    if not one.types & other.types:
        raise ConditionError(f"{told(left, one)}, and {told(right, other)}: they are never equal")
    for kind, side, const in ((one, left, right), (other, right, left)):
        if kind.choices and isinstance(const, nodes.Const) and const.value is not None and const.value not in kind.choices:
            meant = closest(str(const.value), [str(choice) for choice in kind.choices])
            raise ConditionError(f"{told(side, kind)}, never {const.value!r}", repr(meant) if meant else "")
