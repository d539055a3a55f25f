"""Written replies: answers that a CSM may send, kept as Markdown files, with the names filled in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from bot.front_matter import Sheet, read_sheet
from bot.layers import in_force
from bot.markup import plain
from bot.markup.reading import read
from bot.markup.tags import QUOTE_CLOSES, QUOTE_OPENS
from bot.message_files import Line, Unreadable
from flows.checks.names import unknown
from flows.languages import language_chain
from flows.problems import Problem

FACTS = ("first_name", "csm")
"""What a reply may say of who reads it and who sends it."""
MOST_CHARACTERS = 2500
"""Slack's field, in which a CSM reads and changes it before it goes, has room for 3000; names need some of it."""

_TAG = re.compile(r"\{\{(.*?)\}\}|\{%|\{#|\{\{", re.DOTALL)
_PLACE = re.compile(r"[ ]?\{\{\s*(first_name|csm)\s*\}\}")
_QUOTED = re.compile(f"{QUOTE_OPENS}(.*?){QUOTE_CLOSES}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer in one language ("" as shipped). `steps` are those it helps with; without any it fits every step.

    A translation has the steps of what it translates.
    """

    name: str
    locale: str
    title: str
    steps: tuple[Line, ...]
    body: str
    file: str

    def text(self, first_name: str, csm: str) -> str:
        """The answer as plain text, to be read and changed before it is sent. A name nobody knows leaves no gap."""
        names = {"first_name": " ".join(first_name.split()), "csm": " ".join(csm.split())}

        def fill(place: re.Match[str]) -> str:
            name = names[place[1]]
            return (" " if place[0].startswith(" ") else "") + name if name else ""

        return _PLACE.sub(fill, self.body).strip()

    def helps_with(self, step: str | None) -> bool:
        """Whether it was written for that step."""
        return step in {line.text for line in self.steps}


@dataclass(frozen=True, slots=True)
class Replies:
    """Replies by name and language."""

    found: Mapping[tuple[str, str], Reply]

    def __len__(self) -> int:
        return sum(1 for _, locale in self.found if not locale)

    def for_step(self, step: str | None, locale: str = "") -> list[Reply]:
        """What a CSM may answer somebody at that step (None: at none): replies of the step first, then those for any; each by its title.

        Each is in the customer's language where it was written in it.
        """
        fits = [reply for reply in self.found.values() if not reply.locale and (not reply.steps or reply.helps_with(step))]
        spoken = [(not reply.steps, self.named(reply.name, locale) or reply) for reply in fits]
        return [reply for _, reply in sorted(spoken, key=lambda each: (each[0], each[1].title, each[1].name))]

    def named(self, name: str, locale: str = "") -> Reply | None:
        """One reply in that language, else in a wider one; None when it is gone."""
        return next((r for tag in language_chain(locale) if (r := self.found.get((name, tag)))), None)

    def unknown_steps(self, steps: Collection[str]) -> Iterator[Problem]:
        """Replies that name a step which no playbook has."""
        for reply in self.found.values():
            for line in reply.steps:
                if line.text not in steps:
                    yield Problem(reply.file, line.line, "steps", unknown("step", line.text, steps))


def load_replies(folders: Sequence[Path]) -> tuple[Replies, list[Problem]]:
    """Read replies/*.md; a later folder overrides by file name. Reads files, raises nothing for what is in them."""
    paths = in_force(sorted(folder.glob("[!.]*.md")) for folder in folders)
    found: dict[tuple[str, str], Reply] = {}
    problems: list[Problem] = []
    for path in paths.values():
        try:
            sheet = read_sheet(path, texts=("title",), lists=("steps",))
            wrong = list(_wrong_in(sheet, paths))
            reply = None if wrong else _reply(sheet)
        except Unreadable as error:
            problems.append(error.problem)
            continue
        except ValueError as error:
            problems.append(Problem(str(path), sheet.body_line, "body", str(error)))
            continue
        problems += wrong
        if reply is not None:
            found[reply.name, reply.locale] = reply
    return Replies(found), problems


def _wrong_in(sheet: Sheet, beside: Collection[str]) -> Iterator[Problem]:
    if not sheet.text("title"):
        yield Problem(sheet.file, 1, "title", "a reply needs a title, by which a CSM chooses it")
    if not sheet.body.strip():
        yield Problem(sheet.file, sheet.body_line, "body", "a reply has something to say")
    if len(sheet.body) > MOST_CHARACTERS:
        yield Problem(sheet.file, sheet.body_line, "body", f"a reply has at most {MOST_CHARACTERS} characters; this has {len(sheet.body)}")
    if sheet.name.locale and f"{sheet.name.message}.md" not in beside:
        yield Problem(sheet.file, 1, sheet.name.message, f"there is no {sheet.name.message}.md that this could be the translation of")
    for tag in _TAG.finditer(sheet.body):
        name = (tag[1] or "").strip()
        if name not in FACTS:
            close = get_close_matches(name, FACTS, 1) if name else []
            meant = f", did you mean {{{{ {close[0]} }}}}?" if close else ""
            yield sheet.in_body(tag, f"a reply may say {{{{ first_name }}}} and {{{{ csm }}}} and nothing else{meant}")


def _reply(sheet: Sheet) -> Reply:
    """Raises ValueError for what a text cannot hold."""
    tree, tags = read(sheet.body)
    written = tags.restore(plain.write(tree, tags, plain.TEXT_SIGNS))
    quoted = _QUOTED.sub(lambda found: "\n".join(f"> {line}".rstrip() for line in found[1].strip().split("\n")), written)
    return Reply(
        name=sheet.name.message,
        locale=sheet.name.locale,
        title=sheet.text("title"),
        steps=tuple(Line(line.text.strip(), line.line) for line in sheet.lists.get("steps", ())),
        body=re.sub(r"\n{3,}", "\n\n", quoted).strip(),
        file=sheet.file,
    )
