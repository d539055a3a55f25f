"""From a message file to its templates, once: Markdown and MJML are read here, and never see a person's data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Template
from mjml import mjml2html

from bot.choices import Choice, read_choice
from bot.markup import html, plain
from bot.markup.reading import read
from bot.markup.tags import COMPONENT_MARKS, COMPONENTS, through
from bot.message_files import Audience, Line, MessageFile
from bot.surfaces import HTML, SLACK, TEXT
from flows.problems import Problem

_MJML_TAGS = frozenset(
    "mjml mj-head mj-title mj-attributes mj-all mj-class mj-style mj-font mj-breakpoint mj-body mj-raw mj-section mj-wrapper mj-column"
    " mj-group mj-text mj-button mj-divider mj-spacer mj-image mj-table mj-hero mj-social mj-social-element".split()
)


@dataclass(frozen=True, slots=True)
class ButtonTemplate:
    """The one button of a message. An empty link means no button."""

    text: Template
    link: Template


@dataclass(frozen=True, slots=True)
class ChoiceTemplate:
    """A button that does something, with its text still to be said."""

    text: Template
    choice: Choice


@dataclass(frozen=True, slots=True)
class Message:
    """One file, compiled: subject, preheader, HTML, text and Slack as templates."""

    file: str
    name: str
    variant: str
    locale: str
    audience: Audience
    subject: Template
    preheader: Template
    button: ButtonTemplate | None
    choices: tuple[ChoiceTemplate, ...]
    html: Template
    text: Template
    slack: Template


@dataclass(frozen=True, slots=True)
class Layouts:
    """The frame of a mail and the components drawn in it, as template sources with `{{ body }}` and `{{ rail }}` left open."""

    html: str
    text: str
    parts: Mapping[tuple[str, str], str]

    def in_html(self, body: str) -> str:
        """The whole mail around a body. A body with its own rail gets no second one above it."""
        rail = "" if COMPONENT_MARKS["progress"] in body else self.parts["progress", "html"]
        return self.with_parts(self.html.replace("{{ rail }}", rail).replace("{{ body }}", body), "html")

    def in_text(self, body: str) -> str:
        """The whole text part around a body."""
        return self.with_parts(self.text.replace("{{ body }}", body), "txt")

    def with_parts(self, source: str, kind: str) -> str:
        """The source with each component's mark replaced by the component."""
        for name, mark in COMPONENT_MARKS.items():
            source = source.replace(mark, self.parts[name, kind])
        return source


def read_layouts(folders: Sequence[Path]) -> tuple[Layouts, list[Problem]]:
    """The layouts of the first folder, each file overridden by the same file of a later one."""
    problems: list[Problem] = []

    def source(name: str) -> str:
        path = [p for folder in folders if (p := folder / "layouts" / name).is_file()][-1]
        if not name.endswith(".mjml"):
            return path.read_text(encoding="utf-8").rstrip("\n")
        compiled, problem = _mjml(path)
        problems.extend([problem] if problem else [])
        return compiled

    parts = {(name, kind): source(f"{name}.{kind}") for name in COMPONENTS for kind in ("html", "txt")}
    return Layouts(source("email.mjml"), source("email.txt"), parts), problems


def compile_message(file: MessageFile, layouts: Layouts, overrides: Mapping[str, Path]) -> Message:
    """Compile one file. `overrides` are its slack and email forms, by surface. Raises ValueError or jinja2.TemplateError."""
    tree, tags = read(file.body)
    slack = tags.restore(plain.write(tree, tags, plain.SLACK_SIGNS))
    if "slack" in overrides:
        tree_, tags_ = read(overrides["slack"].read_text(encoding="utf-8"))
        slack = tags_.restore(plain.write(tree_, tags_, plain.SLACK_SIGNS))
    if "email" in overrides:
        frame, problem = _mjml(overrides["email"])
        if problem:
            raise ValueError(problem.message)
        page = layouts.with_parts(re.sub(r"\{\{ (\w+) \}\}", lambda m: COMPONENT_MARKS.get(m[1], m[0]), frame), "html")
    else:
        page = layouts.in_html(tags.restore(html.write(tree, tags)))
    return Message(
        file=file.file,
        name=file.name.message,
        variant=file.name.variant,
        locale=file.name.locale,
        audience=file.audience,
        subject=TEXT.from_string(file.subject.text),
        preheader=TEXT.from_string(file.preheader.text),
        button=_button(file.button),
        choices=tuple(_choice(choice) for choice in file.choices),
        html=HTML.from_string(page),
        text=TEXT.from_string(layouts.in_text(tags.restore(plain.write(tree, tags, plain.TEXT_SIGNS)))),
        slack=SLACK.from_string(slack),
    )


def _button(button: Mapping[str, Line]) -> ButtonTemplate | None:
    if not button:
        return None
    if not {"text", "link"} <= set(button):
        raise ValueError("a button needs its text and its link")
    link = f"{{% if {button['when'].text} %}}{button['link'].text}{{% endif %}}" if "when" in button else button["link"].text
    return ButtonTemplate(TEXT.from_string(button["text"].text), TEXT.from_string(link))


def _choice(choice: Mapping[str, Line]) -> ChoiceTemplate:
    read_ = read_choice(choice["do"].text if "do" in choice else "")
    if "text" not in choice and read_.action != "answers":
        raise ValueError(f"the choice {choice['do'].text!r} needs a text")
    text = choice["text"].text if "text" in choice else ""
    return ChoiceTemplate(TEXT.from_string(f"{{% if {choice['when'].text} %}}{text}{{% endif %}}" if "when" in choice else text), read_)


def _mjml(path: Path) -> tuple[str, Problem | None]:
    source = path.read_text(encoding="utf-8")
    for found in re.finditer(r"<(mj[\w-]*)", source):
        if found[1] not in _MJML_TAGS:
            line = source[: found.start()].count("\n") + 1
            return "", Problem(str(path), line, found[1], f"there is no MJML tag <{found[1]}>, and mail programs would never see it")
    try:
        return through(mjml2html, source), None
    except ValueError as error:
        return "", Problem(str(path), 1, "mjml", str(error))
