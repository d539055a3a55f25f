"""`handrail backup` and `handrail restore`: a copy of the SQLite database, and how it is put back."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from rich.console import Console

from bot.clock import tick
from bot.commands.mistakes import UserError, counted
from bot.handle import Door
from bot.settings import read_settings
from bot.shelf import Books, read_books
from bot.world import World, machine_now
from storage.backup import Taken, take_backup
from storage.chores import Chores
from storage.database import Database
from storage.restoring import Restored, hold_here
from storage.restoring import restore as put_back
from storage.store import Store


def backup(file: Path, *, keep: int, as_json: bool) -> None:
    """Make a backup and say where it is."""
    taken = take_backup(read_settings().database_url, file, machine_now(), keep)
    if as_json:
        print(json.dumps({"file": str(taken.file), "bytes": taken.size, "at": taken.at.isoformat()}))
        return
    Console(highlight=False, markup=False).print(made(taken), soft_wrap=True)


def made(taken: Taken) -> str:
    """A line about a backup."""
    return f"{taken.file} holds the database as of {_moment(taken.at)}, {taken.size / 1e6:,.1f} MB, checked."


def restore(file: Path | None, *, here: bool, again: bool, as_json: bool) -> None:
    """Put a backup back and say what that means."""
    if (file is None) != here or (here and again):
        raise UserError("Name the backup to put back, or say --here when that was done by other means.")
    settings = read_settings()
    books, problems = read_books(settings.project_dir)
    if problems:
        raise UserError("Who is due has to be decided with the playbooks, and these can't be used: handrail check names what is wrong.")

    def caught_up(database: Database) -> int:
        return catch_up(database, books, World())

    url = settings.database_url
    found = put_back(url, file, machine_now(), caught_up, again=again) if file else hold_here(url, caught_up)
    if as_json:
        print(json.dumps(_plain(found)))
        return
    out = Console(highlight=False, markup=False)
    for line in lines(found) if file else lines(found)[1:]:
        out.print(line, soft_wrap=True)


def catch_up(database: Database, books: Books, world: World) -> int:
    """Decide for everybody whose moment has come; nothing is sent. Gives how many there were."""
    return tick(Door(Store(database), lambda: books.playbooks, world), Chores(database))


def lines(found: Restored) -> list[str]:
    """What a restore did, in words."""
    since = f"of {_moment(found.at)}" if found.at else "whose moment nobody wrote down"
    said = [f"The backup {since} is in place. What came in since then is not in it; your product may send it again: a repeat is no news."]
    if found.aside:
        said.append(f"The database before is kept in {found.aside}.")
    said.append(f"{counted(found.woken, 'person was', 'people were')} due meanwhile, and decided for.")
    if found.readable:
        said.append(
            f"What became of {counted(found.told, 'message')} is known from the database before, and none of them is sent again. "
            "Who said stop since then, keys and Slack's tokens were taken from there too."
        )
    else:
        said.append(
            "The database before could not be asked what was sent and who said stop since then: look into your mail provider's list of "
            "unsubscribes (handrail suppressions import)."
        )
    if found.held:
        said.append(
            f"{counted(found.held, 'message')} may have been sent since then. None is sent again by itself: "
            "handrail unknown list shows them, and handrail unknown resend sends what should go out."
        )
    return said


def _plain(found: Restored) -> dict[str, object]:
    return {
        "at": found.at.isoformat() if found.at else None,
        "aside": str(found.aside) if found.aside else None,
        "database_before_readable": found.readable,
        "woken": found.woken,
        "told": found.told,
        "held": found.held,
    }


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
