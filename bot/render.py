"""A message for one person: only Jinja runs here, over templates compiled before."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jinja2 import Template, TemplateError
from markupsafe import Markup

from bot.articles import Article
from bot.choices import Choice
from bot.compiling import Message
from bot.facts import MessageFacts, spoken
from bot.found_facts import Facts, Finders
from bot.guides import guides
from bot.links import PersonLinks
from bot.mail_frame import mail_frame
from bot.markup.tags import COMPONENT_MARKS, QUOTE_CLOSES, QUOTE_OPENS
from bot.messages import Messages
from bot.rendered import Button, Component, ComponentName, Part, Rendered, RenderError, Surface, Text
from bot.sandbox import said
from bot.surfaces import clean, escape_mrkdwn, safe_link
from flows.checklist import Checklist

__all__ = ["Button", "Choice", "Component", "Part", "RenderError", "Rendered", "Surface", "Text", "render"]

_QUOTED = re.compile(f"{QUOTE_OPENS}(.*?){QUOTE_CLOSES}", re.DOTALL)
_COMPONENTS: dict[str, ComponentName] = {COMPONENT_MARKS[name]: name for name in ("checklist", "next_step", "progress", "week_chart")}
_MARK = re.compile(f"([{''.join(_COMPONENTS)}])")
_LINK = re.compile(r"<[^|>\n]+\|([^>\n]+)>")
_BLANK_ENDS = re.compile(r"(?<![ \t])[ \t]+\n")
_NOTIFICATION = 300
"""Characters after which a notification gets no further paragraph."""


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
    reply_to: str = "",
) -> Rendered:
    """Say a message to one person on the surfaces asked for. `links` is None for the team. Raises RenderError.

    `variants` are the experiment's ('' for none) and then the reader's segments. `reply_to` is the address at which we read answers to the
    mail, '' when nobody does.
    """
    try:
        found = messages.pick(message, variants, locale)
        told = spoken(facts, messages.words, found.locale, links)
        return _Saying(messages, found, told, checklist, links, reply_to, tuple(variants[1:])).on(surfaces)
    except (TemplateError, KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise RenderError(f"{message}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Saying:
    """One message on its way to one person."""

    messages: Messages
    found: Message
    told: Mapping[str, Any]
    checklist: Checklist | None
    links: PersonLinks | None
    reply_to: str
    segments: tuple[str, ...] = ()

    def on(self, surfaces: Collection[Surface]) -> Rendered:
        found, plain = self.found, self._facts("text")
        subject, preheader = _line(found.subject, plain), _line(found.preheader, plain)
        button, choices = self._button(plain), tuple(self._choices(plain))
        frame: dict[str, Any] = {}
        if "html" in surfaces or "text" in surfaces:
            frame = mail_frame(found, self.messages.words, self.told, self.checklist, self.links, button, choices)
            frame |= {"subject": subject, "preheader": preheader, "reply_to": self.reply_to}
        text, body = self._text(frame) if "text" in surfaces else ("", "")
        parts = tuple(self._slack_parts()) if "slack" in surfaces else ()
        return Rendered(
            message=found.name,
            locale=found.locale,
            audience=found.audience,
            subject=subject,
            preheader=preheader,
            html=self._html(frame) if "html" in surfaces else "",
            text=text,
            body=body,
            slack_parts=parts,
            slack_text=self._notification(parts),
            button=button,
            choices=choices,
            step=self.told["step"]["step"] if self.told["step"] else "",
            case=self.told["case_id"],
            variant=found.variant,
        )

    def _html(self, frame: Mapping[str, Any]) -> str:
        """The body in its frame. A body with its own rail gets no second one above it."""
        layouts, facts = self.messages.layouts_in(self.found.locale), self._facts("html", frame)
        body = said(self.found.html, facts)
        rail = "" if COMPONENT_MARKS["progress"] in body else said(layouts.parts["progress", "html"], facts)
        inside = {"body": Markup(self._with_components(body, "html", facts)), "rail": Markup(rail)}
        return self._with_components(said(self.found.frame or layouts.html, Facts(inside, under=facts)), "html", facts)

    def _text(self, frame: Mapping[str, Any]) -> tuple[str, str]:
        """The mail's text, and its body alone, with nothing where the components stand."""
        layout, facts = self.messages.layouts_in(self.found.locale).text, self._facts("text", frame)
        body = said(self.found.text, facts)
        inside = {"body": Markup(self._with_components(body, "txt", facts))}
        return _tidy(self._with_components(said(layout, Facts(inside, under=facts)), "txt", facts)), _tidy(_without_components(body))

    def _with_components(self, written: str, kind: str, facts: Mapping[str, Any]) -> str:
        """The text with each component drawn where its mark stands."""
        for mark, name in _COMPONENTS.items():
            if mark in written:
                written = written.replace(mark, said(self.messages.layouts_in(self.found.locale).parts[name, kind], facts))
        return written

    def _slack_parts(self) -> Iterator[Part]:
        """The body in pieces. What is not drawn from the checklist is text already."""
        for part in _parts(said(self.found.slack, self._facts("slack"))):
            if part != Component("week_chart"):
                yield part
            elif chart := self._chart():
                yield Text(f"```\n{chart}\n```")

    def _chart(self) -> str:
        """The week in blocks, as in the mail's text; what is in a fence must not close it."""
        facts = Facts({"word": self.messages.words.speaker(self.found.locale)}, under=self.told)
        chart = self.messages.layouts_in(self.found.locale).parts["week_chart", "txt"]
        return escape_mrkdwn(said(chart, facts).strip("\n")).replace("`", "'")

    def _notification(self, parts: Sequence[Part]) -> str:
        """The beginning of the message, whole paragraphs, with links as their words and the next step as a line."""
        kept = ""
        for part in parts:
            for paragraph in part.mrkdwn.split("\n\n") if isinstance(part, Text) else [self._in_a_line(part)]:
                if kept and len(kept) + len(paragraph) > _NOTIFICATION:
                    return kept
                kept = (kept + "\n" + _LINK.sub(r"\1", paragraph)).strip()
        return kept

    def _in_a_line(self, component: Component) -> str:
        step, words, locale = self.told["next"], self.messages.words, self.found.locale
        if component.name != "next_step" or step is None:
            return ""
        minutes = f", {words.get('step.minutes', locale, {'minutes': step['minutes']})}" if step["minutes"] else ""
        return escape_mrkdwn(clean(f"{words.get('step.next', locale)}: {step['title']}{minutes}"))

    def _facts(self, surface: Surface, also: Mapping[str, Any] | None = None) -> Facts:
        """The facts with the step's help as this surface writes it, and what `also` is known."""
        return Facts(also or {}, found=_HELP, about=(self, surface), under=self.told)

    def help(self, surface: Surface) -> dict[str, Any] | None:
        """The article the message speaks of."""
        article = self._article()
        if article is None:
            return None
        body = {"html": Markup(article.mail), "slack": Markup(article.slack), "text": article.text}[surface]
        return {"title": article.title, "body": body, "tips": article.tips, "link": self._read(article, surface)}

    def guides(self, surface: Surface) -> list[dict[str, Any]]:
        """What else helps with the step the message speaks of."""
        step = self.told["step"]
        if not step:
            return []
        found = guides(self.messages.articles, step["step"], step["help"], self.segments, self.found.locale)
        return [{"title": a.title, "minutes": a.minutes, "video": a.level == "video", "link": self._read(a, surface)} for a in found]

    def _article(self) -> Article | None:
        """The article the message speaks of: the one it was said about, the one its file names, else that of its step."""
        step = self.told["step"]
        name = str(self.told.get("article_name") or self.found.article or (step["help"] if step else ""))
        return self.messages.articles.in_language(name, self.found.locale, self.segments) if name else None

    def _read(self, article: Article, surface: str) -> str:
        """Where it is read in a browser, '' for the team."""
        return self.links.help(article.name, article.locale, told=surface == "slack", variant=article.variant) if self.links else ""

    def _button(self, facts: Mapping[str, Any]) -> Button | None:
        if self.found.button is None:
            return None
        link = safe_link(said(self.found.button.link, facts))
        return Button(_line(self.found.button.text, facts), link) if link else None

    def _choices(self, facts: Mapping[str, Any]) -> Iterator[Choice]:
        for template in self.found.choices:
            match template.choice.action:
                case "answers":
                    yield from self._answers()
                case "articles":
                    yield from self._articles()
                case action if text := _line(template.text, facts):
                    article = self._article() if action == "helped" else None
                    if action != "helped" or article:
                        yield replace(template.choice, text=text, article=article.name if article else "")

    def _answers(self) -> Iterator[Choice]:
        """A button for each answer of the survey, named in words.yaml as choices.<survey>_<answer> or choices.<answer>, else by itself."""
        words, survey = self.messages.words, str(self.told.get("survey", ""))
        for value in self.told.get("answers", ()):
            key = next((k for k in (f"choices.{survey}_{value}", f"choices.{value}") if words.has(k)), "")
            text = words.get(key, self.found.locale) if key else clean(value).replace("_", " ").capitalize()
            yield Choice(text, "answer", value=value, survey=survey)

    def _articles(self) -> Iterator[Choice]:
        """A button for each article that was found, named by its title."""
        for name in self.told.get("found", ()):
            if article := self.messages.articles.in_language(str(name), self.found.locale):
                yield Choice(article.title, "article", article=article.name)


_HELP: Finders = {"article": lambda on: on[0].help(on[1]), "guides": lambda on: on[0].guides(on[1])}
"""Facts that each surface writes in its own way."""


def _parts(written: str) -> Iterator[Part]:
    for piece in _MARK.split(written):
        if name := _COMPONENTS.get(piece):
            yield Component(name)
        elif text := _tidy(piece):
            yield Text(text)


def _without_components(written: str) -> str:
    for mark in _COMPONENTS:
        written = written.replace(mark, "")
    return written


def _line(template: Template, facts: Mapping[str, Any]) -> str:
    """One line: a subject must not break a header."""
    return " ".join(said(template, facts).split())


def _tidy(text: str) -> str:
    """Blank lines as people leave them, and quotations with their sign on every line."""
    if QUOTE_OPENS in text:
        text = _QUOTED.sub(lambda found: "\n".join(f"> {line}".rstrip() for line in found[1].strip().split("\n")), text)
    if " \n" in text or "\t\n" in text:
        text = _BLANK_ENDS.sub("\n", text)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip()
