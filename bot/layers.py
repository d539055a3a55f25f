"""Which of the files in several folders count."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from bot.message_files import taken_apart

_FORMS = (".slack.md", ".email.mjml")


def in_force(folders: Iterable[Iterable[Path]], arms: Collection[str] = ()) -> dict[str, Path]:
    """The files that count, by name: of two of one name the later folder's.

    What belongs to a file goes with it: once a later folder says something in its own words, nobody reads the old ones in German, no
    segment hears them in other words, and Slack has no form of its own of them. Only `arms`, variants of an experiment, stay.
    """
    found: dict[str, tuple[int, Path]] = {}
    for number, paths in enumerate(folders):
        found |= {path.name: (number, path) for path in paths}
    return {name: path for name, (_, path) in found.items() if _counts(name, found, arms)}


def _counts(name: str, found: dict[str, tuple[int, Path]], arms: Collection[str]) -> bool:
    """Whether nothing that it belongs to was said anew after it."""
    original = _original(name, arms)
    if original not in found:
        return True
    return found[name][0] >= found[original][0] and _counts(original, found, arms)


def _original(name: str, arms: Collection[str]) -> str:
    """The file that this one is the translation of, or the form for one surface or segment; '' when it stands for itself."""
    for form in _FORMS:
        if name.endswith(form):
            return name.removesuffix(form) + ".md"
    try:
        apart = taken_apart(name)
    except ValueError:  # its name is told as a problem when it is read
        return ""
    if apart.locale:
        return ".".join(filter(None, (apart.message, apart.variant, "md")))
    first, _, second = apart.variant.partition(".")
    if second:
        return f"{apart.message}.{first}.md"
    return f"{apart.message}.md" if first and first not in arms else ""
