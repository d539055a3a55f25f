"""`handrail people`: who is who, and the two ways in which a colleague puts that right."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.commands.mistakes import UserError, counted
from bot.commands.opening import existing_store
from bot.commands.projects import good_playbooks, project_folder
from bot.handle import Door
from bot.knowing import first_kept
from bot.knowing import merge as merged
from bot.world import World
from flows.library import Playbooks
from flows.merging import refusal
from flows.people import Person
from storage.merges import Merge, Name, names_of, of_person
from storage.rebuild import PastGone
from storage.reports import Reports
from storage.splitting import undo
from storage.store import Store

BY = "handrail people"
_UNTOLD = "Nothing was changed. Say --yes to do it."


def ids(who: str, *, as_json: bool) -> None:
    """Print what others call somebody, and the merges they had a part in."""
    with existing_store() as store:
        person = _person(store, who)
        names, merges = names_of(store.database, person.id), of_person(store.database, person.id)
        others = {who: _called(store, who, names) for merge in merges for who in (merge.kept, merge.gone)}
    if as_json:
        print(json.dumps(_as_plain(person, names, merges), indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False, markup=False)
    console.print(_headline(person))
    table = Table.grid(padding=(0, 2))
    for name in names:
        value = "/".join(filter(None, (name.namespace, name.value)))
        table.add_row("", name.kind, value, "came with a merge" if name.moved_from else "")
    console.print(table)
    for merge in merges:
        console.print(f"  {_line(merge, person.id, others)}")


def merge(one: str, other: str, *, yes: bool, as_json: bool) -> None:
    """Make one person of two, or say what that would do. Raises UserError where it may not be."""
    with existing_store() as store:
        door = _door(store)
        both = [door.view(_person(store, who).id) for who in (one, other)]
        kept, gone = sorted((subject for subject in both if subject), key=first_kept)
        if why := refusal(kept.person, gone.person):
            raise UserError(f"They can't be merged: {why}.")
        said = _would_merge(kept.person, gone.person, names_of(store.database, gone.person.id))
        done = yes and merged(door, kept.person.id, gone.person.id, f"{_colleague()} said so")
    _tell(done, yes, said, {"kept": kept.person.id, "gone": gone.person.id}, as_json)


def split(who: str, *, yes: bool, as_json: bool) -> None:
    """Undo the latest merge somebody had a part in, or say what that would do. Raises UserError when there is none."""
    with existing_store() as store:
        person, door = _person(store, who), _door(store)
        last = _latest(store, who, person)
        names = [name for name in names_of(store.database, person.id) if name.moved_from == last.gone]
        said = _would_split(person, last, names, door.now())
        if yes:
            try:
                undo(store, door.playbooks(), last, door.now(), _colleague())
            except PastGone as error:
                raise UserError(f"This merge stays: {error}, and nobody can tell any more what was whose.") from None
    _tell(yes, yes, said, {"kept": last.kept, "gone": last.gone}, as_json)


def _latest(store: Store, who: str, person: Person) -> Merge:
    """The latest merge that holds, of the one who was named where our own id names somebody who was merged."""
    named = of_person(store.database, who.strip()) or of_person(store.database, person.id)
    holding = [one for one in named if not one.refused and one.undone_at is None]
    if not holding:
        raise UserError(f"{_name(person)} is not made of two: no merge of theirs holds.")
    return holding[-1]


def _tell(done: bool, yes: bool, said: list[str], who: dict[str, str], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"done": done, **who}))
        return
    for line in said:
        print(line)
    if not yes:
        print(_UNTOLD)
    elif not done:
        raise UserError("Somebody else was faster and changed who they are. Look again: handrail people ids.")
    else:
        print("Done.")


def _would_merge(kept: Person, gone: Person, names: list[Name]) -> list[str]:
    lines = [f"{_headline(gone)} becomes part of {_headline(kept)}."]
    lines.append(f"{counted(len(names), 'id')} and all that was done under {'it' if len(names) == 1 else 'them'} go along.")
    if kept.journey and gone.journey and gone.journey.ended_at is None:
        lines.append("Of their two journeys the older goes on. The other ends, and what it had waiting is taken back.")
    if gone.case:
        lines.append("Their open case is closed; the other's stays." if kept.case else "Their open case goes on.")
    return [*lines, "It can be undone: handrail people split."]


def _would_split(person: Person, last: Merge, names: list[Name], now: datetime) -> list[str]:
    days = (now - last.at).days
    since = f"{counted(days, 'day')} ago" if days else "today"
    because = f", because of {last.because}" if last.because else ""
    return [
        f"{_headline(person)} was made of two {since}{because}.",
        f"Both are again who they would be without that. {counted(len(names), 'id')} {'goes' if len(names) == 1 else 'go'} back.",
        "What came since stays where it is, what was said stays said, and an open case stays with whose it was at first.",
    ]


def _line(merge: Merge, person: str, others: dict[str, str]) -> str:
    other = others.get(merge.gone if merge.kept == person else merge.kept, "")
    because = f": {merge.because}" if merge.because else ""
    if merge.refused:
        return f"{merge.at:%Y-%m-%d} not merged with {other}{because}; {merge.refused}"
    undone = f"; undone {merge.undone_at:%Y-%m-%d} by {merge.undone_by}" if merge.undone_at else ""
    return f"{merge.at:%Y-%m-%d} merged with {other}{because}{undone}"


def _as_plain(person: Person, names: list[Name], merges: list[Merge]) -> dict[str, Any]:
    moments = [{**asdict(one), "at": one.at.isoformat(), "undone_at": one.undone_at and one.undone_at.isoformat()} for one in merges]
    return {"id": person.id, "name": person.name, "ids": [asdict(name) for name in names], "merges": moments}


def _person(store: Store, text: str) -> Person:
    """Whoever is known by that. Raises UserError when nobody is."""
    reports, word = Reports(store.database), text.strip()
    if found := reports.find_person(word):
        return found
    team, slash, user = word.partition("/")
    ones = (("sender", "", word), ("anonymous", "", word), ("device", "", word), *((("slack", team, user),) if slash else ()))
    who = next((who for one in ones if (who := store.resolve(*one))), None)
    if who and (found := reports.find_person(who)):
        return found
    raise UserError(f"Nobody is known as {text!r}. {_HOW}")


_HOW = "An e-mail address, an external id, TEAM/USER of Slack, an anonymous id or our own id is needed."


def _called(store: Store, who: str, names: list[Name]) -> str:
    """Two of somebody's names, those that came with a merge for who was merged; else our id."""
    own = [name for name in names if name.moved_from == who] or names_of(store.database, who)
    return ", ".join(name.value for name in own[:2]) or who


def _name(person: Person) -> str:
    return person.name or person.email or person.external_id or person.id


def _headline(person: Person) -> str:
    return " · ".join(dict.fromkeys(filter(None, (_name(person), person.email, person.external_id))))


def _door(store: Store) -> Door:
    playbooks: Playbooks = good_playbooks(project_folder(None))
    return Door(store, lambda: playbooks, World())


def _colleague() -> str:
    """Who sits at the terminal, as the machine calls them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return BY
