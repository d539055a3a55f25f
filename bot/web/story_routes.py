"""GET /t/<token>: a person's whole story, for colleagues to read. Nothing on it changes anything."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from bot.drawing import see
from bot.links import BadLink
from bot.web.pages import Pages
from bot.web.story import story_view
from storage.desk_reports import DeskReports


def story_routes(pages: Pages, reports: DeskReports) -> APIRouter:
    """The page behind "Open page" on a card. `show` narrows the timeline, `all` leaves none of its lines out."""
    router = APIRouter()

    @router.get("/t/{token}", response_class=HTMLResponse)
    def story(token: str, show: str = "", all: str = "") -> Response:
        now = pages.door.now()
        try:
            who = pages.links.read(token, "story", now)
        except (BadLink, ValueError):
            return pages.refused("story")
        found = reports.story(who)
        sight = see(pages.shelf.books, pages.door.view(who), now, team=True) if found else None
        if found is None or sight is None:
            return pages.refused("story")
        view = story_view(found, sight, now, show=show, everything=bool(all))
        return pages.show("story.html", {"story": view, "token": token, "timeline": pages.links.timeline(who, now)})

    return router
