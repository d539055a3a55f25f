"""`- use: kickoff` in a checklist becomes the module of modules/kickoff.yaml, with the playbook's inputs and its other words for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flows.checks.names import unknown
from flows.inputs import Inputs, filled
from flows.kinds import kind_of_value
from flows.module_files import ModuleFile
from flows.problems import Path, Problem, Source
from flows.translations import ModuleTexts, StepTexts, Translation

Modules = Mapping[str, ModuleFile]
"""Module files by the names of their files."""

_OWN = ("use", "with")
Texts = TypeVar("Texts", ModuleTexts, StepTexts)


@dataclass(frozen=True, slots=True)
class Used:
    """One module that a playbook uses: the file, its title there, and what its inputs are."""

    file: ModuleFile
    module: str
    inputs: Inputs


@dataclass(frozen=True, slots=True)
class Expanded:
    """A playbook's data with the modules it uses in their places. `whole` is False when one of them is not there or cannot be used."""

    data: dict[str, Any]
    source: Source
    problems: tuple[Problem, ...] = ()
    used: tuple[Used, ...] = ()
    whole: bool = True


def expand(data: dict[str, Any], source: Source, modules: Modules) -> Expanded:
    """Put every used module in its place. What is wrong with one names the file and line where it was written."""
    checklist = data.get("checklist")
    places = [n for n, entry in enumerate(checklist) if isinstance(entry, dict) and "use" in entry] if isinstance(checklist, list) else []
    expanded = Expanded(data, source)
    for place in places:
        expanded = _put(expanded, place, modules)
    return expanded


def translation(name: str, used: tuple[Used, ...], language: str, own: Translation | None) -> Translation | None:
    """A playbook's texts in one language: its own over those of the modules it uses. None when nobody wrote any."""
    parts = [(one, one.file.texts[language]) for one in used if language in one.file.texts]
    if not parts:
        return own
    modules: dict[str, ModuleTexts] = {}
    steps: dict[str, StepTexts] = {}
    for one, texts in parts:
        said = filled(texts, one.inputs)
        modules[one.module] = ModuleTexts(**{key: said[key] for key in ModuleTexts.model_fields if key in said})
        steps |= {step: StepTexts(**words) for step, words in said.get("steps", {}).items()}
    own = own or Translation(playbook=name)
    return own.model_copy(update={"modules": _over(own.modules, modules), "steps": _over(own.steps, steps)})


def _over(own: Mapping[str, Texts], theirs: Mapping[str, Texts]) -> dict[str, Texts]:
    """Texts by name: the playbook's own over the module's, each text by itself."""
    said = {name: {key: text for key, text in own[name].model_dump().items() if text} for name in own.keys() & theirs.keys()}
    return {**theirs, **own, **{name: theirs[name].model_copy(update=texts) for name, texts in said.items()}}


def _put(so_far: Expanded, place: int, modules: Modules) -> Expanded:
    entry = so_far.data["checklist"][place]
    path: Path = ("checklist", place)
    module = modules.get(entry["use"]) if isinstance(entry["use"], str) else None
    if module is None:
        known = sorted(modules)
        what = f"{unknown('module', str(entry['use']), known)} (no file modules/{entry['use']}.yaml)"
        return _without(so_far, place, (so_far.source.problem((*path, "use"), what),))
    if module.problems:
        return _without(so_far, place, module.problems)
    given = entry.get("with", {})
    wrong = [so_far.source.problem((*path, *where), said) for where, said in _wrong(entry, given, module)]
    given = given if isinstance(given, dict) else {}
    inputs = {**module.inputs, **{name: value for name, value in given.items() if _fits(name, value, module)}}
    own = {key: value for key, value in entry.items() if key not in (*_OWN, "steps")}
    whole = {**filled(module.data, inputs), **own}
    checklist = [*so_far.data["checklist"]]
    checklist[place] = whole
    return replace(
        so_far,
        data={**so_far.data, "checklist": checklist},
        source=_placed(so_far.source, path, module, own),
        problems=(*so_far.problems, *wrong),
        used=(*so_far.used, Used(module, str(whole.get("module", "")), inputs)),
    )


def _wrong(entry: Mapping[str, Any], given: Any, module: ModuleFile) -> Iterator[tuple[Path, str]]:
    if "steps" in entry:
        yield ("steps",), f"{module.name} brings its own steps; to change them write a modules/{module.name}.yaml of your own"
    if not isinstance(given, dict):
        yield ("with",), "`with` should be keys and values"
        return
    for name, value in given.items():
        if name not in module.inputs:
            yield ("with", name), unknown("input", name, module.inputs)
        elif (kind := kind_of_value(module.inputs[name])) and not _fits(name, value, module):
            yield ("with", name), f"{name} is {kind.words}, such as {module.inputs[name]!r}"


def _fits(name: str, value: Any, module: ModuleFile) -> bool:
    """Whether a module has that input, and of that kind."""
    return name in module.inputs and kind_of_value(value) == kind_of_value(module.inputs[name])


def _without(so_far: Expanded, place: int, problems: tuple[Problem, ...]) -> Expanded:
    """Something stands there, so that the form of everything else can be checked."""
    stand_in = {"module": f"module {place}", "steps": [{"step": f"step_{place}", "title": "-", "done_by": "their word"}]}
    checklist = [*so_far.data["checklist"]]
    checklist[place] = stand_in
    return replace(so_far, data={**so_far.data, "checklist": checklist}, problems=(*so_far.problems, *problems), whole=False)


def _placed(source: Source, path: Path, module: ModuleFile, own: Mapping[str, Any]) -> Source:
    """Where everything was written, the module's parts in its own file."""
    there = {where: line for where, line in module.source.lines.items() if where and where[0] not in own and where[0] != "inputs"}
    return replace(
        source,
        lines={**source.lines, **{(*path, *where): line for where, line in there.items()}},
        ids={**source.ids, **{(*path, *where): name for where, name in module.source.ids.items() if where and where[0] not in own}},
        files={**source.files, **{(*path, where[0]): module.source.file for where in there}},
    )
