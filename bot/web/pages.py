"""The person's own pages, drawn: their checklist, and a confirmation for links from mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from bot.drawing import Sight, see
from bot.handle import Door
from bot.links import BadLink, Expired, Links, Purpose
from bot.preference_words import chosen_words
from bot.preferences import preferences_of
from bot.saying_when import chosen
from bot.settings import SHIPPED
from bot.shelf import Shelf
from bot.wording import moment
from bot.words import language_named

FIELDS = {"step": "s", "survey": "q", "value": "v", "until": "u", "case": "c", "article": "a"}
"""The names in a link, and those that buttons carry."""


NOTICES = {
    "done": "done_said",
    "elsewhere": "done_said",
    "skip": "skipped_said",
    "snooze": "snoozed_said",
    "stuck": "stuck_sent_no_time",
    "human": "stuck_sent_no_time",
    "failed": "stuck_sent_no_time",
    "stop": "stopped_said",
    "undo": "resumed_said",
    "solved": "solved_said",
    "goal": "goal_saved",
    "helped": "helped_said",
}
"""What a press is answered with."""
REFUSALS = ("goal_empty", "pick_past", "pick_far")
"""What a form is refused with."""


class Pages:
    """Draws pages from templates, in the reader's language."""

    def __init__(self, door: Door, shelf: Shelf, links: Links, company: str, *, slack_on: bool = False) -> None:
        self.door, self.shelf, self.links, self.company, self.slack_on = door, shelf, links, company, slack_on
        self._jinja = Environment(
            loader=FileSystemLoader(SHIPPED / "templates" / "pages"),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show(self, name: str, context: Mapping[str, Any], *, locale: str = "", status: int = 200) -> HTMLResponse:
        """One page. `words` and `lang` are always there."""
        speak = self.shelf.books.words.speaker(locale)
        html = self._jinja.get_template(name).render(company=self.company, words=speak, lang=locale or "en", **context)
        return HTMLResponse(html, status_code=status)

    def person(self, token: str, purpose: Purpose) -> Sight | None:
        """Whose link it is; None for every kind of wrong."""
        try:
            who = self.links.read(token, purpose, self.door.now())
        except (BadLink, ValueError):
            return None
        subject = self.door.view(who)
        return see(self.shelf.books, subject, self.door.now()) if subject and subject.person.version else None

    def old(self, token: str, purpose: Purpose) -> Expired | None:
        """Whose link it was, when nothing is wrong with it but its date."""
        try:
            self.links.read(token, purpose, self.door.now())
        except Expired as expired:
            return expired
        except (BadLink, ValueError):
            return None
        return None

    def refused(self, group: str = "page") -> HTMLResponse:
        """The same answer for every link that does not open."""
        words = self.shelf.books.words
        text = {"title": words.get(f"{group}.bad_link_title"), "text": words.get(f"{group}.bad_link")}
        return self.show("message.html", text, status=404)


def draw_checklist(pages: Pages, sight: Sight, token: str, notice: str, asked: str) -> Response:
    """Their checklist. `notice` names what was done a moment ago, `asked` what a mail led to."""
    person, case = sight.person, sight.subject.case
    context = {
        "person": {"name": person.name, "first_name": (person.name.split() or [""])[0]},
        "checklist": sight.checklist,
        "articles": _articles(pages, sight),
        "token": token,
        "asked": asked,
        "notice": _notice(pages, sight, notice),
        "refused": notice in REFUSALS,
        "case": {"claimed_name": case.claimed_name} if case else None,
        "opted_out": bool(person.opted_out),
        "links": _links(pages, sight),
        "intake": sight.spoken.intake,
        "traits": person.traits,
        "chosen": chosen_by(pages, sight),
    }
    return pages.show("person.html", context, locale=person.locale)


def _notice(pages: Pages, sight: Sight, notice: str) -> str | None:
    """What was done a moment ago, in words; nothing for a name that is none of ours."""
    if notice in REFUSALS:
        return sight.speak(f"modal.{notice}")
    if notice not in {*NOTICES.values(), "done_unseen", "reopened_said"}:
        return None
    until, now = sight.person.snoozed_until, pages.door.now()
    when = moment(until, sight.zone, now, sight.person.locale, pages.shelf.books.words) if until else ""
    return sight.speak(f"page.{notice}", {"when": when})


def _links(pages: Pages, sight: Sight) -> dict[str, str]:
    """Where the page leads: Slack is offered to those who are not there yet."""
    who, now = sight.person.id, pages.door.now()
    slack = pages.links.continue_in_slack(who, now) if pages.slack_on and not sight.person.slack_ok else ""
    return {"unsubscribe": pages.links.unsubscribe(who), "preferences": pages.links.preferences(who, now), "slack": slack}


def chosen_by(pages: Pages, sight: Sight) -> str:
    """What they chose to get, as one sentence; '' when all is as usual."""
    now, words = pages.door.now(), sight.books.words
    parts = chosen_words(
        preferences_of(sight.person, now),
        sight.speak,
        lambda at: moment(at, sight.zone, now, sight.person.locale, words),
        lambda tag: language_named(words, tag),
    )
    return sight.speak("home.chosen", {"what": ", ".join(parts)}) if parts else ""


def _articles(pages: Pages, sight: Sight) -> dict[str, Markup]:
    """Help by name, as HTML: our own files, in which nothing comes from a person."""
    helps = {step.help for _, step in sight.playbook.steps() if step.help}
    found = {name: pages.shelf.books.articles.in_language(name, sight.person.locale, sight.segments) for name in helps}
    return {name: Markup(article.html) for name, article in found.items() if article}


def draw_confirmation(pages: Pages, sight: Sight, token: str, asked: str, query: Mapping[str, str]) -> Response:
    """A question before anything happens: mail scanners open every link. `query` is the link's."""
    action = asked.partition(":")[0]
    fields = {FIELDS[k]: v for k, v in query.items() if k in FIELDS}
    step = sight.spoken.step(fields.get("s", "")) if fields.get("s") else None
    title = step.title if step else sight.checklist.next.title if sight.checklist and sight.checklist.next else ""
    context = {
        "title": sight.speak("page.confirm_heading"),
        "text": _question(pages, sight, action, fields, title),
        "why": sight.speak("page.confirm_why"),
        "action_url": f"/p/{token}/{action}",
        "back": f"/p/{token}",
        "fields": fields,
        "button": _button(sight, action),
    }
    return pages.show("confirm.html", context, locale=sight.person.locale)


def _question(pages: Pages, sight: Sight, action: str, fields: Mapping[str, str], title: str) -> str:
    if action == "snooze":
        until = chosen(fields.get("u", ""), pages.door.now(), sight.zone)
        when = moment(until, sight.zone, pages.door.now(), sight.person.locale, pages.shelf.books.words) if until else ""
        return sight.speak("page.confirm_snooze", {"when": when})
    if action == "helped":
        return sight.speak("page.confirm_helped" if fields.get("v") == "yes" else "page.confirm_no_help")
    if action == "solved":
        return sight.speak("page.confirm_solved_yes" if fields.get("v") == "yes" else "page.confirm_solved_not_yet")
    key = {"elsewhere": "done", "stuck": "human"}.get(action, action)
    return sight.speak(f"page.confirm_{key}", {"title": title})


def _button(sight: Sight, action: str) -> str:
    if action == "helped":
        return sight.speak("button.send")
    key = {"solved": "send", "elsewhere": "done", "snooze": "later", "failed": "human"}.get(action, action)
    return sight.speak(f"button.{key}")
