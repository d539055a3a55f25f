"""From a message file to its templates, once: Markdown and MJML are read here, and never see a person's data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Template, TemplateSyntaxError, nodes
from mjml import mjml2html

from bot.choices import MANY, Choice, read_choice
from bot.folding import folded
from bot.markup import html, plain
from bot.markup.reading import read
from bot.markup.tags import COMPONENT_MARKS, COMPONENTS, through
from bot.message_files import Audience, Line, MessageFile, guarded
from bot.surfaces import HTML, SLACK, TEXT, Writing
from bot.words import Language
from flows.problems import Problem

_MJML_TAGS = frozenset({
    "mjml", "mj-head", "mj-title", "mj-attributes", "mj-all", "mj-class", "mj-style", "mj-font", "mj-breakpoint", "mj-body", "mj-raw",
    "mj-section", "mj-wrapper", "mj-column", "mj-group", "mj-text", "mj-button", "mj-divider", "mj-spacer", "mj-image", "mj-table",
    "mj-hero", "mj-social", "mj-social-element",
})  # fmt: skip


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
    """One file, compiled: subject, preheader, and the body as HTML, text and Slack. `frame` is its own mail layout, if it has one.

    `article` is the help article that it always speaks of, '' for that of the step.
    """

    file: str
    name: str
    variant: str
    locale: str
    audience: Audience
    subject: Template
    preheader: Template
    article: str
    button: ButtonTemplate | None
    choices: tuple[ChoiceTemplate, ...]
    html: Template
    text: Template
    slack: Template
    frame: Template | None


@dataclass(frozen=True, slots=True)
class Layouts:
    """The frames of a mail, with room for `body` and `rail`, and the components drawn in them: (name, html or txt) → template.

    `trees` are all of them by their files' names, as they were parsed.
    """

    html: Template
    text: Template
    parts: Mapping[tuple[str, str], Template]
    trees: Mapping[str, nodes.Template]

    def spoken(self, language: Language) -> Layouts:
        """The same in one language, with the phrases in it that need no facts."""
        return _layouts({name: folded(tree, _writing(name), language) for name, tree in self.trees.items()}, self.trees)


def read_layouts(folders: Sequence[Path]) -> tuple[Layouts | None, list[Problem]]:
    """The layouts of the first folder, each file overridden by the same file of a later one. None when one of them is wrong."""
    found: dict[str, Template] = {}
    trees: dict[str, nodes.Template] = {}
    problems: list[Problem] = []
    for name in ("email.mjml", "email.txt", *(f"{name}.{kind}" for name in COMPONENTS for kind in ("html", "txt"))):
        path = [p for folder in folders if (p := folder / "layouts" / name).is_file()][-1]
        try:
            source = _mjml(path) if name.endswith(".mjml") else path.read_text(encoding="utf-8").rstrip("\n")
            found[name], trees[name] = _writing(name).from_string(source), _writing(name).parse(source)
        except ValueError as error:
            problems.append(Problem(str(path), 1, name, str(error)))
        except TemplateSyntaxError as error:
            problems.append(Problem(str(path), 1 if name.endswith(".mjml") else error.lineno, name, str(error.message)))
    return (None if problems else _layouts(found, trees)), problems


def _writing(name: str) -> Writing:
    """How a layout writes, by its file's name."""
    return TEXT if name.endswith(".txt") else HTML


def _layouts(found: Mapping[str, Template], trees: Mapping[str, nodes.Template]) -> Layouts:
    parts = {(name, kind): found[f"{name}.{kind}"] for name in COMPONENTS for kind in ("html", "txt")}
    return Layouts(found["email.mjml"], found["email.txt"], parts, trees)


def compile_message(file: MessageFile, overrides: Mapping[str, Path]) -> Message:
    """Compile one file. `overrides` are its slack and email forms, by surface. Raises ValueError or jinja2.TemplateError."""
    tree, tags = read(file.body)
    slack_tree, slack_tags = read(overrides["slack"].read_text(encoding="utf-8")) if "slack" in overrides else (tree, tags)
    return Message(
        file=file.file,
        name=file.name.message,
        variant=file.name.variant,
        locale=file.name.locale,
        audience=file.audience,
        subject=TEXT.from_string(file.subject.text),
        preheader=TEXT.from_string(file.preheader.text),
        article=file.article.text,
        button=_button(file.button),
        choices=tuple(_choice(choice) for choice in file.choices),
        html=HTML.from_string(tags.restore(html.write(tree, tags))),
        text=TEXT.from_string(tags.restore(plain.write(tree, tags, plain.TEXT_SIGNS))),
        slack=SLACK.from_string(slack_tags.restore(plain.write(slack_tree, slack_tags, plain.SLACK_SIGNS))),
        frame=HTML.from_string(_with_marks(_mjml(overrides["email"]))) if "email" in overrides else None,
    )


def _with_marks(source: str) -> str:
    """An own frame places the components by their marks, as a body does."""
    return re.sub(r"\{\{ (\w+) \}\}", lambda tag: COMPONENT_MARKS.get(tag[1], tag[0]), source)


def _button(button: Mapping[str, Line]) -> ButtonTemplate | None:
    if not button:
        return None
    if not {"text", "link"} <= set(button):
        raise ValueError("a button needs its text and its link")
    return ButtonTemplate(TEXT.from_string(guarded(button, "text").text), TEXT.from_string(guarded(button, "link").text))


def _choice(choice: Mapping[str, Line]) -> ChoiceTemplate:
    read_ = read_choice(choice["do"].text if "do" in choice else "")
    if "text" not in choice and read_.action not in MANY:
        raise ValueError(f"the choice {choice['do'].text!r} needs a text")
    return ChoiceTemplate(TEXT.from_string(guarded(choice, "text").text), read_)


def _mjml(path: Path) -> str:
    """The HTML of an MJML file, its Jinja tags untouched and no font fetched. Raises ValueError: a misspelt tag would vanish."""
    source = path.read_text(encoding="utf-8")
    for found in re.finditer(r"<(mj[\w-]*)", source):
        if found[1] not in _MJML_TAGS:
            line = source[: found.start()].count("\n") + 1
            raise ValueError(f"line {line}: there is no MJML tag <{found[1]}>, and mail programs would never see it")
    return through(lambda text: mjml2html(text, fonts={}), source)
