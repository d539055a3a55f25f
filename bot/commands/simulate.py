"""`handrail simulate`: the real engine on a virtual clock, and what one person would get from it."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.commands.days import day_words
from bot.commands.diary import Diary, Entry, write_diary
from bot.commands.diary_page import show
from bot.commands.event_lines import EventFile, read_event_file
from bot.commands.invented import ANA, Told, arrival, invented, read_start, read_traits, read_zone
from bot.commands.mistakes import UserError, counted
from bot.commands.projects import good_playbooks, playbook_named, project_folder
from flows.facts import zone_for
from flows.hours import instant, local_date
from flows.library import Playbooks
from flows.playbook import Playbook
from flows.sessions import Sessions
from flows.simulate import live


def simulate(
    name: str,
    *,
    project: Path | None,
    traits: str,
    zone: str | None,
    start: str | None,
    days: int,
    events: Path | None,
    user: str | None,
    as_json: bool,
    tasks_done: bool = False,
) -> None:
    """Print the diary of the first `days` days, the last one whole."""
    if user and not events:
        raise UserError("--user picks somebody out of an --events file, and none is named.")
    playbooks = good_playbooks(project_folder(project))
    playbook = playbook_named(playbooks, name)
    file = read_event_file(events, user, ANA) if events else None
    diary, notes = _live(playbook, playbooks.sessions, read_traits(traits, playbook), zone, start, days, file, tasks_done=tasks_done)
    aside = Console(stderr=True)
    if as_json:
        notes += [f"They would not be taken into {name}: {diary.not_enrolled}"] if diary.not_enrolled else []
        print(json.dumps([_plain(entry) for entry in (*diary.entries, *diary.dropped)], indent=2, ensure_ascii=False))
    else:
        show(diary, Console(highlight=False))
    for note in notes:
        aside.print(note, style="yellow", highlight=False, soft_wrap=True, markup=False)


def _live(
    playbook: Playbook,
    sessions: Sessions,
    told: Told,
    zone_name: str | None,
    start: str | None,
    days: int,
    file: EventFile | None,
    *,
    tasks_done: bool,
) -> tuple[Diary, list[str]]:
    ana = invented(told, read_zone(zone_name))
    zone = zone_for(playbook, ana.person, ana.account)
    started = read_start(start, zone)
    until = instant(local_date(started, zone) + timedelta(days=days + 1), time(0), zone)
    what = [*arrival(playbook, told, started), *(file.events if file else ())]
    turns = live(
        Playbooks({playbook.playbook: playbook}, sessions=sessions), ana, what, until - timedelta(microseconds=1), tasks_done=tasks_done
    )
    return write_diary(playbook, zone, started, turns), _notes(file, started, until) if file else []


def _notes(file: EventFile, started: datetime, until: datetime) -> list[str]:
    """What to know about the file of events."""
    outside = sum(not started <= event.at < until for event in file.events)
    span = f"{day_words(started)} to {day_words(until - timedelta(days=1))}"
    return [
        *([f"The file tells of {counted(file.users, 'user')}; this is {file.user}. Pick another with --user."] if file.users > 1 else []),
        *([f"{counted(file.repeats, 'line')} said the same again and counted once."] if file.repeats else []),
        *([f"Outside {span}: {outside} of {counted(len(file.events), 'event')}; --start says when they join."] if outside else []),
    ]


def _plain(entry: Entry) -> dict[str, Any]:
    return {"at": entry.at.isoformat(), "kind": entry.kind, "name": entry.name, "to": entry.to, "because": entry.because}
