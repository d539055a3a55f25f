"""Ids: one each, and a former id (`was`) that nothing else uses. What people did is remembered by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from flows.playbook import Playbook
from flows.problems import Path

NOUNS = {
    "sequence": "message",
    "triggers": "message",
    "nudges": "message",
    "series": "series",
    "recurring": "message",
    "invitations": "session",
    "surveys": "survey",
}
"""By what the rules of each part are known."""

Named = tuple[Path, str, str | None]
"""Where an id stands, the id, and the former one."""


def check(playbook: Playbook) -> Iterator[tuple[Path, str]]:
    """Every id that is used twice."""
    yield from _twice("module", [(("checklist", place, "module"), m.module, None) for place, m in enumerate(playbook.checklist)])
    yield from _twice("step", _steps(playbook))
    yield from _twice("criterion", [(("success", place, "criterion"), one.criterion, None) for place, one in enumerate(playbook.success)])
    yield from _twice("task", [(("tasks", place, "task"), one.task, one.was) for place, one in enumerate(playbook.tasks)])
    for part, noun in NOUNS.items():
        rules = enumerate(getattr(playbook, part))
        yield from _twice(noun, [((part, place, noun), getattr(rule, noun), rule.was) for place, rule in rules], f" in {part}")
    for place, series in enumerate(playbook.series):
        tips = enumerate(series.messages)
        named = [(("series", place, "messages", position, "message"), tip.message, tip.was) for position, tip in tips]
        yield from _twice("message", named, f" in {series.series}")
    yield from _twice("escalation", [(("escalations", p, "escalation"), e.escalation, None) for p, e in enumerate(playbook.escalations)])
    yield from _twice("experiment", [(("experiments", p, "experiment"), e.experiment, None) for p, e in enumerate(playbook.experiments)])


def _steps(playbook: Playbook) -> list[Named]:
    return [
        (("checklist", place, "steps", position, "step"), step.step, step.was)
        for place, module in enumerate(playbook.checklist)
        for position, step in enumerate(module.steps)
    ]


def _twice(noun: str, named: Sequence[Named], where: str = "") -> Iterator[tuple[Path, str]]:
    seen: set[str] = set()
    now = {name for _, name, _ in named}
    former = Counter(was for _, _, was in named if was)
    for path, name, was in named:
        if name in seen:
            yield path, f"{noun} {name} is there twice{where}; each {noun} has a name of its own"
        seen.add(name)
        if was in now:
            yield (*path[:-1], "was"), f"{was} is still the name of a {noun}; was: tells a name that is gone"
        elif was and former[was] > 1:
            yield (*path[:-1], "was"), f"{was} can have become only one {noun}"
