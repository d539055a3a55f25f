"""A playbook's texts in another language, from smb.de.yaml beside smb.yaml: checked against the playbook, then laid over it.

Ids never change, so what is stored about people stays as it is, whatever language they read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError

from flows.checks.names import unknown
from flows.document import read_document
from flows.notation import Name, Part
from flows.parts.people import Intake
from flows.parts.steps import Module, Step
from flows.playbook import Playbook
from flows.problems import Path, Problem, Source
from flows.refusals import in_words, refused


class StepTexts(Part):
    """What people read of a step."""

    title: str = ""
    why: str = ""
    outcome: str = ""


class ModuleTexts(Part):
    """What people read of a module, under the name that the playbook gives it."""

    title: str = ""
    objective: str = ""
    locked: str = ""


class QuestionTexts(Part):
    """What people read of a question about them; `options` by the trait's value."""

    text: str = ""
    options: Mapping[str, str] = Field(default_factory=dict)


class Translation(Part):
    """The texts of one playbook in one language. What it leaves out is said as written.

    Of several goals each is named as written, with its words here; one alone may be its words.
    """

    playbook: Name
    title: str = ""
    goal: str | Mapping[str, str] = ""
    success: Mapping[str, str] = Field(default_factory=dict)
    modules: Mapping[str, ModuleTexts] = Field(default_factory=dict)
    steps: Mapping[str, StepTexts] = Field(default_factory=dict)
    intake: Mapping[str, QuestionTexts] = Field(default_factory=dict)
    summary: Mapping[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Translated:
    """One file as it was read: its texts, None when it cannot be used, and all that is wrong with its form."""

    texts: Translation | None
    source: Source
    problems: tuple[Problem, ...]


def read_translation(text: str, file: str) -> Translated:
    """Read one file of texts. `file` is what problems call it."""
    document = read_document(text, file)
    if document.data is None or document.problems:
        return Translated(None, document.source, document.problems)
    try:
        return Translated(Translation.model_validate(document.data), document.source, ())
    except ValidationError as error:
        return Translated(None, document.source, tuple(in_words(refused(error, Translation), document.source, Translation)))


def check_translation(translated: Translated, playbook: Playbook) -> list[Problem]:
    """Whatever a translation names and the playbook has not, with its line. What is missing is no problem."""
    return [translated.source.problem(path, said) for path, said in _unknown(translated.texts, playbook)] if translated.texts else []


def _unknown(texts: Translation, playbook: Playbook) -> Iterator[tuple[Path, str]]:
    asked = {question.ask: question.options for question in playbook.intake}
    yield from _not_in("steps", "step", texts.steps, [step.step for _, step in playbook.steps()])
    yield from _not_in("modules", "module", texts.modules, [module.module for module in playbook.checklist])
    yield from _not_in("intake", "question", texts.intake, asked)
    yield from _not_in("summary", "event", texts.summary, playbook.summary)
    yield from _not_in("success", "criterion", texts.success, [one.criterion for one in playbook.success])
    yield from _not_in("goal", "goal", _goals(playbook, texts), [goal.name for goal in playbook.goal])
    if isinstance(texts.goal, str) and texts.goal and len(playbook.goal) > 1:
        yield ("goal",), "there are several goals; name each as written, with its words"
    for name, question in texts.intake.items():
        for value in question.options:
            if name in asked and value not in asked[name]:
                yield ("intake", name, "options", value), unknown("option", value, asked[name])


def _not_in(part: str, kind: str, named: Collection[str], known: Collection[str]) -> Iterator[tuple[Path, str]]:
    for name in named:
        if name not in known:
            yield (part, name), unknown(kind, name, known)


def in_that_language(playbook: Playbook, texts: Translation) -> Playbook:
    """The same playbook, ids and rules and all, with the texts of one language where it has them."""
    return playbook.model_copy(
        update={
            "title": texts.title or playbook.title,
            "goal": tuple(goal.model_copy(update=_said(name=_goals(playbook, texts).get(goal.name, ""))) for goal in playbook.goal),
            "success": tuple(one.model_copy(update=_said(title=texts.success.get(one.criterion, ""))) for one in playbook.success),
            "checklist": tuple(_module(module, texts) for module in playbook.checklist),
            "intake": tuple(_question(question, texts.intake.get(question.ask)) for question in playbook.intake),
            "summary": {event: texts.summary.get(event) or text for event, text in playbook.summary.items()},
        }
    )


def _goals(playbook: Playbook, texts: Translation) -> Mapping[str, str]:
    """The words for each goal, by how it is named as written."""
    return {playbook.goal[0].name: texts.goal} if isinstance(texts.goal, str) else texts.goal


def _module(module: Module, texts: Translation) -> Module:
    said = texts.modules.get(module.module, ModuleTexts())
    steps = tuple(_step(step, texts.steps.get(step.step, StepTexts())) for step in module.steps)
    return module.called(said.title).model_copy(update={**_said(objective=said.objective, locked=said.locked), "steps": steps})


def _step(step: Step, said: StepTexts) -> Step:
    return step.model_copy(update=_said(title=said.title, why=said.why, outcome=said.outcome))


def _question(question: Intake, said: QuestionTexts | None) -> Intake:
    if said is None:
        return question
    options = {value: said.options.get(value) or text for value, text in question.options.items()}
    return question.model_copy(update={**_said(text=said.text), "options": options})


def _said(**texts: str) -> dict[str, Any]:
    """Only what was said."""
    return {name: text for name, text in texts.items() if text}
