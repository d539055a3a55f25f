"""`handrail segments`: where one person stands, since when and why, and what their behaviour comes to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from bot.commands.mistakes import UserError
from bot.commands.opening import existing_store
from bot.commands.projects import good_playbooks, project_folder
from bot.commands.standing import when
from bot.world import World
from flows.decide import playbook_of
from flows.facts import zone_for
from flows.people import Person
from flows.portrait import Portrait, Score, portrait
from storage.reports import Reports
from storage.segments import Change, history

NOTHING = Portrait(signals={}, scores=())


def segments(text: str, *, as_json: bool) -> None:
    """Print each dimension with its history, the signals and the scores. Raises UserError when nobody is known by that name."""
    playbooks, now = good_playbooks(project_folder(None)), World().now()
    with existing_store() as store:
        person = Reports(store.database).find_person(text)
        if person is None:
            raise UserError(f"Nobody is known as {text!r}; an e-mail address or an external id is needed.")
        changes = history(store.database, person.id)
        subject = store.load([person.id], {}, playbooks.needs, now)[person.id]
    playbook = playbook_of(playbooks, person)
    seen = portrait(playbook, subject, now) if playbook else NOTHING
    if as_json:
        print(json.dumps(_told(person, changes, seen), indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    zone = zone_for(playbook, person, subject.account) if playbook else ZoneInfo("UTC")
    for line in _lines(person, changes, seen, zone):
        console.print(line)


def score_words(score: Score) -> str:
    """A score with what it is made of: `risk 60 (+40 no login for a week, +20 behind)`."""
    parts = ", ".join(f"{one.points:+d} {one.because}" for one in score.contributions)
    return f"{score.name} {score.value}" + (f" ({parts})" if parts else "")


def _told(person: Person, changes: Sequence[Change], seen: Portrait) -> dict[str, Any]:
    now = person.journey.segments if person.journey else {}
    return {
        "person": person.id,
        "playbook": person.journey.playbook if person.journey else None,
        "dimensions": [
            {
                "dimension": name,
                "segment": segment.name,
                "since": segment.since.isoformat(),
                "because": segment.because,
                "history": [_change(one) for one in changes if one.dimension == name],
            }
            for name, segment in now.items()
        ],
        "gone": [{"dimension": one.dimension, **_change(one)} for one in changes if one.dimension not in now],
        "signals": dict(seen.signals),
        "scores": [asdict(score) for score in seen.scores],
    }


def _change(one: Change) -> dict[str, str]:
    return {"before": one.before, "segment": one.segment, "at": one.at.isoformat(), "because": one.because}


def _lines(person: Person, changes: Sequence[Change], seen: Portrait, zone: ZoneInfo) -> Iterator[Text]:
    yield Text(person.name or person.email or person.external_id or person.id, style="bold")
    now = person.journey.segments if person.journey else {}
    if not now:
        yield Text("No playbook has placed them yet.", style="dim")
    for name, segment in now.items():
        yield Text.assemble((f"{name} ", "dim"), (segment.name, "bold"), f" since {when(segment.since, zone)}: {segment.because}")
        for one in [one for one in changes if one.dimension == name][-2::-1]:
            why = f": {one.because}" if one.because else ""
            yield Text(f"  before: {one.segment or 'none'}, {when(one.at, zone)}{why}", style="dim")
    if seen.signals:
        told = ", ".join(f"{name} {'never' if value is None else value}" for name, value in seen.signals.items())
        yield Text.assemble(("signals ", "dim"), told)
    for score in seen.scores:
        yield Text.assemble(("score ", "dim"), score_words(score))
