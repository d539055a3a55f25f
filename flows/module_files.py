"""Modules that several playbooks use, one file each, with their texts in other languages beside them. Opens files, as `reading` does."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from flows.checks.names import unknown
from flows.document import read_document
from flows.inputs import Inputs, asked_for, filled, stray_braces
from flows.kinds import kind_of_value
from flows.languages import translated_to
from flows.notation import Guess, Name, TraitName
from flows.parts.steps import Module
from flows.problems import Problem, Source
from flows.refusals import in_words, refused
from flows.translations import ModuleTexts, StepTexts


class WrittenModule(Module):
    """A module in a file of its own. `inputs` are what a playbook may say otherwise, each with what it is until then."""

    inputs: Mapping[TraitName, Guess] = Field(default_factory=dict)


class WrittenTexts(ModuleTexts):
    """What people read of such a module in another language, from modules/<file>.<language>.yaml."""

    use: Name
    steps: Mapping[str, StepTexts] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """One file as it was read. `data` is what it says besides its inputs; nobody uses one with `problems`."""

    name: str
    text: str
    data: Mapping[str, Any]
    inputs: Inputs
    source: Source
    problems: tuple[Problem, ...] = ()
    texts: Mapping[str, dict[str, Any]] = field(default_factory=dict)


def read_modules(folders: Sequence[Path]) -> dict[str, ModuleFile]:
    """The modules of these folders by the names of their files; a later folder's replaces an earlier one of its name, texts and all."""
    found: dict[str, ModuleFile] = {}
    for folder in folders:
        paths = sorted((*folder.glob("[!.]*.yaml"), *folder.glob("[!.]*.yml")))
        found |= {path.stem: _read(path) for path in paths if not translated_to(path.name)}
        for path in paths:
            if language := translated_to(path.name):
                name = path.name.partition(".")[0]
                found[name] = _with_texts(found.get(name), name, language, path)
    return found


def read_module(text: str, file: str, name: str) -> ModuleFile:
    """Read one module. `file` is what problems call it."""
    document = read_document(text, file)
    data = dict(document.data or {})
    inputs = data.pop("inputs", {})
    known = inputs if isinstance(inputs, dict) else {}
    module = ModuleFile(name, text, data, known, document.source, document.problems)
    if document.data is None:
        return module
    problems = [document.source.problem(path, message) for path, message in _wrong(data, known)]
    try:
        WrittenModule.model_validate({**filled(data, known), "inputs": inputs})
    except ValidationError as error:
        problems += in_words(refused(error, WrittenModule), document.source, WrittenModule)
    told = {problem.where for problem in document.problems}
    return replace(module, problems=(*document.problems, *sorted({one for one in problems if one.where not in told})))


def _wrong(data: Mapping[str, Any], inputs: Inputs) -> Iterator[tuple[tuple[str | int, ...], str]]:
    used = set()
    for path, name in asked_for(data):
        used.add(name)
        if name not in inputs:
            yield path, unknown("input", name, inputs)
    for path in stray_braces(data):
        yield path, "only an input stands in braces here, such as {{ app }}"
    for name, value in inputs.items():
        if name not in used:
            yield ("inputs", name), f"nothing in this module uses {name}"
        if kind_of_value(value) is None:
            yield ("inputs", name), f"the input {name} should be a text, a number, or true or false"
    if "use" in data:
        yield ("use",), "a module in a file of its own uses no other; list both in the playbook"


def _read(path: Path) -> ModuleFile:
    try:
        return read_module(path.read_text(encoding="utf-8-sig"), str(path), path.stem)
    except (OSError, UnicodeDecodeError) as error:
        return _unreadable(path, path.stem, error)


def _unreadable(path: Path, name: str, error: Exception) -> ModuleFile:
    source = Source(str(path), {}, {})
    return ModuleFile(name, "", {}, {}, source, (source.problem((), f"this cannot be read as UTF-8 text: {error}"),))


def _with_texts(module: ModuleFile | None, name: str, language: str, path: Path) -> ModuleFile:
    """The module with its texts in one more language, or with what is wrong with them."""
    if module is None:
        wrong = Problem(str(path), 1, "", f"there is no {name}.yaml that this could be the translation of")
        return ModuleFile(name, "", {}, {}, Source(str(path), {}, {}), (wrong,))
    try:
        document = read_document(path.read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        return replace(module, problems=(*module.problems, *_unreadable(path, name, error).problems))
    problems = list(document.problems)
    if document.data is not None and not problems:
        try:
            texts = WrittenTexts.model_validate(document.data)
            problems += [document.source.problem(place, said) for place, said in _strange(texts, module)]
        except ValidationError as error:
            problems += in_words(refused(error, WrittenTexts), document.source, WrittenTexts)
    texts_now = module.texts if problems or document.data is None else {**module.texts, language: document.data}
    return replace(module, texts=texts_now, problems=(*module.problems, *sorted(problems)))


def _strange(texts: WrittenTexts, module: ModuleFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if texts.use != module.name:
        yield ("use",), f"this file is named for {module.name}, and says use: {texts.use}"
    steps = _step_names(module.data.get("steps"))
    for name in texts.steps:
        if name not in steps:
            yield ("steps", name), unknown("step", name, steps)


def _step_names(steps: Any) -> Collection[str]:
    return [str(step["step"]) for step in steps if isinstance(step, dict) and "step" in step] if isinstance(steps, list) else []
