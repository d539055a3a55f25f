"""The page behind a mail that asks whether a Slack user is somebody: who opens it sees, who presses confirms."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from bot.drawing import Sight, see
from bot.links import BadLink
from bot.web.pages import Pages
from flows.events import SlackOpened

Join = Callable[[str, str, str], bool]
"""From now on a Slack user (their workspace, their id) is that person. False when they are somebody else already."""


def link_routes(pages: Pages, join: Join) -> APIRouter:
    """GET and POST /slack/link/<token>."""
    router = APIRouter()

    @router.get("/slack/link/{token}", response_class=HTMLResponse)
    def ask(token: str) -> Response:
        found = _read(pages, token)
        if found is None:
            return pages.refused()
        sight, _ = found
        context = {
            "title": sight.speak("page.link_heading"),
            "text": sight.speak("page.link_text", {"email": sight.person.email}),
            "action_url": f"/slack/link/{token}",
            "fields": {},
            "button": sight.speak("page.link_button"),
            "back": "",
        }
        return pages.show("confirm.html", context, locale=sight.person.locale)

    @router.post("/slack/link/{token}", response_class=HTMLResponse)
    def confirm(token: str) -> Response:
        found = _read(pages, token)
        if found is None:
            return pages.refused()
        sight, (team, user) = found
        if not join(sight.person.id, team, user):
            return pages.refused()
        pages.door.handle(SlackOpened(source="page", key=uuid4().hex, who=sight.person.id, at=pages.door.now(), how="wrote"))
        said = {"title": sight.speak("page.link_done_title"), "text": sight.speak("page.link_done")}
        return pages.show("message.html", said, locale=sight.person.locale)

    return router


def _read(pages: Pages, token: str) -> tuple[Sight, tuple[str, str]] | None:
    """Whom the token speaks of, and which Slack user: workspace and id. None for every kind of wrong."""
    try:
        who, _, slack = pages.links.read(token, "slack-link", pages.door.now()).partition(" ")
    except (BadLink, ValueError):
        return None
    team, _, user = slack.rpartition("/")
    subject = pages.door.view(who)
    sight = see(pages.shelf.books, subject, pages.door.now()) if subject and subject.person.version else None
    return (sight, (team, user)) if sight and user else None
