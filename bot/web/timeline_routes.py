"""GET /timeline/<token>: how far an account is, for colleagues to read and to print. Nothing on it changes anything."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from bot.drawing import see
from bot.links import BadLink
from bot.task_facts import team_zone
from bot.web.pages import Pages
from bot.web.timeline import project
from bot.web.timeline_view import timeline_view
from storage.desk_reports import DeskReports


def timeline_routes(pages: Pages, reports: DeskReports) -> APIRouter:
    """The page behind "Timeline" on a task's card. It is about everybody of the person's account who is on their playbook."""
    router = APIRouter()

    @router.get("/timeline/{token}", response_class=HTMLResponse)
    def timeline(token: str) -> Response:
        now = pages.door.now()
        try:
            who = pages.links.read(token, "timeline", now)
        except (BadLink, ValueError):
            return pages.refused("project")
        subject = pages.door.view(who)
        sight = see(pages.shelf.books, subject, now, team=True) if subject and subject.person.version else None
        if subject is None or sight is None:
            return pages.refused("project")
        account = subject.person.account_id
        everybody = pages.door.views(reports.people_of(account)) if account else {who: subject}
        zone = team_zone(sight.playbook)
        found = project(list(everybody.values()), sight.playbook, now, zone)
        name = sight.person.name or sight.person.email or who
        words = sight.books.words
        view = timeline_view(found, words, zone, now, lambda person: pages.links.story(person, now)) if found else None
        return pages.show("timeline.html", {"project": view, "name": name})

    return router
