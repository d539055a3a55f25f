"""Conditions: Jinja's grammar, a meaning narrowed by us. Compiled when a playbook loads, asked with plain facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flows.evaluation import MISSING, Ask, OddFact, Values, evaluator, said
from flows.grammar import ConditionError, names_in, parse
from flows.kinds import FLAG, NUMBER, Vocabulary, kind_of, told

__all__ = ["Answer", "ConditionError", "Expression", "compile_condition"]


class Answer:
    """Whether a condition holds, and why or why not, in words for a person (`steps_done >= 3: steps_done is 1`).

    The words are made when somebody reads them: far more is asked than read.
    """

    __slots__ = ("_because", "holds")

    def __init__(self, holds: bool, because: str | Callable[[], str] = "") -> None:
        self.holds = holds
        self._because = because

    @property
    def because(self) -> str:
        """The reason, with the facts as they were when it was asked."""
        return self._because if isinstance(self._because, str) else self._because()

    def __repr__(self) -> str:
        return f"Answer({self.holds}, {self.because!r})"


@dataclass(frozen=True, slots=True)
class Expression:
    """One compiled condition. `names` are the facts it asks for, such as days_idle and person.role."""

    source: str
    names: frozenset[str]
    _paths: tuple[tuple[str, str], ...] = field(repr=False)
    _holds: Ask = field(repr=False, compare=False)

    def ask(self, facts: Mapping[str, Any]) -> Answer:
        """Evaluate. Never raises: an error while running is a no with its reason."""
        values = self._read(facts)
        try:
            return Answer(self._holds(values), lambda: self._reason(values))
        except OddFact as odd:
            return Answer(False, f"could not be asked: {odd} (in {_on_one_line(self.source)})")

    def number(self, facts: Mapping[str, Any]) -> float:
        """What it comes to, for an expression that is a number; 0 when it cannot be asked. Never raises."""
        try:
            return float(self._holds(self._read(facts)))
        except (OddFact, OverflowError):
            return 0.0

    def _read(self, facts: Mapping[str, Any]) -> Values:
        try:
            return [facts[family][name] if family else facts[name] for family, name in self._paths]
        except KeyError:
            return [_read(facts, family, name) for family, name in self._paths]

    def _reason(self, values: Values) -> str:
        asked = _on_one_line(self.source)
        found = ", ".join(f"{_whole(path)} is {said(value)}" for path, value in zip(self._paths, values, strict=True))
        return f"{asked}: {found}" if found else asked


def compile_condition(source: str, words: Vocabulary, *, number: bool = False) -> Expression:
    """Parse a condition (or a `number`), check it against the words it may use, make it ready to be asked. Raises ConditionError."""
    tree = parse(source)
    kind = kind_of(tree, words)
    if number and kind.types != NUMBER.types:
        raise ConditionError(f"this is a number, such as 5 or account.employees + 10, and {told(tree, kind)}")
    if not number and kind.types != FLAG.types:
        raise ConditionError(f"a condition is true or false, and {told(tree, kind)}")
    names = names_in(tree)
    order = {name: place for place, name in enumerate(sorted(names))}
    paths = tuple((family, own) for family, _, own in (name.rpartition(".") for name in order))
    return Expression(source, names, paths, evaluator(tree, order, words.kinds))


def _read(facts: Mapping[str, Any], family: str, name: str) -> Any:
    try:
        return facts[family][name] if family else facts[name]
    except KeyError:
        return MISSING


def _whole(path: tuple[str, str]) -> str:
    return ".".join(filter(None, path))


def _on_one_line(source: str) -> str:
    return " ".join(source.split())
