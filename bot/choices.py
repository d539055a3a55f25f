"""What a message's buttons do: the `do:` of its choices."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

PLAIN = (
    "open", "done", "elsewhere", "failed", "how", "later", "pick", "stuck", "human", "skip", "next", "help", "stop", "undo", "goal",
    "preferences",
)  # fmt: skip
MANY = ("answers", "articles")
"""Actions that stand for several buttons, which bring their own texts."""
SNOOZES = ("3_hours", "tomorrow", "next_week")
SOLVED = ("yes", "not_yet")
HELPED = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Choice:
    """One button. `until` is a snooze choice; `survey` and `value` are what an answer answers; `value` alone is that of solved or helped.

    `article` is the help article it opens or speaks of.
    """

    text: str
    action: str
    value: str | int | None = None
    survey: str = ""
    until: str = ""
    article: str = ""


def read_choice(do: str) -> Choice:
    """What `do:` says, still without its text. Raises ValueError with the forms there are."""
    match do.split():
        case [action] if action in (*PLAIN, *MANY):
            return Choice("", action)
        case ["snooze", until] if until in SNOOZES:
            return Choice("", "snooze", until=until)
        case ["solved", value] if value in SOLVED:
            return Choice("", "solved", value=value)
        case ["helped", value] if value in HELPED:
            return Choice("", "helped", value=value)
        case ["answer", survey, value]:
            return Choice("", "answer", survey=survey, value=int(value) if value.isdigit() else value)
        case ["snooze", *_]:
            raise ValueError(f"snooze until what? One of {', '.join(SNOOZES)}")
        case ["solved", *_]:
            raise ValueError(f"solved {' or '.join(SOLVED)}")
        case ["helped", *_]:
            raise ValueError(f"helped {' or '.join(HELPED)}")
        case ["answer", *_]:
            raise ValueError("an answer names the survey and the value: answer ease 3")
    known = (*PLAIN, *MANY, "snooze", "solved", "helped", "answer")
    close = get_close_matches(do.split()[0] if do.split() else "", known, 1)
    raise ValueError(f"unknown action {do!r}" + (f", did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"))
