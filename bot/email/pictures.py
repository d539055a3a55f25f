"""Pictures that strangers send, drawn again: what leaves here we wrote ourselves, pixel by pixel, and it tells only what it shows."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass, field

from PIL import Image, ImageOps

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 20_000_000
"""Of the picture as it says it is, asked before anything is decoded."""
MOST_SCANS = 30
"""Passes of a JPEG over all of its pixels. Cameras and programs make ten; a pass may take 30 bytes, and as long as any."""
LONGEST_SIDE = 2400
"""Pixels; longer ones are made smaller, and a screenshot stays readable."""

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_JPEG_QUALITY = 85
_SEGMENT = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd8]")
"""A marker of a JPEG that something belongs to, or its end."""
_MOST_SEGMENTS = 5_000
_END, _SCAN = 0xD9, 0xDA


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture without metadata. `mimetype` is image/png or image/jpeg; `width` and `height` are in pixels."""

    mimetype: str
    content: bytes = field(repr=False)
    width: int
    height: int


def pixels_of(content: bytes) -> int:
    """How much there would be to draw, as the picture says itself; 0 for what is none. Nothing is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                return opened.width * opened.height
    except Exception:  # as below
        return 0


def redrawn(content: bytes) -> Picture | None:
    """The picture drawn again, the first frame of one that moves; None for what is no PNG, JPEG, GIF or WebP, is broken, or is too big.

    Nobody is shown half a picture: a file that ends too early is broken.
    """
    if not content or len(content) > MOST_BYTES or _scans(content) > MOST_SCANS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, which nobody will see
            return _drawn(content)
    except Exception:  # decoders of four formats raise many kinds, and each means: no picture
        return None


def _scans(content: bytes) -> int:
    """How often a JPEG is drawn over, found as decoders find it: from marker to marker. 0 for any other picture."""
    scans, at = 0, 2
    if not content.startswith(b"\xff\xd8"):
        return 0
    for _ in range(_MOST_SEGMENTS):
        found = _SEGMENT.search(content, at)
        if found is None or found[0][1] == _END or scans > MOST_SCANS:
            return scans
        scans += found[0][1] == _SCAN
        at = found.end() + max(2, int.from_bytes(content[found.end() : found.end() + 2], "big"))
    return MOST_SCANS + 1


def _drawn(content: bytes) -> Picture | None:
    with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS or min(opened.size) < 1:
            return None
        photo = opened.format == "JPEG"
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE)) if photo else None
        upright = ImageOps.exif_transpose(opened)
    bare = upright.convert("RGB" if photo or not upright.has_transparency_data else "RGBA")
    bare.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    bare.info.clear()
    written = io.BytesIO()
    if photo:
        bare.save(written, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    else:
        bare.save(written, "PNG", optimize=False)
    return Picture(mimetype="image/jpeg" if photo else "image/png", content=written.getvalue(), width=bare.width, height=bare.height)
