"""What stands in a message to a person: text, the next step's card, the checklist, the rail, and buttons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Protocol

from bot.choices import Choice
from bot.conversation import Speaker
from bot.render import Button, Component, Part, Text
from bot.slack.kit import actions, bold, button, context, in_label, link_button, section, shown
from bot.slack.limits import Json, fit
from flows.checklist import Checklist, ModuleView, StepView

CARD = "card."
"""Block ids of what is drawn from the checklist: card.<component>.<part>. A redraw replaces these and nothing else."""

_LONG_RAIL = 12


class About(Protocol):
    """What a message is about: the rendered message has it."""

    @property
    def step(self) -> str: ...
    @property
    def case(self) -> str: ...
