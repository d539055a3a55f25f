"""What mail costs: a message rendered for one person beside its templates alone, and the reports of a provider."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from markupsafe import Markup

from bench.house import an_empty_house, sign_up
from bot.drawing import see
from bot.email.report_intake import ReportIntake, SoftBounces
from bot.email.reports import read_reports
from bot.facts import message_facts, spoken
from bot.links import Links
from bot.mail_frame import mail_frame
from bot.render import render
from storage.outbox import Outbox

MESSAGE = "day7"
TIMES = 200
REPORTS = 2_000
AT_ONCE = 500
"""Reports in one call, as SendGrid sends them on a busy day."""

Measured = tuple[str, float, str]


def mail_side(now: datetime, seconds: Callable[[Callable[[], object], int], float]) -> Iterator[Measured]:
    """Mails a second as delivery renders them (HTML and text), as bare Jinja renders the same templates, and reports a second."""
    yield from _rendering(now, seconds)
    yield "reports of the provider read, decided and stored", REPORTS / _reporting(now, seconds), "reports/s"


def _reporting(now: datetime, seconds: Callable[[Callable[[], object], int], float]) -> float:
    """Seconds for the reports that follow a morning's mails: taken over, delivered, opened."""
    house = an_empty_house(None, now)
    people = sign_up(house, 200, now)
    intake = ReportIntake(house.door, Outbox(house.store.database), SoftBounces(3, timedelta(days=14)))
    told = [
        {
            "event": ("processed", "delivered", "open")[n % 3],
            "sg_event_id": f"report-{n}",
            "timestamp": int(now.timestamp()),
            "email": f"u{n % len(people)}@acme.test",
        }
        for n in range(REPORTS)
    ]
    bodies = [json.dumps(told[at : at + AT_ONCE]).encode() for at in range(0, REPORTS, AT_ONCE)]
    return seconds(lambda: [intake.take(read_reports(body, now).reports) for body in bodies], 1)


def _rendering(now: datetime, seconds: Callable[[Callable[[], object], int], float]) -> Iterator[Measured]:
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
    framed |= {"subject": "A week in", "preheader": "", "rail": "", "reply_to": ""}

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
