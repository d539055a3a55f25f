"""Can these conditions ever hold together? Answered by trying the values that make a difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise, product
from math import prod
from typing import Any

from jinja2 import nodes

from flows.expressions import Expression
from flows.grammar import names_in, parse
from flows.kinds import NUMBER, Kind
from flows.playbook import Playbook
from flows.vocabulary import facts_of

MOST = 20_000
"""Combinations worth trying; beyond that the answer is "unknown"."""


class Possible:
    """Tries conditions of one playbook on every combination of values that could matter."""

    def __init__(self, playbook: Playbook, expressions: Mapping[str, Expression]) -> None:
        self._playbook = playbook
        self._expressions = expressions
        self._kinds = facts_of(playbook)
        steps = len(list(playbook.steps()))
        self._most = {"days_in": playbook.ends.days + playbook.grace.days, "active_days": 7, "steps_done": steps, "steps_left": steps}
        self._most |= {name: 100 for name in self._kinds if name.startswith(("score.", "share"))}

    def names(self, condition: str) -> frozenset[str]:
        """The facts a condition asks for; none when it could not be compiled."""
        return self._expressions[condition].names if condition in self._expressions else frozenset()

    def together(self, *conditions: str, only: Mapping[str, tuple[Any, ...]] | None = None) -> bool | None:
        """Whether one person could make all of them true at one moment; None when that cannot be told.

        `only` narrows what single facts can be.
        """
        if any(condition not in self._expressions for condition in conditions):
            return None
        trees = [parse(condition) for condition in conditions]
        if any(_relates_facts(tree) for tree in trees):
            return None
        choices = self._choices(conditions, trees, only or {})
        if prod(map(len, choices.values())) > MOST:
            return None
        return any(self._all_hold(conditions, facts) for facts in _combinations(choices))

    def _all_hold(self, conditions: Iterable[str], facts: Mapping[str, Any]) -> bool:
        done, settled = facts.get("done", {}), facts.get("settled", {})
        if any(done[step] and not settled[step] for step in done.keys() & settled.keys()):
            return False
        if "goal_met" in facts and not self._goal_fits(facts):
            return False
        return all(self._ask(condition, facts) for condition in conditions)

    def _ask(self, condition: str, facts: Mapping[str, Any]) -> bool:
        return self._expressions[condition].ask(facts).holds

    def _goal_fits(self, facts: Mapping[str, Any]) -> bool:
        """A goal of steps is met when its condition holds. Any other goal, once met, stays met, whatever its facts are now."""
        goal = self._playbook.goal[0].when
        names = self.names(goal)
        if len(self._playbook.goal) > 1:  # whose goal it is, nobody can tell here
            return True
        if goal not in self._expressions or not all(_is_in(name, facts) for name in names):
            return True
        of_steps = all(name.startswith(("done.", "settled.")) for name in names)
        return facts["goal_met"] == self._ask(goal, facts) if of_steps else facts["goal_met"] or not self._ask(goal, facts)

    def _choices(
        self, conditions: Iterable[str], trees: Iterable[nodes.Expr], only: Mapping[str, tuple[Any, ...]]
    ) -> dict[str, tuple[Any, ...]]:
        names = frozenset().union(*(self.names(condition) for condition in conditions))
        if "goal_met" in names and len(self._playbook.goal) == 1:
            names |= self.names(self._playbook.goal[0].when)
        constants = [const.value for tree in trees for const in tree.find_all(nodes.Const)]
        return {name: only.get(name) or self._values(name, self._kinds[name], constants) for name in sorted(names)}

    def _values(self, name: str, kind: Kind, constants: Iterable[Any]) -> tuple[Any, ...]:
        if bool in kind.types:
            return (False, True)
        if kind.choices:
            return (*kind.choices, *([None] if type(None) in kind.types else []))
        same = [value for value in constants if type(value) in kind.types]
        if not kind.types & NUMBER.types:
            return tuple(dict.fromkeys(["", *same, " ".join(same)]))
        near = sorted({0, *(value + step for value in same for step in (-1, 0, 1))})
        if name.startswith(("person.", "account.")):
            near += [(low + high) / 2 for low, high in pairwise(near)]
        none = (None,) if type(None) in kind.types else ()
        return (*none, *(value for value in near if name not in self._most or 0 <= value <= self._most[name]))


def _relates_facts(tree: nodes.Expr) -> bool:
    """Whether facts are compared with each other, or added up: trying single values tells nothing then."""
    compares = [tree] if isinstance(tree, nodes.Compare) else tree.find_all(nodes.Compare)
    return any(len(names_in(compare)) > 1 or compare.find(nodes.Add) or compare.find(nodes.Sub) for compare in compares)


def _combinations(choices: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    for values in product(*choices.values()):
        facts: dict[str, Any] = {}
        for name, value in zip(choices, values, strict=True):
            family, _, own = name.rpartition(".")
            (facts.setdefault(family, {}) if family else facts)[own] = value
        yield facts


def _is_in(name: str, facts: Mapping[str, Any]) -> bool:
    family, _, own = name.rpartition(".")
    return own in (facts.get(family, {}) if family else facts)
