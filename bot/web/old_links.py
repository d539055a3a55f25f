"""Links that do not open: one answer for all that are not ours, and for those that are too old a way to a fresh one."""

from __future__ import annotations

import hashlib

from fastapi.responses import Response

from bot.links import Expired, Purpose
from bot.web.pages import Pages
from flows.events import Asked

FRESH = "fresh"
"""What the button of an old link asks for."""


def unopened(pages: Pages, token: str, purpose: Purpose, action: str = "") -> Response:
    """The answer to a token that opens nothing. A right one that is too old may ask for a fresh one: `action`, by POST alone.

    A fresh link goes to the person's own mailbox, and the page says the same whatever comes of it.
    """
    old = pages.old(token, purpose)
    if old is None:
        return pages.refused()
    subject = pages.door.view(old.person)
    locale = subject.person.locale if subject else ""
    speak = pages.shelf.books.words.speaker(locale)
    if action == FRESH:
        if subject and subject.person.version:
            pages.door.handle(_asks(pages, old))
        said = {"title": speak("page.fresh_sent_heading"), "text": speak("page.fresh_sent")}
        return pages.show("message.html", said, locale=locale)
    context = {
        "title": speak("page.old_link_heading"),
        "text": speak("page.old_link"),
        "action_url": f"/{'p' if purpose == 'page' else purpose}/{token}/{FRESH}",
        "fields": {},
        "button": speak("button.fresh_link"),
        "back": "",
    }
    return pages.show("confirm.html", context, locale=locale, status=410)


def _asks(pages: Pages, old: Expired) -> Asked:
    """Once a day, whichever old link was opened: each mail has one of its own, and the fresh mail has all that they need."""
    now = pages.door.now()
    key = hashlib.sha256(f"{old.person} {now.date().isoformat()}".encode()).hexdigest()
    return Asked(source="page", key=key, who=old.person, at=now, about="fresh_link", mouth="page")
