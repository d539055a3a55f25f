"""The page on which somebody chooses what they get, behind a link of its own. A GET never changes anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, cast
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.drawing import Sight
from bot.preferences import Preferences, languages, preferences_of, preferred, wording_of
from bot.web.old_links import unopened
from bot.web.pages import Pages, chosen_by
from bot.web.preference_form import Filled, filled_as, read_form, typed
from bot.words import language_named
from flows.events import AnyEvent, OptedIn
from flows.parts.rules import KINDS
from storage.reports import Reports
from storage.suppressions import OWN_WORD

NOTICES = {"kept": "page.messages_kept", "usual": "page.usual_again", "resumed": "page.resumed_said"}
"""What a press is answered with, on the page that follows it."""


def preference_routes(pages: Pages) -> APIRouter:
    """/preferences/<token>: the form, "back to usual", and e-mail or Slack again after an unsubscribe."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/preferences/{token}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def show(token: str, notice: str = "") -> Response:
        sight = _sight(pages, token)
        if sight is None:
            return unopened(pages, token, "preferences")
        return _draw(pages, sight, token, filled_as(sight, pages.door.now()), NOTICES.get(notice, ""))

    @router.post("/preferences/{token}")
    async def keep(token: str, request: Request) -> Response:
        form = await request.form()
        fields = {name: str(value)[:100] for name, value in form.items()}
        return await run_in_threadpool(_keep, pages, token, fields, [str(kind) for kind in form.getlist("kind")])

    @router.post("/preferences/{token}/{action}")
    async def act(token: str, action: str, request: Request) -> Response:
        channel = str((await request.form()).get("channel", ""))
        return await run_in_threadpool(_act, pages, token, action, channel)

    return router


def _sight(pages: Pages, token: str) -> Sight | None:
    """Whose page it is. What they stopped stands there, and can be taken back, where the list alone knows of it too."""
    sight = pages.person(token, "preferences")
    if sight is None:
        return None
    person = sight.person
    listed = {one.channel for one in Reports(pages.door.store.database).shut(person) if one.reason == OWN_WORD}
    if "all" in person.opted_out or listed <= set(person.opted_out):
        return sight
    return replace(sight, subject=replace(sight.subject, person=replace(person, opted_out=tuple(sorted({*person.opted_out, *listed})))))


def _keep(pages: Pages, token: str, form: Mapping[str, str], kinds: Sequence[str]) -> Response:
    sight = _sight(pages, token)
    if sight is None:
        return unopened(pages, token, "preferences")
    wanted, filled = read_form(typed(form, kinds), sight, pages.door.now())
    if filled.errors:
        return _draw(pages, sight, token, filled)
    _want(pages, sight, wanted, wording_of(wanted, sight.speak))
    return _after(token, "kept")


def _act(pages: Pages, token: str, action: str, channel: str) -> Response:
    sight = _sight(pages, token)
    if sight is None:
        return unopened(pages, token, "preferences", action)
    if action == "usual":
        _want(pages, sight, Preferences(), sight.speak("button.usual"))
        return _after(token, "usual")
    if action == "resume" and channel in ("slack", "email") and channel in sight.person.opted_out:
        pages.door.handle(_resumed(pages, sight, cast("Literal['slack', 'email']", channel)))
        return _after(token, "resumed")
    return _after(token, "")


def _want(pages: Pages, sight: Sight, wanted: Preferences, wording: str) -> None:
    now = pages.door.now()
    events: list[AnyEvent] = preferred(wanted, sight.person, source="page", key=uuid4().hex, at=now, mouth="page", wording=wording)
    if events:
        pages.door.handle(*events)


def _resumed(pages: Pages, sight: Sight, channel: Literal["slack", "email"]) -> OptedIn:
    wording = sight.speak(f"button.subscribe_{channel}")
    now = pages.door.now()
    return OptedIn(source="page", key=uuid4().hex, who=sight.person.id, at=now, channel=channel, wording=wording, mouth="page")


def _after(token: str, notice: str) -> Response:
    return RedirectResponse(f"/preferences/{token}" + (f"?notice={notice}" if notice else ""), status_code=303)


def _draw(pages: Pages, sight: Sight, token: str, filled: Filled, notice: str = "") -> Response:
    """The form as typed or as things are. `notice` is a key of words.yaml."""
    person, books = sight.person, sight.books
    context = {
        "form": filled,
        "errors": {name: sight.speak(key) for name, key in filled.errors.items()},
        "notice": sight.speak(notice) if notice else "",
        "chosen": chosen_by(pages, sight),
        "usual": preferences_of(person, pages.door.now()).usual,
        "closed": [] if "all" in person.opted_out or len(person.opted_out) > 1 else list(person.opted_out),
        "kinds": KINDS,
        "languages": {tag: language_named(books.words, tag) for tag in languages(books.messages)},
        "zone": sight.zone.key,
        "action_url": f"/preferences/{token}",
        "unsubscribe": pages.links.unsubscribe(person.id),
    }
    return pages.show("preferences.html", context, locale=person.locale, status=422 if filled.errors else 200)
