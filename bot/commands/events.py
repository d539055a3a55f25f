"""`handrail events`: which events come in from where, which of them a playbook names, and which it waits for in vain."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.commands.mistakes import UserError, meant
from bot.commands.opening import existing_store
from bot.commands.projects import good_playbooks, project_folder
from bot.ingest import names
from storage.catalogue import Seen, seen

_NOTHING = "No event came in yet. docs/ingest.md tells how to send them."


def show(project: Path | None, *, source: str, unknown: bool, as_json: bool) -> None:
    """Print what came in. `unknown`: only what no playbook names. Raises UserError for a source that sent nothing."""
    named = names.named_by(good_playbooks(project_folder(project)))
    with existing_store() as store:
        found = seen(store.database)
    sources = {one.source for one in found}
    if source and source not in sources:
        raise UserError(f"Nothing came from {source}{meant(source, sources)}")
    rows = [_row(one, named) for one in found if source in ("", one.source)]
    rows = [row for row in rows if not (unknown and row["known"])]
    waiting = [] if unknown or source else _never(named, {one.name for one in found})
    if as_json:
        print(json.dumps(rows + waiting, indent=2, ensure_ascii=False))
    elif not found:
        print(_NOTHING)
    elif not rows:
        print("Every event that came in is named by a playbook.")
    if not as_json:
        _tell(rows, waiting)


def _row(one: Seen, named: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    known = one.name in named or one.name in names.OURS
    return {
        "event": one.name,
        "source": one.source,
        "n": one.n,
        "first_seen": one.first.isoformat(),
        "last_seen": one.last.isoformat(),
        "known": known,
        "playbooks": list(named.get(one.name, ())),
        "meant": "" if known else names.meant(one.name, named),
        "properties": {name: dict(types) for name, types in sorted(one.properties.items())},
    }


def _never(named: Mapping[str, Sequence[str]], came: Iterable[str]) -> list[dict[str, Any]]:
    """What playbooks name and nobody ever sent."""
    nothing: dict[str, Any] = {"source": None, "n": 0, "first_seen": None, "last_seen": None, "known": True, "meant": "", "properties": {}}
    return [{"event": name, **nothing, "playbooks": list(of)} for name, of in named.items() if name not in {*came}]


def _tell(rows: Sequence[Mapping[str, Any]], waiting: Sequence[Mapping[str, Any]]) -> None:
    console = Console(highlight=False, markup=False)
    if rows:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("Event", "Source", "Count", "First", "Last", "Playbooks", "Properties"):
            table.add_column(title, justify="right" if title == "Count" else "left", no_wrap=title in ("Count", "First", "Last"))
        for row in rows:
            when = (row["first_seen"][:10], row["last_seen"][:10])
            table.add_row(row["event"], row["source"], str(row["n"]), *when, _whose(row), _listed(row["properties"]))
        console.print(table)
    for row in rows:
        if row["meant"]:
            console.print(f"{row['event']}: did you mean {row['meant']}?", soft_wrap=True)
    for row in waiting:
        console.print(f"{row['event']}: never seen; {', '.join(row['playbooks'])} names it", soft_wrap=True)


def _whose(row: Mapping[str, Any]) -> str:
    return ", ".join(row["playbooks"]) or ("ours" if row["known"] else "unknown")


def _listed(properties: Mapping[str, Mapping[str, int]]) -> str:
    """ "rows number, name string or null": the commonest type first."""
    return ", ".join(f"{name} {' or '.join(sorted(types, key=lambda one: -types[one]))}" for name, types in properties.items())
