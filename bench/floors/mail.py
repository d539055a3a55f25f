"""The mail of `bench/project` by Jinja alone: 3 KB of HTML with 20 escaped values, and its text."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined

_HERE = Path(__file__).parent
_HTML = Environment(autoescape=True, undefined=StrictUndefined).from_string((_HERE / "mail.html").read_text(encoding="utf-8"))
_TEXT = Environment(autoescape=False, undefined=StrictUndefined).from_string((_HERE / "mail.txt").read_text(encoding="utf-8"))
_ALWAYS = {
    "company": "Tally",
    "role": "analyst",
    "plan": "starter",
    "next": {"title": "Connect your first data source", "why": "Everything else reads from it", "minutes": 5},
    "button": {"text": "Open Tally", "link": "https://app.example.com/sources/new"},
    "words": {
        "why": "You get this because you signed up for Tally. It helps you get going, then it stops.",
        "page": "Your checklist in the browser",
        "preferences": "Choose what you get",
        "unsubscribe": "Unsubscribe",
    },
    "postal_address": "1 Harbour Street",
}
_SIGNED = "MTc3NTEzNDgwMC4xOTIxNWQ1NjRk.m2cJq5W2FPUnVCOyq-HbJl2HJcDOFjQj0hOh7n53F-I"
"""As long as a signed link; the floor signs none."""


class Mail(NamedTuple):
    """One mail, ready to go."""

    to: str
    subject: str
    html: str
    text: str


def mail_for(person: dict[str, Any]) -> Mail:
    """The mail for somebody, from their state as it is stored."""
    subject = f"{person['name']}, here is what comes next"
    links = {kind: f"https://example.test/{kind}/{person['id']}{_SIGNED}" for kind in ("page", "preferences", "unsubscribe")}
    facts = {**_ALWAYS, "name": person["name"], "subject": subject, "preheader": "4 steps left. Your place is kept.", "links": links}
    return Mail(person["email"], subject, _HTML.render(facts), _TEXT.render(facts))
