"""`handrail import`: people from a CSV file, through the same door as everybody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.commands.mistakes import counted
from bot.commands.people_file import PeopleFile, Row, read_people
from bot.commands.projects import good_playbooks, project_folder
from bot.handle import Door, handle
from bot.knowing import Ids, Knowing
from bot.settings import read_settings
from bot.world import World
from flows.events import AnyEvent, Joined, Traits
from flows.library import Playbooks
from storage.store import Store, open_store

BATCH = 200
SOURCE = "import"


@dataclass(frozen=True, slots=True)
class Result:
    """How many of the people who can come in are new or changed, and how many were as the file says already."""

    changed: int
    unchanged: int


def import_people(path: Path, *, dry_run: bool, as_json: bool) -> None:
    """Bring in every good line, name the bad ones, and leave with 1 when there are any."""
    world = World()
    playbooks = good_playbooks(project_folder(None))
    file = read_people(path, playbooks, world.now())
    aside = Console(stderr=True, highlight=False)
    result = Result(0, 0) if dry_run else _bring_in(file, playbooks, world.now(), aside, quiet=as_json)
    if as_json:
        print(json.dumps(_plain(file, result, dry_run), indent=2, ensure_ascii=False))
    else:
        for note in file.notes:
            aside.print(note, style="yellow", markup=False, soft_wrap=True)
        for line, reason in file.bad:
            aside.print(f"{path}:{line}: {reason}", markup=False, soft_wrap=True)
        print(_said(file, result, dry_run))
    if file.bad:
        raise typer.Exit(1)


def _bring_in(file: PeopleFile, playbooks: Playbooks, now: datetime, aside: Console, *, quiet: bool) -> Result:
    changed = 0
    columns = (TextColumn("Bringing people in"), BarColumn(), MofNCompleteColumn())
    hidden = quiet or not aside.is_terminal
    with closing(open_store(read_settings().database_url)) as store, Progress(*columns, console=aside, disable=hidden) as progress:
        bar = progress.add_task("", total=len(file.rows))
        for start in range(0, len(file.rows), BATCH):
            some = file.rows[start : start + BATCH]
            changed += let_in(store, playbooks, some, now)
            progress.advance(bar, len(some))
    return Result(changed, len(file.rows) - changed)


def let_in(store: Store, playbooks: Playbooks, rows: Sequence[Row], now: datetime) -> int:
    """Bring lines in through the door, in a handful of commits. Gives how many people changed by it."""
    accounts = {name: store.account_for("external", name) for name in dict.fromkeys(row.account for row in rows) if name}
    world = World()
    world.hold(now)
    who = Knowing(Door(store, lambda: playbooks, world)).who_all([Ids(external=row.external_id, email=row.email) for row in rows])
    events = [event for row, person in zip(rows, who, strict=True) for event in _events(row, person, accounts.get(row.account), now)]
    return len({decision.person.id for decision in handle(store, playbooks, events, now)})


def _events(row: Row, who: str, account: str | None, now: datetime) -> Iterator[AnyEvent]:
    """What the line says, under keys that are the same whenever the same line comes again."""
    name = row.external_id or row.email.lower()
    digest = hashlib.sha256(json.dumps(row.content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
    yield Traits(
        source=SOURCE, key=f"{name}:{digest}", who=who, at=now, person=dict(row.person), account=dict(row.company), account_id=account
    )
    if row.joined_at:
        yield Joined(source=SOURCE, key=f"{name}:joined:{row.content['joined_at']}", who=who, at=row.joined_at)


def _plain(file: PeopleFile, result: Result, dry_run: bool) -> dict[str, object]:
    return {
        "people": len(file.rows),
        "accounts": _accounts(file),
        "changed": result.changed,
        "unchanged": result.unchanged,
        "dry_run": dry_run,
        "bad": [{"line": line, "because": reason} for line, reason in file.bad],
        "notes": list(file.notes),
    }


def _accounts(file: PeopleFile) -> int:
    return len({row.account for row in file.rows if row.account})


def _said(file: PeopleFile, result: Result, dry_run: bool) -> str:
    people = f"{counted(len(file.rows), 'person', 'people')} in {counted(_accounts(file), 'account')}"
    bad = f" {counted(len(file.bad), 'line')} stayed out." if file.bad else ""
    if dry_run:
        return f"Would bring in {people}.{bad.replace('stayed', 'would stay')} Nothing was changed."
    same = f"; {result.unchanged} of them changed nothing" if result.unchanged else ""
    return f"Brought in {people}{same}.{bad}"
