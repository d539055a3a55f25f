"""The pages people get: strict templates, nothing of a person read as markup, and nothing a strict policy would block."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.choices import Choice
from bot.web.preference_form import Filled
from bot.web.survey_pages import Question
from bot.words import shipped_words
from flows.checklist import Checklist, ModuleView, StepStatus, StepView
from flows.parts.people import Intake
from flows.parts.rules import KINDS

TEMPLATES = Path(__file__).parents[2] / "templates"
NASTY = '<img src=x onerror=alert(1)> "Ana" & {{ 7 * 7 }}'
ASKING = {"email": NASTY, "action_url": "/u/token", "undo": "all", "everything": True, "preferences": "/preferences/token"}


def a_page(name: str, **context: Any) -> str:
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES / "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return pages.get_template(name).render(company=NASTY, lang="en", words=shipped_words().speaker(""), **context)


def a_step(name: str, status: StepStatus, **known: Any) -> StepView:
    step = StepView(step=name, title=NASTY, why=NASTY, link="https://app.example.com/", help="how", minutes=5, status=status)
    return replace(step, **known)


class Elements(HTMLParser):
    """Every element of a page with its attributes, as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def anas_checklist() -> Checklist:
    now = a_step("now", "current", said_done=True)
    done = a_step("done", "done", since=datetime(2026, 3, 3, 9, 12, tzinfo=UTC))
    steps = (done, now, a_step("open", "open", optional=True, link="", minutes=None), a_step("skipped", "skipped"))
    modules = (
        ModuleView(module=NASTY, title=NASTY, objective=NASTY, open=True, optional=False, steps=steps),
        ModuleView(module="Later", title="Later", objective="", open=False, optional=True, steps=(a_step("locked", "locked"),)),
    )
    return Checklist(
        title=NASTY, modules=modules, next=now, done=1, total=4, minutes_left=12, day=3, days=30, goal="report", goal_words=NASTY
    )


def persons_page(checklist: Checklist | None, **known: Any) -> str:
    context: dict[str, Any] = {
        "person": {"first_name": NASTY, "name": NASTY},
        "checklist": checklist,
        "articles": {},
        "token": "token",
        "notice": None,
        "case": None,
        "opted_out": False,
        "links": {"unsubscribe": "/u/token", "preferences": "/preferences/token", "slack": "/slack/continue/token"},
        "asked": "",
        "refused": False,
        "intake": (Intake(ask="use_case", text=NASTY, options={"team": NASTY, "boss": "Reports"}),),
        "traits": {"use_case": "boss"},
        "chosen": NASTY,
    }
    return a_page("person.html", **(context | known))


def preferences(**known: Any) -> str:
    context: dict[str, Any] = {
        "form": Filled(pause=NASTY, since=NASTY, errors={"pause": "modal.pause_unclear", "since": "modal.hours_unclear"}),
        "errors": {"pause": NASTY, "since": NASTY},
        "notice": "",
        "chosen": NASTY,
        "usual": False,
        "closed": ["email", "slack"],
        "kinds": KINDS,
        "languages": {"de": NASTY},
        "zone": NASTY,
        "action_url": "/preferences/token",
        "unsubscribe": "/u/token",
    }
    return a_page("preferences.html", **(context | known))


def question(**known: Any) -> str:
    choices = (Choice(NASTY, "answer", value=NASTY, survey="ease"), Choice("2", "answer", value=2, survey="ease"))
    context: dict[str, Any] = {
        "question": Question(NASTY, NASTY, choices),
        "paragraphs": [NASTY],
        "survey": "ease",
        "value": NASTY,
        "text": f"</textarea>{NASTY}",
        "error": NASTY,
        "action_url": "/p/token/answer",
        "back": "/p/token",
    }
    return a_page("question.html", **(context | known))


PAGES = {
    "under way": lambda: persons_page(anas_checklist(), notice=NASTY, case={"claimed_name": NASTY}),
    "all done and stopped": lambda: persons_page(replace(anas_checklist(), next=None, goal_words=""), opted_out=True),
    "never enrolled": lambda: persons_page(None),
    "a link from a mail": lambda: a_page(
        "confirm.html", title=NASTY, text=NASTY, why=NASTY, action_url="/p/token/done", fields={"s": NASTY}, button=NASTY, back="/p/token"
    ),
    "a message": lambda: a_page("message.html", title=NASTY, text=NASTY),
    "a message with a way back": lambda: a_page("message.html", title=NASTY, text=NASTY, back="/p/token"),
    "preferences, wrong": preferences,
    "preferences, kept": lambda: preferences(errors={}, notice=NASTY, closed=[]),
    "a question": question,
    "thanks": lambda: a_page("thanks.html", answer=NASTY, added=NASTY, case=True, again="/p/token?do=answer", back="/p/token"),
    "a help article": lambda: a_page(
        "help.html", title=NASTY, body=NASTY, article="x", url="https://help.example.com/", video=True, minutes=4, reader="t", tells=True
    ),
    "unsubscribe, asked": lambda: a_page("unsubscribe.html", state="ask", **ASKING),
    "unsubscribe, done": lambda: a_page("unsubscribe.html", state="done", **ASKING),
    "unsubscribe, undone": lambda: a_page("unsubscribe.html", state="undone", **ASKING),
    "the playground": lambda: (TEMPLATES / "pages" / "playground.html").read_text(),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_nothing_that_a_strict_policy_blocks(name: str) -> None:
    elements = Elements(PAGES[name]()).found
    assert [known for _, known in elements if any(key == "style" or key.startswith("on") for key in known)] == []
    assert [tag for tag, known in elements if tag == "style" or (tag == "script" and "src" not in known)] == []
    fetched = [known.get("src") or (known.get("href") if tag == "link" else None) for tag, known in elements]
    assert [url for url in fetched if url and not url.startswith("/")] == []


@pytest.mark.parametrize("name", [name for name in PAGES if name != "the playground"])
def test_a_name_with_markup_in_it_stays_a_name(name: str) -> None:
    html = PAGES[name]()
    assert "<img src=x" not in html
    assert "49" not in html


@pytest.mark.parametrize("name", PAGES)
def test_every_file_a_page_asks_for_is_there(name: str) -> None:
    asked = re.findall(r'(?:src|href)="(?:/playground)?/static/([^"]+)"', PAGES[name]())
    assert asked
    assert [file for file in asked if not (TEMPLATES / "static" / file).is_file()] == []


def test_every_module_of_the_playground_imports_what_another_exports() -> None:
    for file in [*TEMPLATES.glob("static/**/*.js")]:
        for names, source in re.findall(r'import \{([^}]+)\} from "([^"]+)"', file.read_text()):
            exported = re.findall(r"export (?:async )?(?:function|const) (\w+)", (file.parent / source).read_text())
            assert {name.strip() for name in names.split(",")} <= set(exported), f"{file.name} imports from {source}"


def test_no_script_of_the_playground_writes_markup() -> None:
    scripts = "".join(file.read_text() for file in TEMPLATES.glob("static/**/*.js"))
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", scripts) == []


def test_ana_acts_on_her_next_step_without_javascript() -> None:
    html = persons_page(anas_checklist())
    assert "<script" not in html
    for action in ("elsewhere", "failed", "snooze", "stuck", "goal", "stop"):
        assert f'method="post" action="/p/token/{action}"' in html


def test_ana_is_not_offered_to_open_what_has_no_link() -> None:
    asks = a_step("goal", "current", link="", asks="goal")
    html = persons_page(replace(anas_checklist(), next=asks))
    assert 'class="button primary large" href="#goal-text"' in html
