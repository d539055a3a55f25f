"""What a person at the terminal can put right, and how we say it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A mistake in what was asked: one clear line, shown without a traceback."""


def meant(word: str, known: Iterable[str]) -> str:
    """The end of a line about an unknown word: what was probably meant, else what there is."""
    names = sorted(set(known))
    close = get_close_matches(word, names, 1, 0.5)
    if close:
        return f", did you mean {close[0]}?"
    if not names:
        return "."
    return f"; there {'is' if len(names) == 1 else 'are'} {_listed(names)}."


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 playbook", "38 messages"; `many` where it is more than an s."""
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"
