"""What mail costs: a message rendered for one person beside its templates alone, and the reports of a provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from markupsafe import Markup

from bench.house import an_empty_house, sign_up
from bot.drawing import see
from bot.facts import message_facts, spoken
from bot.links import Links
from bot.mail_frame import mail_frame
from bot.render import render

MESSAGE = "day7"
TIMES = 200

Measured = tuple[str, float, str]


def mail_side(now: datetime, seconds: Callable[[Callable[[], object], int], float]) -> Iterator[Measured]:
    """Mails a second as delivery renders them (HTML and text), and as bare Jinja renders the same templates with the facts at hand."""
    house = an_empty_house(None, now)
    subject = house.door.view(sign_up(house, 1, now)[0])
    books = house.shelf.books
    sight = see(books, subject, now)
    assert subject is not None
    assert sight is not None
    links = Links("https://example.test", "a-key-for-measuring-only").of(subject.person.id, now)

    def facts() -> dict[str, object]:
        return message_facts(sight.playbook, subject, sight.checklist, {}, company="Tally", now=now, words=books.words)

    def ours() -> None:
        for _ in range(TIMES):
            render(books.messages, message=MESSAGE, facts=facts(), checklist=sight.checklist, links=links, surfaces=("html", "text"))

    found, layouts = books.messages.pick(MESSAGE), books.messages.layouts
    said = spoken(facts(), books.words, "", links)
    framed = said | {"article": None} | mail_frame(found, books.words, said, sight.checklist, links, None, ())
    framed |= {"subject": "A week in", "preheader": "", "rail": ""}

    def bare() -> None:
        for _ in range(TIMES):
            for frame, body in ((layouts.html, found.html), (layouts.text, found.text)):
                frame.render(framed, body=Markup(body.render(framed)))
            for name in ("progress", "checklist"):
                for kind in ("html", "txt"):
                    layouts.parts[name, kind].render(framed)

    whole, alone = seconds(ours, 3), seconds(bare, 3)
    yield "mails rendered, HTML and text", TIMES / whole, "mails/s"
    yield "the same templates by bare Jinja", TIMES / alone, "mails/s"
    yield "rendering beside bare Jinja", whole / alone, "times"
