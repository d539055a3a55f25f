"""A message for one person: only Jinja runs here, over templates compiled before."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from jinja2 import Template, TemplateError
from markupsafe import Markup

from bot.choices import Choice
from bot.compiling import Message
from bot.facts import MessageFacts, spoken, step_facts
from bot.links import PersonLinks
from bot.markup.tags import COMPONENT_MARKS, QUOTE_CLOSES, QUOTE_OPENS
from bot.message_files import Audience
from bot.messages import Messages
from bot.surfaces import clean, safe_link
from flows.checklist import Checklist

Surface = Literal["html", "text", "slack"]
ComponentName = Literal["checklist", "next_step", "progress"]

_QUOTED = re.compile(f"{QUOTE_OPENS}(.*?){QUOTE_CLOSES}", re.DOTALL)
_MARKS = {mark: name for name, mark in COMPONENT_MARKS.items()}
_SPLIT = re.compile(f"([{''.join(_MARKS)}])")
_STEP_ACTIONS = ("done", "how", "later", "stuck")
_NOTIFICATION = 300


class RenderError(Exception):
    """A message that cannot be said to this person: nothing was sent."""


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of Slack's mrkdwn, escaped."""

    mrkdwn: str


@dataclass(frozen=True, slots=True)
class Component:
    """A place where the surface draws the checklist, the next step's card or the rail."""

    name: ComponentName


Part = Text | Component


@dataclass(frozen=True, slots=True)
class Button:
    """The one link button of a message."""

    text: str
    link: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A message as one person reads it. `locale` is the language it was found in ('' as shipped); `step` and `case` are ids or ''.

    `slack_text` is what a notification shows, as mrkdwn. What was not asked for in `surfaces` is empty.
    """

    message: str
    locale: str
    audience: Audience
    subject: str
    preheader: str
    html: str
    text: str
    slack_parts: tuple[Part, ...]
    slack_text: str
    button: Button | None
    choices: tuple[Choice, ...]
    step: str
    case: str


def render(
    messages: Messages,
    *,
    message: str,
    facts: MessageFacts,
    checklist: Checklist | None,
    links: PersonLinks | None,
    variants: Sequence[str] = (),
    locale: str = "",
    surfaces: Collection[Surface] = ("html", "text", "slack"),
) -> Rendered:
    """Say a message to one person on the surfaces asked for. `links` is None for the team. Raises RenderError."""
    try:
        found = messages.pick(message, variants, locale)
        said = spoken(facts, messages.words, found.locale, links)
        return _render(messages, found, said, checklist, links, surfaces)
    except (TemplateError, KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise RenderError(f"{message}: {error}") from error


def _render(
    messages: Messages, found: Message, said: MessageFacts, checklist: Checklist | None, links: PersonLinks | None, surfaces: Collection[Surface]
) -> Rendered:
    about = said["step"] or said["next"]
    said["step_id"] = about["step"] if about else ""
    in_text = said | {"article": _article(messages, found, about, "text")}
    subject, preheader = _line(found.subject, in_text), _line(found.preheader, in_text)
    button = _button(found, in_text)
    choices = tuple(_choices(messages, found, in_text))
    mail = {"html", "text"} & set(surfaces)
    frame = _frame(messages, found, said, checklist, links, button, choices) | {"subject": subject, "preheader": preheader} if mail else {}
    parts = _slack_parts(messages, found, said, about) if "slack" in surfaces else ()
    return Rendered(
        message=found.name,
        locale=found.locale,
        audience=found.audience,
        subject=subject,
        preheader=preheader,
        html=found.html.render(said | frame | {"article": _article(messages, found, about, "html")}) if "html" in surfaces else "",
        text=_plain(found.text.render(in_text | frame)) if "text" in surfaces else "",
        slack_parts=parts,
        slack_text=_notification(parts) if parts else "",
        button=button,
        choices=choices,
        step=said["step_id"],
        case=said["case_id"],
    )


def _article(messages: Messages, found: Message, about: Mapping[str, Any] | None, surface: Surface) -> dict[str, Any] | None:
    article = messages.articles.get(about["help"], found.locale) if about and about["help"] else None
    if article is None:
        return None
    body: str = {"html": Markup(article.html), "slack": Markup(article.slack), "text": article.text}[surface]
    return {"title": article.title, "body": body, "tips": article.tips}


def _button(found: Message, said: Mapping[str, Any]) -> Button | None:
    link = safe_link(found.button.link.render(said)) if found.button else ""
    return Button(_line(found.button.text, said), link) if found.button and link else None


def _choices(messages: Messages, found: Message, said: Mapping[str, Any]) -> Iterator[Choice]:
    for template in found.choices:
        if template.choice.action == "answers":
            yield from _answers(messages, found, said)
        elif text := _line(template.text, said):
            yield replace(template.choice, text=text)


def _answers(messages: Messages, found: Message, said: Mapping[str, Any]) -> Iterator[Choice]:
    """A button for each answer of the survey, named in words.yaml as choices.<survey>_<answer> or choices.<answer>, else by itself."""
    survey = str(said.get("survey", ""))
    for value in said.get("answers", ()):
        key = next((k for k in (f"choices.{survey}_{value}", f"choices.{value}") if messages.words.has(k)), "")
        text = messages.words.get(key, found.locale) if key else clean(value).replace("_", " ").capitalize()
        yield Choice(text, "answer", value=value, survey=survey)


def _frame(
    messages: Messages,
    found: Message,
    said: Mapping[str, Any],
    checklist: Checklist | None,
    links: PersonLinks | None,
    button: Button | None,
    choices: Sequence[Choice],
) -> dict[str, Any]:
    """What layouts and components need beyond the facts."""
    shown = checklist if found.audience == "customer" else None
    return {
        "lang": found.locale or "en",
        "word": messages.words.speaker(found.locale),
        "posts": [step.status for step in shown.steps] if shown else [],
        "modules": [_module(m.title, m.optional, [step_facts(s) for s in m.steps]) for m in shown.modules] if shown else [],
        "actions": _step_actions(said["next"], links),
        "button": {"text": button.text, "link": button.link} if button else None,
        "choices": [{"text": c.text, "link": links.do(c.action, _asked(c, said))} for c in choices] if links else [],
    }


def _module(title: str, optional: bool, steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "optional": optional, "steps": steps}


def _step_actions(step: Mapping[str, Any] | None, links: PersonLinks | None) -> dict[str, str]:
    if step is None or links is None:
        return dict.fromkeys((*_STEP_ACTIONS, "skip"), "")
    actions = {name: links.do(name, {"step": step["step"]}) for name in _STEP_ACTIONS}
    return actions | {"how": actions["how"] if step["help"] else "", "skip": links.do("skip", {"step": step["step"]}) if step["optional"] else ""}


def _asked(choice: Choice, said: Mapping[str, Any]) -> dict[str, str | int]:
    """The query of a choice's link: only what the action needs."""
    about = {"value": choice.value, "survey": choice.survey, "until": choice.until, "step": said["step_id"], "case": said["case_id"]}
    wanted = {"answer": ("survey", "value"), "snooze": ("until",), "solved": ("value", "case")}.get(choice.action, ("step",))
    return {key: value for key in wanted if (value := about[key]) not in (None, "")}


def _slack_parts(messages: Messages, found: Message, said: Mapping[str, Any], about: Mapping[str, Any] | None) -> tuple[Part, ...]:
    written = found.slack.render(said | {"article": _article(messages, found, about, "slack")})
    parts: list[Part] = []
    for piece in _SPLIT.split(written):
        if piece in _MARKS:
            parts.append(Component(_MARKS[piece]))  # type: ignore[arg-type]
        elif text := _plain(piece):
            parts.append(Text(text))
    return tuple(parts)


def _notification(parts: Sequence[Part]) -> str:
    """The beginning of the text, whole paragraphs, with links as their words."""
    text = "\n\n".join(part.mrkdwn for part in parts if isinstance(part, Text))
    text = re.sub(r"<[^|>\n]+\|([^>\n]+)>", r"\1", text)
    kept = ""
    for paragraph in text.split("\n\n"):
        if kept and len(kept) + len(paragraph) > _NOTIFICATION:
            break
        kept = f"{kept} {paragraph}".strip()
    return kept


def _line(template: Template, said: Mapping[str, Any]) -> str:
    """One line: a subject must not break a header."""
    return " ".join(template.render(said).split())


def _plain(text: str) -> str:
    """Blank lines as people leave them, and quotations with their sign on every line."""
    text = _QUOTED.sub(lambda found: "\n".join(f"> {line}".rstrip() for line in _tidy(found[1]).split("\n")), text)
    return _tidy(text)


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip()
