"""What the layout of a mail and the components in it need beyond a message's facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.choices import Choice
from bot.compiling import Message
from bot.links import PersonLinks
from bot.rendered import Button
from bot.words import Words
from flows.checklist import Checklist

_STEP_ACTIONS = ("goal", "done", "how", "later", "stuck", "skip")
_QUERY = {"answer": ("survey", "value"), "snooze": ("until",), "solved": ("value", "case"), "helped": ("value", "article")} | dict.fromkeys(
    ("done", "elsewhere", "failed", "how", "stuck", "human", "skip"), ("step",)
)
"""What the link of an action carries."""


def mail_frame(
    found: Message,
    words: Words,
    said: Mapping[str, Any],
    checklist: Checklist | None,
    links: PersonLinks | None,
    button: Button | None,
    choices: Sequence[Choice],
) -> dict[str, Any]:
    """Language, words, the rail's posts, the modules, and where every button leads. A mail to the team shows no rail."""
    shown = checklist if found.audience == "customer" else None
    return {
        "lang": found.locale or "en",
        "word": words.speaker(found.locale),
        "posts": [step.status for step in shown.steps] if shown else [],
        "modules": shown.modules if shown else (),
        "step_links": _step_links(said["next"], links),
        "button": {"text": button.text, "link": button.link} if button else None,
        "choices": [{"text": c.text, "link": _link(c, said, links, found.locale)} for c in choices] if links else [],
    }


def _step_links(step: Mapping[str, Any] | None, links: PersonLinks | None) -> dict[str, str]:
    """Where each action of the next step's card leads; '' for those that make no sense for it."""
    if step is None or links is None:
        return dict.fromkeys(_STEP_ACTIONS, "")
    offered = {"how": step["help"], "skip": step["optional"], "goal": step["asks"] == "goal", "done": step["asks"] != "goal"}
    return {name: links.do(name, {"step": step["step"]}) if offered.get(name, True) else "" for name in _STEP_ACTIONS}


def _link(choice: Choice, said: Mapping[str, Any], links: PersonLinks, locale: str) -> str:
    match choice.action:
        case "article":
            return links.help(choice.article, locale, told=False)
        case "preferences":
            return links.preferences
    return links.do(choice.action, _query(choice, said))


def _query(choice: Choice, said: Mapping[str, Any]) -> dict[str, str | int]:
    step = said["step"]["step"] if said["step"] else ""
    known = {
        "value": choice.value,
        "survey": choice.survey,
        "until": choice.until,
        "step": step,
        "case": said["case_id"],
        "article": choice.article,
    }
    return {key: value for key in _QUERY.get(choice.action, ()) if (value := known[key]) not in (None, "")}
