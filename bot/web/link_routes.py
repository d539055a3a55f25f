"""The page behind a mail that asks whether a Slack user is somebody: who opens it sees, who presses confirms."""

from __future__ import annotations

from typing import Protocol, TypeVar

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from bot.channels import SendError
from bot.drawing import Sight, see
from bot.web.pages import Pages


class Claim(Protocol):
    """A Slack user, by `name` in a `workspace`, says to be a person."""

    @property
    def person(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def workspace(self) -> str: ...


C = TypeVar("C", bound=Claim)


class Confirming(Protocol[C]):
    """Who reads such links and takes the answer."""

    def read(self, token: str) -> C | None:
        """What a link claims, None for every kind of wrong."""
        ...

    def confirm(self, claim: C) -> bool:
        """It is them. False when it can't be any more. Raises SendError when Slack can't be asked now."""
        ...


def link_routes(pages: Pages, confirming: Confirming[C]) -> APIRouter:
    """GET and POST /slack/link/<token>."""
    router = APIRouter()

    @router.get("/slack/link/{token}", response_class=HTMLResponse)
    def ask(token: str) -> Response:
        found = _read(pages, confirming, token)
        if found is None:
            return pages.refused()
        sight, claim = found
        context = {
            "title": sight.speak("page.link_heading"),
            "text": sight.speak("page.link_text", _names(sight, claim)),
            "action_url": f"/slack/link/{token}",
            "fields": {},
            "button": sight.speak("page.link_button"),
            "back": "",
        }
        return pages.show("confirm.html", context, locale=sight.person.locale)

    @router.post("/slack/link/{token}", response_class=HTMLResponse)
    def confirm(token: str) -> Response:
        found = _read(pages, confirming, token)
        if found is None:
            return pages.refused()
        sight, claim = found
        try:
            if not confirming.confirm(claim):
                return pages.refused()
        except SendError:
            wrong = {"title": sight.speak("page.error_title"), "text": sight.speak("page.error")}
            return pages.show("message.html", wrong, locale=sight.person.locale, status=503)
        said = {"title": sight.speak("page.link_done_title"), "text": sight.speak("page.link_done")}
        return pages.show("message.html", said, locale=sight.person.locale)

    return router


def _read(pages: Pages, confirming: Confirming[C], token: str) -> tuple[Sight, C] | None:
    """Whom the token speaks of, and which Slack user. None for every kind of wrong."""
    claim = confirming.read(token)
    subject = pages.door.view(claim.person) if claim else None
    sight = see(pages.shelf.books, subject, pages.door.now()) if subject and subject.person.version else None
    return (sight, claim) if sight and claim else None


def _names(sight: Sight, claim: Claim) -> dict[str, str]:
    """Who asks, in words that the reader can judge."""
    return {"email": sight.person.email, "slack_name": claim.name, "workspace": claim.workspace}
