"""What a person's words mean to us, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Done:
    """The step they are at is done."""


@dataclass(frozen=True, slots=True)
class Skip:
    """They would leave the step out."""


@dataclass(frozen=True, slots=True)
class Next:
    """What comes next?"""


@dataclass(frozen=True, slots=True)
class Help:
    """What can this bot do?"""


@dataclass(frozen=True, slots=True)
class How:
    """How is the step done?"""


@dataclass(frozen=True, slots=True)
class Hello:
    """A greeting."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Thanks:
    """A courtesy that wants no answer: "thanks", "got it"."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Yes:
    """A yes, which means something only where we asked whether it is solved."""

    text: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """A no to the same question."""

    text: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """Something does not work, in their words. `bare`: they say no more than that."""

    text: str
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Human:
    """They want a person, in their words."""

    text: str


@dataclass(frozen=True, slots=True)
class Stop:
    """No more messages."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """Messages again."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now, and they do not say when."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """Not before this instant (UTC)."""

    until: datetime


@dataclass(frozen=True, slots=True)
class NotATime:
    """They mean a time, and it cannot be read as one."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """Anything else."""

    text: str


Heard = Done | Skip | Next | Help | How | Hello | Thanks | Yes | NotYet | Stuck | Human | Stop | Undo | Later | Snooze | NotATime | Words
