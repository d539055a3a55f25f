"""A rendered message: what a channel sends and a view draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.choices import Choice
from bot.message_files import Audience

Surface = Literal["html", "text", "slack"]
ComponentName = Literal["checklist", "next_step", "progress", "week_chart"]


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

    `variant` is that of the file it was found in, '' for the one everybody reads.

    `slack_text` is what a notification shows, as mrkdwn; `body` is the text without the mail's frame. What was not asked for in `surfaces`
    is empty.
    """

    message: str
    locale: str
    audience: Audience
    subject: str
    preheader: str
    html: str
    text: str
    body: str
    slack_parts: tuple[Part, ...]
    slack_text: str
    button: Button | None
    choices: tuple[Choice, ...]
    step: str
    case: str
    variant: str = ""
