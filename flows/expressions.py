"""Conditions: Jinja's grammar, a meaning narrowed by us. Compiled when a playbook loads, asked with plain facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flows.evaluation import CANNOT_BE_ASKED, MISSING, Ask, OddFact, evaluator, said
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
    """One compiled condition. `names` are the facts it asks for, such as days_idle and person.role; `asked` is the function it became."""

    source: str
    names: frozenset[str]
    asked: Ask = field(repr=False, compare=False)
    _paths: tuple[tuple[str, str, str], ...] = field(repr=False, compare=False)

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it holds, for who needs no reason. Never raises: an error while running is a no."""
        try:
            return bool(self.asked(facts))
        except CANNOT_BE_ASKED:
            return False

    def ask(self, facts: Mapping[str, Any]) -> Answer:
        """Evaluate. Never raises: an error while running is a no with its reason.

        A plain dict may change before the reason is read, so its facts are noted; other facts are of one moment for good.
        """
        try:
            holds = bool(self.asked(facts))
        except CANNOT_BE_ASKED:
            return Answer(False, self._odd(facts))
        return Answer(holds, partial(self._reason, self._noted(facts) if type(facts) is dict else facts))

    def number(self, facts: Mapping[str, Any]) -> float:
        """What it comes to, for an expression that is a number; 0 when it cannot be asked. Never raises."""
        try:
            return float(self.asked(facts))
        except (*CANNOT_BE_ASKED, OverflowError):
            return 0.0

    def _odd(self, facts: Mapping[str, Any]) -> str:
        """Why it cannot be asked: asked again, with a mark in the place of every fact that nobody gave."""
        try:
            self.asked(self._noted(facts))
        except OddFact as odd:
            return f"could not be asked: {odd} (in {_on_one_line(self.source)})"
        return f"could not be asked: {_on_one_line(self.source)}"

    def _noted(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts it asks for as they are now, by family and name."""
        noted: dict[str, Any] = {}
        for _, family, name in self._paths:
            place = noted.setdefault(family, {}) if family else noted
            place[name] = _read(facts, family, name)
        return noted

    def _reason(self, facts: Mapping[str, Any]) -> str:
        asked = _on_one_line(self.source)
        found = ", ".join([f"{whole} is {said(_read(facts, family, name))}" for whole, family, name in self._paths])
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
    paths = tuple((whole, *whole.rpartition(".")[::2]) for whole in sorted(names))
    return Expression(source, names, evaluator(tree, words), paths)


def _read(facts: Mapping[str, Any], family: str, name: str) -> Any:
    try:
        return facts[family][name] if family else facts[name]
    except KeyError:
        return MISSING


def _on_one_line(source: str) -> str:
    return " ".join(source.split())
