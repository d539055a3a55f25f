"""`handrail risk train`: a model of risk from past journeys."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.commands.mistakes import UserError
from bot.commands.opening import existing_store
from bot.commands.projects import good_playbooks, playbook_named, project_folder
from bot.commands.risk_report import day_words, plain, report
from bot.world import World
from flows.hindsight import Look, looks
from flows.library import Playbooks
from flows.playbook import Playbook
from flows.risk_model import MOST_DAYS, RiskModel
from storage.past_journeys import past_journeys

DAYS = (3, 7, 14)
"""The days it learns on, unless one says otherwise."""

FEWEST = 50
"""Journeys that got there, and journeys that did not, below which nobody should believe what is learned."""


def train(name: str, *, on_days: Sequence[int], out: Path | None, project: Path | None, as_json: bool) -> None:
    """Learn, write the model, and say what it is worth. Raises UserError where there is too little to learn from."""
    learning = _learning()
    folder = project_folder(project)
    playbook = _chosen(good_playbooks(folder), name)
    days = _days(on_days, playbook)
    with existing_store() as store:
        seen = [look for lived in past_journeys(store.database, playbook.playbook) for look in looks(playbook, lived, days)]
    _enough(playbook, seen, days)
    table = learning.table_of(playbook, seen)
    if not table.features:
        raise UserError(f"On {day_words(days)} everybody on {playbook.playbook} looked the same: there is nothing to learn from.")
    try:
        trained = learning.train(playbook, table, days, World().now())
    except learning.NothingLearned:
        raise UserError("What can be learned from these journeys does not hold for others, so no model was written.") from None
    place = out or (folder or Path()) / "risk.json"
    _write(place, trained.model)
    if as_json:
        print(json.dumps(plain(trained, place), indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False, markup=False)
    for part in report(trained, place):
        console.print(part, soft_wrap=True)


def _learning() -> Any:
    try:
        from bot.commands import risk_training
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sklearn":
            raise
        raise UserError("Training needs scikit-learn, which is not installed: pip install 'handrail[risk]' brings it.") from None
    return risk_training


def _chosen(playbooks: Playbooks, name: str) -> Playbook:
    if name:
        return playbook_named(playbooks, name)
    if playbooks.common is None:
        raise UserError("There is no playbook that takes newcomers; --playbook names one.")
    return playbooks.common


def _days(asked: Sequence[int], playbook: Playbook) -> tuple[int, ...]:
    last = min(playbook.ends.days - 1, MOST_DAYS)
    if late := [day for day in asked if day > last]:
        raise UserError(f"Nobody is underway on day {max(late)}: {playbook.playbook} ends after {playbook.ends}.")
    days = tuple(sorted(set(asked))) or tuple(day for day in DAYS if day <= last)
    if not days:
        raise UserError(f"{playbook.playbook} ends after {playbook.ends}: that is too soon to foresee anything.")
    return days


def _enough(playbook: Playbook, seen: Sequence[Look], days: Sequence[int]) -> None:
    count = Counter({look.person: look.lost for look in seen}.values())
    if min(count[True], count[False]) < FEWEST:
        raise UserError(
            f"Too little has happened to learn from. Of the past journeys on {playbook.playbook} that were underway on {day_words(days)}, "
            f"{count[False]} got there and {count[True]} did not; with fewer than {FEWEST} of each a model learns chance. "
            "Points written by hand do well until then."
        )


def _write(place: Path, model: RiskModel) -> None:
    """Write the file in one go: an app that watches it never reads half of it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.new")
    draft.write_text(model.model_dump_json(indent=2) + "\n", encoding="utf-8")
    os.replace(draft, place)
