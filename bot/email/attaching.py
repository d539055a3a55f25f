"""Files that came with a mail: pictures are drawn anew and kept, of all others only the name goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.email.parsing import Part
from bot.email.pictures import MOST_PIXELS as MOST_OF_ONE
from bot.email.pictures import Picture, pixels_of, redrawn
from flows.events import BY_MAIL, File
from storage.files import MOST_BYTES, MOST_FILES, KeptFile

MOST_NAMES = 20
"""Files of one mail that anybody hears of."""
MOST_PIXELS = 100_000_000
"""Of all pictures of one mail: eight photos of a telephone, or twelve screens of the largest kind. Of what goes beyond, only the name."""
SMALLEST = 32
"""Pixels. What is smaller both ways is an icon in a signature, or counts readers."""

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class Attached:
    """What came with a mail, as an event tells of it, and those that are kept."""

    files: tuple[File, ...] = ()
    kept: tuple[KeptFile, ...] = ()


def attached(parts: Sequence[Part], key: str) -> Attached:
    """Look at what came with a mail. `key` is the mail's: the same file gets the same id whenever it comes again."""
    files: list[File] = []
    kept: list[KeptFile] = []
    budget = _Budget()
    for number, part in enumerate(parts[:MOST_NAMES]):
        name, id = part.name or "file", f"{key[:40]}-{number}"
        picture = budget.redrawn(part.content) if len(kept) < MOST_FILES else None
        if picture and max(picture.width, picture.height) < SMALLEST:
            continue
        if picture is None or len(picture.content) > MOST_BYTES:
            files.append(File(id=id, name=name, mimetype=part.mimetype, size=len(part.content), url="", team=BY_MAIL))
            continue
        kept.append(KeptFile(id=id, mimetype=picture.mimetype, content=picture.content))
        named = _named(name, picture.mimetype)
        files.append(File(id=id, name=named, mimetype=picture.mimetype, size=len(picture.content), url=id, team=BY_MAIL))
    return Attached(tuple(files), tuple(kept))


class _Budget:
    """Draws pictures as long as there is time for them, broken ones too: those take theirs before anybody knows."""

    def __init__(self) -> None:
        self._left = MOST_PIXELS

    def redrawn(self, content: bytes) -> Picture | None:
        pixels = pixels_of(content)
        if not 0 < pixels <= self._left:
            return None
        picture = redrawn(content)
        self._left -= pixels if pixels <= MOST_OF_ONE else 0
        return picture


def _named(name: str, mimetype: str) -> str:
    """The name with the ending of what it is now."""
    stem, dot, ending = name.rpartition(".")
    wanted = _ENDINGS.get(mimetype, "")
    if not wanted or (dot and ending.lower() in (wanted, "jpeg" if wanted == "jpg" else wanted)):
        return name
    return f"{stem if dot else name}.{wanted}"
