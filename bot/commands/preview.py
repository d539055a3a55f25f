"""`handrail preview`: one message as somebody gets it."""

from __future__ import annotations

import json
import re
import tempfile
import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import Literal

from rich.console import Console

from bot.commands.invented import read_traits
from bot.commands.mistakes import UserError, meant
from bot.commands.opening import existing_store
from bot.commands.preview_page import show
from bot.commands.preview_sending import By, send_preview
from bot.commands.projects import good_books, project_folder
from bot.commands.scenes import Scene, scene_now, scene_of_ana
from bot.commands.staging import Staged, staged
from bot.fact_names import users
from bot.settings import read_settings
from bot.shelf import Books
from bot.world import World
from flows.decide import playbook_of
from flows.playbook import Playbook
from storage.reports import Reports

Form = Literal["all", "html", "text", "slack"]


def preview(
    message: str,
    *,
    who: str,
    variant: str,
    locale: str,
    project: Path | None,
    form: Form,
    open_browser: bool,
    send: str = "",
    by: By | None = None,
) -> None:
    """Print the message in the form asked for, show its mail in a browser, or send it to one address."""
    if by and not send:
        raise UserError("--by says how --send goes: --send kim@example.com --by slack.")
    books = good_books(project_folder(project))
    _refuse_unknown(books, message, variant)
    playbook, scene = _somebody(books, message, who) if who and "=" not in who else _ana(books, message, who)
    if locale:
        scene = replace(scene, subject=replace(scene.subject, person=replace(scene.subject.person, locale=locale)))
    settings = read_settings()
    seen = staged(books, playbook, message, variant, scene, settings)
    if locale and not locale.startswith("en") and not seen.rendered.locale:
        Console(stderr=True).print(f"{message} has no text in {locale}; this is the one it falls back to.", style="yellow", highlight=False)
    if send:
        print(send_preview(seen, send, by, settings))
    elif open_browser:
        print(f"Opened {_opened(message, seen)}")
    elif form == "all":
        show(seen, Console(highlight=False))
    else:
        print({"html": seen.rendered.html, "text": seen.rendered.text, "slack": _json(seen)}[form])


def _refuse_unknown(books: Books, message: str, variant: str) -> None:
    names = books.messages.variants()
    if message not in names:
        raise UserError(f"There is no message {message}{meant(message, names)}")
    if variant and variant not in names[message]:
        raise UserError(f"{message} has no variant {variant}{meant(variant, names[message])}")


def _ana(books: Books, message: str, who: str) -> tuple[Playbook, Scene]:
    books_of_it = users(message, list(books.playbooks))
    playbook = next((book for book in books_of_it if book is books.playbooks.common), books_of_it[0])
    steps_done = re.search(r"(?:^|,)\s*steps_done\s*=\s*(\d+)\s*(?=,|$)", who)
    traits = who.replace(steps_done[0], "") if steps_done else who
    return playbook, scene_of_ana(playbook, message, read_traits(traits, playbook), int(steps_done[1]) if steps_done else None)


def _somebody(books: Books, message: str, who: str) -> tuple[Playbook, Scene]:
    """A real person, as they are now."""
    with existing_store() as store:
        person = Reports(store.database).find_person(who)
        if person is None:
            raise UserError(f"Nobody is known as {who!r}; write traits like role=developer for an invented person.")
        subject = store.load([person.id], {}, books.playbooks.needs, World().now())[person.id]
    playbook = playbook_of(books.playbooks, subject.person)
    assert playbook is not None
    return playbook, scene_now(playbook, message, subject, World().now())


def _opened(message: str, seen: Staged) -> Path:
    if not seen.rendered.html:
        raise UserError(f"{message} is for the team in Slack; it has no mail to open.")
    with tempfile.NamedTemporaryFile("w", suffix=".html", prefix=f"handrail-{message}-", encoding="utf-8", delete=False) as file:
        file.write(seen.rendered.html)
    webbrowser.open(Path(file.name).as_uri())
    return Path(file.name)


def _json(seen: Staged) -> str:
    return json.dumps({"text": seen.rendered.slack_text, "blocks": list(seen.blocks)}, indent=2, ensure_ascii=False)
