"""The way through the checklist: what a step needs, who does it, by when; whose goal it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows.checks.names import unknown
from flows.durations import Length
from flows.parts.steps import Step
from flows.playbook import Playbook
from flows.problems import Path

Find = tuple[Path, str]


def check(playbook: Playbook) -> Iterator[Find]:
    """Everything about needs, days, whose step it is, and goals nobody has."""
    steps = {step.step: step for _, step in playbook.steps()}
    circles = _circles(steps)
    for place, module in enumerate(playbook.checklist):
        for position, step in enumerate(module.steps):
            path: Path = ("checklist", place, "steps", position)
            yield from _needs(step, steps, circles, path)
            yield from _ours(step, path)
            for key in ("due", "expect_within"):
                if step.owner == "customer" and (length := getattr(step, key)) is not None:
                    yield from _days(length, (*path, key))
    for place, goal in enumerate(playbook.goal[:-1]):
        if goal.among is None:
            yield ("goal", place + 1), f"nobody gets here: {goal.name} above is everybody's goal"
            break


def _needs(step: Step, steps: Mapping[str, Step], circles: Mapping[str, str], path: Path) -> Iterator[Find]:
    for place, name in enumerate(step.needs):
        if name not in steps:
            yield (*path, "needs", place), unknown("step", name, steps)
    if step.step in circles:
        yield (*path, "needs"), circles[step.step]


def _circles(steps: Mapping[str, Step]) -> dict[str, str]:
    """The steps that come before themselves, each with the way round in words."""
    found: dict[str, str] = {}
    for name in steps:
        if way := _way_back(name, name, steps, ()):
            found[name] = f"{name} can never be done: it needs {', which needs '.join(way)}"
    return found


def _way_back(name: str, target: str, steps: Mapping[str, Step], seen: tuple[str, ...]) -> tuple[str, ...]:
    for before in steps[name].needs if name in steps else ():
        if before == target:
            return (*seen, before)
        if before not in seen and (way := _way_back(before, target, steps, (*seen, before))):
            return way
    return ()


def _ours(step: Step, path: Path) -> Iterator[Find]:
    ours = step.owner != "customer"
    if step.by == "human" and step.by_events:
        yield (*path, "by"), "by: human says that no event finishes it, and done_by names one; take one of them away"
    if step.by == "human" and step.done_when is not None:
        yield (*path, "by"), "by: human says that only a person finishes it; take `done_when` away, or `by`"
    if ours and (step.by_word or step.asks):
        yield (*path, "done_by" if step.by_word else "asks"), f"the {step.owner} does this, so the customer's word does not finish it"
    for key in ("meeting", "form", "says"):
        if getattr(step, key) and not ours:
            yield (*path, key), f"`{key}` is for steps of ours; say whose it is, such as owner: csm"


def _days(length: Length, path: Path) -> Iterator[Find]:
    if length.unit not in ("days", "weeks") or not length.days:
        yield path, f"`{path[-1]}` counts days of the calendar: write 7 days, not {length}"
