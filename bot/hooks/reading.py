"""sources/*.yaml in, the sources out, or everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path as File

from pydantic import ValidationError

from bot.hooks.sources import Defaults, HookSource, Kind, Sources, Take
from flows.document import read_document
from flows.problems import Path, Problem, Source
from flows.refusals import in_words, refused

FOLDER = "sources"
"""Where a project keeps them, one a file."""

DEFAULTS = File(__file__).resolve().parent / "defaults"

_ONCE = "the first that holds is taken, and this one always holds: what stands after it is never asked"


def read_sources(project: File | None) -> tuple[Sources, list[Problem]]:
    """Read a project's sources; none when it has none. The problems are all there are, with file and line."""
    folder = project / FOLDER if project else None
    files = sorted(folder.glob("[!.]*.y*ml")) if folder and folder.is_dir() else []
    found: dict[str, HookSource] = {}
    problems: list[Problem] = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(path), 1, "", f"this cannot be read as UTF-8 text: {error}"))
            continue
        source, wrong = source_in(text, str(path))
        problems += wrong
        if source is None:
            continue
        if source.source in found:
            problems.append(read_document(text, str(path)).source.problem(("source",), f"another file is the source {source.source} too"))
        found.setdefault(source.source, source)
    return Sources(sources=tuple(found.values())), problems


def source_in(text: str, file: str) -> tuple[HookSource | None, list[Problem]]:
    """The source in the text of a file, with its kind's rules when it has none of its own. `file` is what problems call it."""
    document = read_document(text, file)
    problems = list(document.problems)
    if document.data is None:
        return None, problems
    try:
        found = HookSource.model_validate(document.data)
    except ValidationError as error:
        told = {problem.where for problem in problems}
        problems += [new for new in in_words(refused(error, HookSource), document.source, HookSource) if new.where not in told]
        return None, sorted(set(problems))
    wrong = sorted((*problems, *_wrong(found, document.source)))
    if not found.takes and not wrong:
        found = found.model_copy(update={"takes": defaults(found.kind)})
    return found, wrong


@cache
def defaults(kind: Kind) -> tuple[Take, ...]:
    """What a vendor's webhooks mean when nobody says; nothing for those of anybody."""
    path = DEFAULTS / f"{kind}.yaml"
    if not path.is_file():
        return ()
    document = read_document(path.read_text(encoding="utf-8"), str(path))
    return Defaults.model_validate(document.data).takes


def _wrong(found: HookSource, source: Source) -> Iterator[Problem]:
    if not found.takes and not defaults(found.kind):
        yield source.problem(("kind",), f"a source of kind {found.kind} has takes: nobody else can say what it sends")
    for place, take in enumerate(found.takes):
        path: Path = ("takes", place)
        if take.when is None and place < len(found.takes) - 1:
            yield source.problem(path, _ONCE)
        if take.event and take.event_from:
            yield source.problem((*path, "event_from"), "an event has one name: event, or event_from, not both")
        if not _names_somebody(take) and not _names_company(take):
            yield source.problem(path, "this is about nobody: say under person or account which field names them")
        if take.joins and not _names_somebody(take):
            yield source.problem((*path, "joins"), "nobody can join here: say under person which field names them")
        if take.joins and take.creates not in (None, "people"):
            yield source.problem((*path, "creates"), "who joins is known from then on: leave out creates, or joins")
        for trait in take.numbers:
            if trait not in {*take.traits.person, *take.traits.account, *take.properties}:
                yield source.problem((*path, "numbers"), f"{trait} is none of the traits or properties here")


def _names_somebody(take: Take) -> bool:
    return any((take.person.id, take.person.sender_id, take.person.email))


def _names_company(take: Take) -> bool:
    return any((take.account.id, take.account.sender_id, take.account.domain))
