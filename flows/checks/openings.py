"""Modules that never open: because they wait for each other, or for a step that people may leave out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flows.checks.possible import Possible
from flows.parts.steps import Module, Step
from flows.playbook import Playbook
from flows.problems import Path

Only = dict[str, tuple[Any, ...]]


def check(playbook: Playbook, possible: Possible) -> Iterator[tuple[Path, str]]:
    """Modules that nobody ever opens, and modules that some would wait for in vain."""
    closed = _never_opened(playbook, possible)
    inside = {step.step: module for module in closed for step in module.steps}
    for place, module in enumerate(playbook.checklist):
        path = ("checklist", place, "opens_when")
        if module in closed:
            yield path, _locked(module, closed, possible)
        elif not module.optional and (skipped := _waits_for_skipped(playbook, module, possible)):
            advice = " and ".join(f"settled.{step}" for step in skipped)
            yield path, f"{' and '.join(skipped)} can be left out, and then “{module.module}” never opens; write {advice}"
        for position, step in enumerate(module.steps):
            if module not in closed and (waits := [name for name in step.needs if name in inside]):
                where = ("checklist", place, "steps", position, "needs")
                yield where, f"{step.step} needs {waits[0]}, which is inside “{inside[waits[0]].module}”, and that never opens"


def _never_opened(playbook: Playbook, possible: Possible) -> list[Module]:
    """Start with what is open at once, open what that allows, until nothing more opens."""
    closed = [module for module in playbook.checklist if module.opens_when is not None]
    while True:
        only = _undone(playbook, closed)
        still = [m for m in closed if m.opens_when is not None and possible.together(m.opens_when, only=only) is False]
        if len(still) == len(closed):
            return closed
        closed = still


def _undone(playbook: Playbook, closed: list[Module]) -> Only:
    """What conditions see while these modules are closed."""
    only: Only = {}
    locked = _behind(playbook, closed)
    for _, step in locked:
        only[f"done.{step.step}"] = (False,)
        only[f"settled.{step.step}"] = (False, True) if step.only_when else (False,)
    if any(_required(module, step) for module, step in locked):
        only["all_done"] = (False,)
    most = sum(1 for _ in playbook.steps()) - len(locked)
    only["steps_done"] = tuple(range(most + 1))
    return only


def _behind(playbook: Playbook, closed: list[Module]) -> list[tuple[Module, Step]]:
    """The steps inside these modules, and those that need one of them."""
    names = {step.step for module in closed for step in module.steps}
    while more := {step.step for _, step in playbook.steps() if step.step not in names and names & {*step.needs}}:
        names |= more
    return [(module, step) for module, step in playbook.steps() if step.step in names]


def _waits_for_skipped(playbook: Playbook, module: Module, possible: Possible) -> list[str]:
    """The steps a module asks to be done, that some never do or a colleague may call not needed, where nothing else would open it."""
    if module.opens_when is None:
        return []
    may_be_left = {step.step for other, step in playbook.steps() if not _everybodys(other, step)}
    asked = [step for step in sorted(may_be_left) if f"done.{step}" in possible.names(module.opens_when)]
    only: Mapping[str, tuple[Any, ...]] = {f"done.{step}": (False,) for step in asked}
    return asked if asked and possible.together(module.opens_when, only=only) is False else []


def _required(module: Module, step: Step) -> bool:
    return not (module.optional or step.optional or step.only_when)


def _everybodys(module: Module, step: Step) -> bool:
    """Whether it is sure to be done sometime. A step of ours is not: a colleague may say that it is not needed."""
    return step.owner == "customer" and (_required(module, step) or _somebodys(module, step))


def _somebodys(module: Module, step: Step) -> bool:
    """A step of account scope that not everybody has: whoever has it finishes it for all."""
    return step.scope == "account" and not (module.optional or step.optional)


def _locked(module: Module, closed: list[Module], possible: Possible) -> str:
    behind = {step.step: other for other in closed for step in other.steps}
    names = {name.rpartition(".")[2] for name in possible.names(module.opens_when or "")}
    waits = [step for step in sorted(names & behind.keys()) if behind[step] is not module]
    if not waits:
        return f"“{module.module}” can never open: this is never true before its own steps are done"
    inside = " and ".join(f"{step}, which is inside “{behind[step].module}”" for step in waits)
    return f"“{module.module}” can never open: it waits for {inside}, and that never opens before it"
