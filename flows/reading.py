"""YAML files in, playbooks out, or everything that is wrong with them at once. The only place in `flows` that opens files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flows.checks.alone import check_alone
from flows.checks.names import unknown
from flows.document import read_document
from flows.expressions import ConditionError, Expression, compile_condition
from flows.languages import translated_to
from flows.library import SHIPPED, Draft, Playbooks
from flows.model_files import read_models
from flows.module_files import read_modules
from flows.playbook import Playbook
from flows.problems import Problem, Source
from flows.refusals import in_words, refused
from flows.repair import repaired
from flows.translations import Translated, Translation, check_translation, in_that_language, read_translation
from flows.using import Modules, expand, translation
from flows.vocabulary import conditions

MODULES = "modules"
"""The folder of reusable modules, beside that of the playbooks."""


def read_playbook(text: str, file: str, modules: Modules | None = None) -> tuple[Playbook | None, list[Problem]]:
    """Read one playbook. `file` is what problems call it. The playbook is None when anything is wrong.

    `modules` are those it may use; without any, the shipped ones.
    """
    draft = read_draft(text, file, read_modules([SHIPPED.parent / MODULES]) if modules is None else modules)
    return None if draft.problems else draft.playbook, list(draft.problems)


def read_playbooks(folders: Sequence[Path]) -> tuple[Playbooks, list[Problem]]:
    """Read every playbook of these folders, with the translations beside them.

    A later folder's playbook replaces an earlier one of its name, and comes before all others. Modules that they use are in a folder
    beside each of these, and a later one's replaces an earlier one of its name too.
    """
    drafts: dict[str, Draft] = {}
    modules = read_modules([folder.parent / MODULES for folder in folders])
    problems = [problem for module in modules.values() for problem in module.problems]
    for folder in reversed(folders):
        of_this_folder: dict[str, Draft] = {}
        for draft in _drafts_in(folder, modules):
            if twin := of_this_folder.get(draft.name):
                problems.append(draft.source.problem(("playbook",), f"playbook {draft.name} is already in {twin.source.file}"))
            of_this_folder.setdefault(draft.name, draft)
        drafts = drafts | {name: draft for name, draft in of_this_folder.items() if name not in drafts}
    problems += [problem for draft in drafts.values() for problem in draft.problems]
    good = {name: draft.playbook for name, draft in drafts.items() if draft.playbook and not draft.problems}
    problems += _translate(good, drafts, folders)
    own = {name for name in good if drafts[name].source.file.startswith(str(folders[-1]))}
    resting = frozenset(good) - own if own and len(folders) > 1 else frozenset()
    return Playbooks(good, {name: drafts[name].hash for name in good}, resting, tuple(drafts.values())), sorted(set(problems))


def read_draft(text: str, file: str, modules: Modules) -> Draft:
    """Read one playbook as far as it can be read. Its hash is that of all that it is written in."""
    document = read_document(text, file)
    name = str((document.data or {}).get("playbook", file))
    if document.data is None:
        return Draft(name, None, document.source, document.problems, _hash(text))
    whole = expand(document.data, document.source, modules)
    mark = _hash("\n".join((text, *(used.file.text for used in whole.used))))
    draft = Draft(name, None, whole.source, tuple(sorted({*document.problems, *whole.problems})), mark, whole.used)
    return _understood(draft, whole.data, whole=whole.whole)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _understood(draft: Draft, data: dict[str, Any], *, whole: bool) -> Draft:
    """Give a draft its playbook, with all that is wrong. A form that can be guessed is guessed, so that the rest is checked too.

    Where a module of it is missing it is not `whole`, and only its form is checked: half of its names would lead nowhere.
    """
    source = draft.source
    try:
        playbook = Playbook.model_validate(data)
    except ValidationError as error:
        errors = refused(error)
        draft = replace(draft, problems=_and(draft.problems, in_words(errors, source)))
        data, source = repaired(data, errors, source)
        try:
            playbook = Playbook.model_validate(data)
        except ValidationError:
            return draft
    if not whole:
        return draft
    expressions, problems = _compile(playbook, source)
    models = read_models(playbook, source)
    playbook = playbook.compiled(expressions).modelled(models.by_file)
    found = [*problems, *check_alone(playbook, expressions, source), *models.problems]
    mark = _hash("\n".join((draft.hash, *models.texts))) if models.texts else draft.hash
    return replace(draft, playbook=playbook, source=source, problems=_and(draft.problems, found), hash=mark)


def _and(known: tuple[Problem, ...], found: Iterable[Problem]) -> tuple[Problem, ...]:
    """The known problems and those found later that do not follow from one of them."""
    told = {problem.where for problem in known}
    news = {problem for problem in found if not any(place == problem.where or place.startswith(f"{problem.where} > ") for place in told)}
    return tuple(sorted({*known, *news}))


def _compile(playbook: Playbook, source: Source) -> tuple[dict[str, Expression], list[Problem]]:
    expressions: dict[str, Expression] = {}
    problems: list[Problem] = []
    for placed in conditions(playbook):
        try:
            expressions[placed.key or placed.source] = compile_condition(placed.source, placed.words, number=placed.number)
        except ConditionError as error:
            problems.append(source.problem(placed.path, str(error)))
    return expressions, problems


def _translate(good: Mapping[str, Playbook], drafts: Mapping[str, Draft], folders: Sequence[Path]) -> list[Problem]:
    """Give the playbooks their texts in other languages; what is wrong with those.

    Of two for one language the later folder's counts. A playbook is never said in the words of one that it replaces.
    """
    found: dict[tuple[str, str], Translation] = {}
    problems: list[Problem] = []
    for number, folder in enumerate(folders):
        for language, translated in _translations_in(folder):
            name = translated.texts.playbook if translated.texts else ""
            draft = drafts.get(name)
            problems += translated.problems
            if draft and Path(draft.source.file).parent in folders[number + 1 :]:
                continue
            if translated.texts and draft is None:
                problems.append(translated.source.problem(("playbook",), unknown("playbook", name, drafts)))
            elif draft and draft.playbook:
                problems += check_translation(translated, draft.playbook)
            if translated.texts and name in good:
                found[name, language] = translated.texts
    for name, playbook in good.items():
        used = drafts[name].used
        own = {language: texts for (book, language), texts in found.items() if book == name}
        texts = {tag: translation(name, used, tag, own.get(tag)) for tag in {*own, *(tag for one in used for tag in one.file.texts)}}
        playbook.translated({tag: in_that_language(playbook, said) for tag, said in texts.items() if said})
    return problems


def _translations_in(folder: Path) -> Iterator[tuple[str, Translated]]:
    """The translations of one folder, each with its language."""
    for path in _yaml_in(folder):
        if language := translated_to(path.name):
            try:
                yield language, read_translation(path.read_text(encoding="utf-8-sig"), str(path))
            except (OSError, UnicodeDecodeError) as error:
                source = Source(str(path), {}, {})
                yield language, Translated(None, source, (source.problem((), f"this cannot be read as UTF-8 text: {error}"),))


def _yaml_in(folder: Path) -> list[Path]:
    """The YAML files of a folder in the order of their names; none when there is no such folder."""
    return sorted((*folder.glob("[!.]*.yaml"), *folder.glob("[!.]*.yml")))


def _drafts_in(folder: Path, modules: Modules) -> Iterator[Draft]:
    """The playbooks of one folder in the order of their file names."""
    for path in _yaml_in(folder):
        if translated_to(path.name):
            continue
        try:
            yield read_draft(path.read_text(encoding="utf-8-sig"), str(path), modules)
        except (OSError, UnicodeDecodeError) as error:
            source = Source(str(path), {}, {})
            yield Draft(path.stem, None, source, (source.problem((), f"this cannot be read as UTF-8 text: {error}"),), "")
