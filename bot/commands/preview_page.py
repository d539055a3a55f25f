"""A message on a terminal: who gets it and when, the mail as text, and how Slack shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from bot.commands.days import day_words
from bot.commands.diary_page import ACCENT
from bot.commands.staging import Staged
from bot.slack.limits import Json

_SIGNED = re.compile(r"/([pu])/[\w.-]+")
"""The signed part of a link, which says nothing to a reader."""


def show(seen: Staged, console: Console) -> None:
    """Print everything about it that a terminal can show."""
    console.print(Text(_reader(seen), style="dim"))
    rendered = seen.rendered
    if rendered.text:
        _head(console, "E-mail")
        console.print(Text.assemble(("Subject    ", "dim"), (rendered.subject, "bold")))
        console.print(Text.assemble(("Preheader  ", "dim"), rendered.preheader))
        console.print()
        console.print(Text(_SIGNED.sub(r"/\1/…", rendered.text)))
    _head(console, "Slack")
    for line in _slack_lines(seen.blocks):
        console.print(line)
    if rendered.text:
        console.print(Text("\n--open shows the mail in a browser; --form html, text or slack prints one form alone.", style="dim"))


def _head(console: Console, name: str) -> None:
    console.print()
    console.print(Rule(f"[bold]{name}[/bold]", align="left", style=ACCENT))


def _reader(seen: Staged) -> str:
    person, account = seen.sight.person, seen.sight.subject.account
    local = seen.scene.at.astimezone(seen.sight.zone)
    who = person.name or person.email or person.external_id
    done = f"{seen.sight.checklist.done} of {seen.sight.checklist.total} steps done" if seen.sight.checklist else ""
    day = f"day {seen.sight.checklist.day}" if seen.sight.checklist else ""
    variant = f"variant {seen.scene.variant}" if seen.scene.variant else ""
    as_if = "" if seen.scene.lived else "as if it were due"
    at = f"{who} at {account.name}" if account and account.name else who
    return " · ".join(filter(None, [at, seen.sight.playbook.playbook, day, f"{day_words(local)} {local:%H:%M}", done, variant, as_if]))


def _slack_lines(blocks: Iterable[Json]) -> Iterator[Text]:
    for block in blocks:
        match block["type"]:
            case "section" | "header":
                yield Text(_read(block["text"]["text"]) + "\n")
            case "context":
                yield Text("  ".join(_read(element["text"]) for element in block["elements"]) + "\n", style="dim")
            case "actions":
                yield Text(" ".join(map(_pressed, block["elements"])) + "\n", style=ACCENT)


def _pressed(element: Json) -> str:
    """A button, or a menu by what it says before anything is chosen."""
    if "text" in element:
        return f"[ {element['text']['text']} ]"
    return f"[ {element.get('placeholder', {}).get('text', '…')} ▾ ]"


def _read(mrkdwn: str) -> str:
    """Slack's marks as one reads them: links as their words."""
    return unescape(re.sub(r"<([^|>]+)\|([^>]+)>", r"\2", mrkdwn))
