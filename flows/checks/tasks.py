"""Tasks that nobody could do: names twice, traits nobody declared, rounds that come too often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from flows.checks.names import unknown
from flows.durations import Length
from flows.facts import reads
from flows.parts.tasks import Meeting, Question
from flows.playbook import Playbook
from flows.problems import Path

Find = tuple[Path, str]

Ours = tuple[Path, str, str, Meeting | None, Mapping[str, Question], str | None]
"""Something our people do: its place, the key of its name, the name, and what it says and asks."""

MOST_OPTIONS, MOST_OPTION = 100, 75
KINDS = {bool: "yes or no", int: "number", float: "number"}


def check(playbook: Playbook) -> Iterator[Find]:
    """Everything about tasks and steps of ours, besides their conditions and messages."""
    yield from _names(playbook)
    for place, task in enumerate(playbook.tasks):
        if task.every and _too_often(task.every):
            yield ("tasks", place, "every"), f"every: {task.every} is too often for people; the shortest is 1 working day"
        if task.every and task.when is None:
            yield ("tasks", place, "every"), f"{task.task} would come for ever; say with `when` how long it is needed"
    for path, _, name, _, form, _ in ours(playbook):
        for trait, question in form.items():
            yield from (((*path, "form", trait, "options"), said) for said in _options(playbook, trait, question))
            if trait not in playbook.traits.account:
                said = unknown("trait", trait, list(playbook.traits.account))
                yield (*path, "form", trait), f"{said}; the form of {name} tells it of the account: declare it under traits.account"
    yield from _owners(playbook)


def _options(playbook: Playbook, trait: str, question: Question) -> Iterator[str]:
    options, guess = question.options, playbook.traits.account.get(trait, "")
    if len(options) == 1 or len({str(one).lower() for one in options}) < len(options):
        yield f"{trait} needs at least two different options to choose from"
    if wrong := next((one for one in options if not reads(one, guess)), None):
        yield f"{wrong} is no {KINDS[type(guess)]}, as {trait} is under traits.account"
    if wrong := next((one for one in options if len(str(one)) > MOST_OPTION), None):
        yield f"{str(wrong)[:20]}… is too long: Slack shows {MOST_OPTION} characters of an option"
    if len(options) > MOST_OPTIONS:
        yield f"{trait} has {len(options)} options; Slack shows {MOST_OPTIONS}"


def _owners(playbook: Playbook) -> Iterator[Find]:
    for place, module in enumerate(playbook.checklist):
        for position, step in enumerate(module.steps):
            path = ("checklist", place, "steps", position)
            if step.owner != "customer" and step.asks:
                yield (*path, "asks"), f"{step.step} is ours: the customer is asked nothing by it"
            for key in ("meeting", "form", "says"):
                if step.owner == "customer" and getattr(step, key):
                    yield (*path, key), f"`{key}` is for steps of ours: say owner: csm"


def missing_messages(playbook: Playbook, messages: Collection[str]) -> Iterator[Find]:
    """Messages that tasks name and no file provides."""
    for path, _, _, meeting, _, says in ours(playbook):
        named: list[tuple[Path, str]] = [(("says",), says)] if says else []
        named += [(("meeting", "agenda"), meeting.agenda), (("meeting", "invitation"), meeting.invitation)] if meeting else []
        for key, message in named:
            if message not in messages:
                yield (*path, *key), f"{unknown('message', message, messages)} (no file templates/messages/{message}.md)"


def ours(playbook: Playbook) -> Iterator[Ours]:
    """Every task, and every step that is ours."""
    for place, module in enumerate(playbook.checklist):
        for position, step in enumerate(module.steps):
            if step.owner != "customer":
                yield ("checklist", place, "steps", position), "step", step.step, step.meeting, step.form, step.says
    for place, task in enumerate(playbook.tasks):
        yield ("tasks", place), "task", task.task, task.meeting, task.form, task.says


def _names(playbook: Playbook) -> Iterator[Find]:
    steps = {step.step for _, step in playbook.steps()}
    seen: Counter[str] = Counter()
    former = Counter(task.was for task in playbook.tasks if task.was)
    now = {task.task for task in playbook.tasks}
    for place, task in enumerate(playbook.tasks):
        if seen[task.task]:
            yield ("tasks", place, "task"), f"task {task.task} is there twice; each task has a name of its own"
        elif task.task in steps:
            yield ("tasks", place, "task"), f"{task.task} is the name of a step already; give the task another"
        seen[task.task] += 1
        if task.was in now:
            yield ("tasks", place, "was"), f"{task.was} is still the name of a task; was: tells a name that is gone"
        elif task.was and former[task.was] > 1:
            yield ("tasks", place, "was"), f"{task.was} can have become only one task"


def _too_often(every: Length) -> bool:
    return every.amount < 1 or every.unit in ("minutes", "hours", "working hours")
