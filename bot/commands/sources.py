"""`handrail sources`: the business systems that tell us things, and what one of their payloads would become."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.commands.mistakes import UserError, counted, meant
from bot.commands.opening import existing_store
from bot.commands.projects import good_sources, project_folder
from bot.hooks.mapping import Meaning, meaning
from bot.hooks.payloads import items_in
from bot.hooks.sources import HookSource
from bot.ingest.reading import Unreadable
from bot.settings import read_settings, secret_named
from storage.heard_from import HeardFrom, heard_from

_NONE = "Nobody tells us anything by webhook. A file in sources/ says who may; see docs/sources.md."


def show(project: Path | None, *, as_json: bool) -> None:
    """Print all sources, or where to begin."""
    sources = good_sources(project_folder(project)).sources
    heard = _heard(sources)
    rows = [_told(one, heard[one.heard_as]) for one in sources]
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    elif rows:
        print("\n\n".join("\n".join(_lines(row)) for row in rows))
    else:
        print(_NONE)


def try_one(name: str, file: Path, project: Path | None, *, as_json: bool) -> None:
    """Print what every item of a payload would become. Raises UserError for a source or a file that is none."""
    sources = good_sources(project_folder(project))
    source = next((one for one in sources.sources if one.source == name), None)
    if source is None:
        raise UserError(f"There is no source {name}{meant(name, sources.names())}")
    try:
        items = items_in(file.read_bytes())
    except Unreadable as error:
        raise UserError(f"{file}: {error}.") from None
    found = [meaning(source, item) for item in items]
    if as_json:
        print(json.dumps([_in_full(one) if one else None for one in found], indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False, markup=False)
    for place, one in enumerate(found):
        if len(found) > 1:
            console.print(f"{place + 1} of {len(found)}")
        _print(console, source, one)


def _heard(sources: Sequence[HookSource]) -> Mapping[str, HeardFrom]:
    names = [one.heard_as for one in sources]
    try:
        with existing_store() as store:
            return heard_from(store.database, names)
    except UserError:  # nobody has come in yet
        return dict.fromkeys(names, HeardFrom())


def _told(one: HookSource, heard: HeardFrom) -> dict[str, Any]:
    return {
        "source": one.source,
        "title": one.title,
        "kind": one.kind,
        "url": f"{read_settings().base_url}{one.path}",
        "state": _state(one),
        "last_heard": heard.last_at.isoformat() if heard.last_at else None,
        "events": heard.events,
        "strays": heard.strays,
    }


def _state(one: HookSource) -> str:
    if one.paused:
        return "paused"
    return "on" if any(secret_named(name) for name in one.secret) else f"off: set {' or '.join(one.secret)}"


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    """Three lines, the address on one of its own: it is copied from here."""
    kind = "" if row["kind"] == row["source"] else f" ({row['kind']})"
    yield f"{row['title'] or row['source']}{kind}: {row['state']}"
    yield f"  {row['url']}"
    last = f"last heard {row['last_heard'][:16].replace('T', ' ')} UTC" if row["last_heard"] else "never heard"
    yield f"  {last}; {counted(row['events'], 'event')}, {counted(row['strays'], 'thing')} about nobody we know"


def _in_full(one: Meaning) -> dict[str, Any]:
    return asdict(one) | {"at": one.at.isoformat() if one.at else None}


def _print(console: Console, source: HookSource, one: Meaning | None) -> None:
    """What it would become, a line for each part that is there."""
    if one is None:
        console.print("Nothing: no rule holds, or the one that does finds nobody in it.")
        return
    person = {"id": one.ids.external, "known to them as": one.ids.sender, "email": one.ids.email, "name": one.name}
    company = {"id": one.company.id, "known to them as": one.company.sender_id, "domain": one.company.domain} if one.company else {}
    lines = {
        "rule": f"{one.take + 1} of {len(source.takes)} under takes",
        "event": one.event or "none: something is known, nothing happened",
        "at": f"{one.at:%Y-%m-%d %H:%M:%S} UTC" if one.at else "when it comes",
        "key": one.key,
        "person": _listed(person) or "nobody",
        "account": _listed(company) or "none",
        "person's traits": _listed(one.traits),
        "account's traits": _listed(one.company.traits if one.company else {}),
        "properties": _listed(one.properties),
        "if nobody knows them": _newcomer(one),
    }
    table = Table.grid(padding=(0, 2))
    for name, told in lines.items():
        if told:
            table.add_row(name, told)
    console.print(table)


def _newcomer(one: Meaning) -> str:
    if one.joins:
        return "they join: a playbook is chosen and they are welcomed"
    if one.creates == "people":
        return "they are known from then on, and nothing begins"
    return "the account is known from then on" if one.creates == "accounts" else "nothing: nobody is created"


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in values.items() if value not in ("", None))
