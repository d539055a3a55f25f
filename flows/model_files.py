"""The models that a playbook's scores name, read from the project. Opens files, as `reading` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.playbook import Playbook
from flows.problems import Path as Place
from flows.problems import Problem, Source
from flows.risk_model import RiskModel, read_model, strange_to

MODELS = "[!.]*.json"
"""Where models are in the folder of a project, besides that of its playbooks."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one playbook by file, all that is wrong with them, and their texts, so that a changed one is noticed."""

    by_file: Mapping[str, RiskModel]
    problems: tuple[Problem, ...]
    texts: tuple[str, ...]


def read_models(playbook: Playbook, source: Source) -> Models:
    """Read every model that is named. One beside the playbook comes before one of its name in the project's own folder."""
    by_file: dict[str, RiskModel] = {}
    problems: list[Problem] = []
    texts: list[str] = []
    folder = Path(source.file).parent
    for place, file in _named(playbook):
        try:
            text = _text(folder, file)
            texts.append(text)
            model = read_model(text)
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror or str(error) if isinstance(error, OSError) else "it is no UTF-8 text"
            problems.append(source.problem(place, f"{file} cannot be read: {why}"))
        except ValueError as error:
            problems.append(source.problem(place, f"{file} is no model: {error}; `handrail risk train` writes one"))
        else:
            by_file[file] = model
            problems += [source.problem(place, f"{file} does not fit: {why}; train it again") for why in strange_to(playbook, model)]
    return Models(by_file, tuple(problems), tuple(texts))


def _named(playbook: Playbook) -> list[tuple[Place, str]]:
    return [
        (("scores", name, place, "model"), line.model)
        for name, lines in playbook.scores.items()
        for place, line in enumerate(lines)
        if line.model is not None
    ]


def _text(folder: Path, file: str) -> str:
    """The file beside the playbook, else in the folder above, which is the project's. Raises FileNotFoundError when it is in neither."""
    beside, above = folder / file, folder.parent / file
    return (beside if beside.is_file() else above).read_text(encoding="utf-8-sig")
