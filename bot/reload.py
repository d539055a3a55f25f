"""Edited files go live within seconds; a bad one is refused, and the channel of whoever owns it hears why."""

from __future__ import annotations

from datetime import timedelta

from bot.articles import Library
from bot.ops import note, owners
from bot.shelf import Reading, Shelf
from bot.world import World
from flows.decision import Say
from flows.library import Playbooks
from storage.outbox import Outbox
from storage.store import Store

SPREAD = timedelta(minutes=10)
"""Active journeys of a changed playbook are asked again within this time."""
_SHOWN = 5


def reload(shelf: Shelf, store: Store, outbox: Outbox, world: World, library: Library | None = None) -> Reading | None:
    """Take changed files, wake the journeys of changed playbooks, tell the owner of refused ones. None when nothing changed.

    With a `library` articles are found as they are written now. It looks by itself whether they changed, so that a failure is tried again.
    """
    found = _take(shelf, store, outbox, world)
    if library is not None:
        library.refresh()
    return found


def _take(shelf: Shelf, store: Store, outbox: Outbox, world: World) -> Reading | None:
    found = shelf.refresh()
    if found is None:
        return None
    now = world.now()
    for playbook in found.playbooks:
        store.wake(playbook, now, now + SPREAD)
    if found.problems:
        for channel in _owners(shelf.playbooks(), found):
            outbox.enqueue(_note(shelf, channel, found), now)
    return found


def _owners(playbooks: Playbooks, found: Reading) -> list[str]:
    """The channel of the playbook whose file is wrong; every owner's for any other file."""
    named = [p.owner for p in playbooks if p.owner and any(file.endswith(f"/{p.playbook}.yaml") for file in found.files)]
    return sorted({*named}) or owners(playbooks)


def _note(shelf: Shelf, channel: str, found: Reading) -> Say:
    """Its key is the same in every process that looks, so that one of them tells; made again later, the same mistake is news."""
    words = shelf.books.words
    lines = [words.get("ops.file_problem", "", {"file": p.file, "line": p.line, "message": p.message}) for p in found.problems[:_SHOWN]]
    if len(found.problems) > _SHOWN:
        lines.append(words.get("ops.more_problems", "", {"n": len(found.problems) - _SHOWN}))
    names = ", ".join(file.rpartition("/")[2] for file in found.files)
    text = words.get("ops.file_refused", "", {"file": names, "problems": "\n".join(lines)})
    return note(channel, found.mark, text)
