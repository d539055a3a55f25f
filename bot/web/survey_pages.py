"""A question from a mail: the page that asks it again with all its answers, and the one that thanks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from fastapi.responses import RedirectResponse, Response

from bot.choices import Choice
from bot.drawing import Sight
from bot.facts import message_facts
from bot.render import RenderError, Surface, render
from bot.web.pages import Pages
from flows.events import Answered
from flows.parts.rules import Survey

_WORDS: frozenset[Surface] = frozenset({"text"})


@dataclass(frozen=True, slots=True)
class Question:
    """A survey as one person reads it: `title` and `text` of its message, and its answers in words."""

    title: str
    text: str
    choices: tuple[Choice, ...]


def draw_question(pages: Pages, sight: Sight, token: str, query: Mapping[str, str]) -> Response:
    """The question with the answer that was clicked chosen already: nothing counts before the press. `query` is the link's."""
    survey = _survey(sight, query.get("survey", ""))
    if survey is None:
        return _closed(pages, sight, token)
    return _ask(pages, sight, token, survey, query.get("value", ""), _added(sight, survey))


def answered(pages: Pages, sight: Sight, token: str, form: Mapping[str, str]) -> Response:
    """They pressed Send. Without an answer the question stands there again, with all that they wrote."""
    survey, text = _survey(sight, form.get("q", "")), form.get("text", "").strip()
    if survey is None:
        return _closed(pages, sight, token)
    value = next((one for one in survey.answers if str(one) == form.get("v")), None)
    if value is None:
        return _ask(pages, sight, token, survey, "", text, error="modal.intake_wrong")
    who, now = sight.person.id, pages.door.now()
    given = Answered(source="page", key=uuid4().hex, who=who, at=now, survey=survey.survey, value=value, text=text, mouth="page")
    pages.door.handle(given)
    return RedirectResponse(f"/p/{token}?answered={survey.survey}", status_code=303)


def draw_answer(pages: Pages, sight: Sight, token: str, name: str) -> Response | None:
    """Thanks, with what they answered; None when they did not."""
    survey, journey = _survey(sight, name), sight.person.journey
    if survey is None or journey is None or survey.survey not in journey.answers:
        return None
    value = journey.answers[survey.survey]
    words = next((choice.text for choice in _question(pages, sight, survey).choices if choice.value == value), str(value))
    context = {
        "answer": words,
        "added": journey.added.get(survey.survey, ""),
        "case": sight.subject.case is not None,
        "again": f"/p/{token}?do=answer&survey={survey.survey}&value={value}",
        "back": f"/p/{token}",
    }
    return pages.show("thanks.html", context, locale=sight.person.locale)


def _survey(sight: Sight, name: str) -> Survey | None:
    return next((one for one in sight.playbook.surveys if one.survey == name), None)


def _added(sight: Sight, survey: Survey) -> str:
    return sight.person.journey.added.get(survey.survey, "") if sight.person.journey else ""


def _ask(pages: Pages, sight: Sight, token: str, survey: Survey, value: str, text: str, *, error: str = "") -> Response:
    question = _question(pages, sight, survey)
    context = {
        "question": question,
        "paragraphs": [part for part in question.text.split("\n\n") if part.strip()],
        "survey": survey.survey,
        "value": value,
        "text": text,
        "error": sight.speak(error) if error else "",
        "action_url": f"/p/{token}/answer",
        "back": f"/p/{token}",
    }
    return pages.show("question.html", context, locale=sight.person.locale, status=422 if error else 200)


def _closed(pages: Pages, sight: Sight, token: str) -> Response:
    """A question that nobody asks any more."""
    context = {
        "title": sight.speak("page.question_gone_heading"),
        "text": sight.speak("page.question_gone"),
        "back": f"/p/{token}",
    }
    return pages.show("message.html", context, locale=sight.person.locale, status=404)


def _question(pages: Pages, sight: Sight, survey: Survey) -> Question:
    """The words of the mail, so that the page asks nothing else. A message that can't be said leaves the answers by themselves."""
    person, books = sight.person, sight.books
    asks = {"survey": survey.survey, "answers": list(survey.answers)}
    try:
        said = render(
            books.messages,
            message=survey.message,
            facts=message_facts(
                sight.playbook, sight.subject, sight.checklist, asks, company=pages.company, now=pages.door.now(), words=books.words
            ),
            checklist=sight.checklist,
            links=pages.links.of(person.id, pages.door.now()),
            variants=("", *sight.segments),
            locale=person.locale,
            surfaces=_WORDS,
        )
    except RenderError:
        plain = tuple(Choice(str(value), "answer", value=value, survey=survey.survey) for value in survey.answers)
        return Question(sight.speak("page.question_heading"), "", plain)
    return Question(said.subject, said.body, tuple(choice for choice in said.choices if choice.action == "answer"))
