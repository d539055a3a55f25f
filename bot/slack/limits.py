"""Slack's limits, and any text or blocks made to fit them: split at paragraph ends, shortened with "…", never refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Json = dict[str, Any]

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
SECTION = 3_000
HEADER = 150
CONTEXT_TEXT = 2_000
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
BUTTON = 75
VALUE = 2_000
LINK = 3_000
LABEL = 75
OPTION_VALUE = 150
MODAL_TITLE = 24
PLACEHOLDER = 150
INPUT_TEXT = 2_000
METADATA = 3_000
ID = 255
TOTAL = 13_200
"""Characters of text in all, of a message; we keep views within it too."""

_OPEN_ENTITY = re.compile(r"&\w{0,5}$")
_ENDS = ("\n\n", "\n", ". ", " ")


def shorten(text: str, limit: int) -> str:
    """The text, or its beginning and "…": never half an entity or half a link."""
    if len(text) <= limit:
        return text
    return f"{_whole(text[: limit - 1]).rstrip()}…"


def split(text: str, limit: int) -> list[str]:
    """The text in pieces that fit, cut at the last end of a paragraph, line, sentence or word."""
    pieces = []
    while len(text) > limit:
        start = text[:limit]
        cut = next((at + len(end.rstrip(" ")) for end in _ENDS if (at := start.rfind(end)) > limit // 2), 0) or len(_whole(start)) or limit
        pieces.append(text[:cut].strip())
        text = text[cut:].lstrip()
    return [piece for piece in (*pieces, text) if piece.strip()]


def _whole(text: str) -> str:
    """The text without an entity or a link that was cut at its end."""
    text = _OPEN_ENTITY.sub("", text)
    opened = text.rfind("<")
    return text[:opened] if opened > text.rfind(">") else text


def fit(blocks: Iterable[Json], *, at_most: int = BLOCKS_IN_MESSAGE) -> list[Json]:
    """The blocks as Slack takes them, `at_most` of them: what is too long is split or shortened, what is empty is left out.

    Ids of blocks and actions become unique: the second `later` is `later:2`. Buttons survive before text does.
    """
    fitted = [piece for block in blocks for piece in _fit_one(block)]
    return list(_with_unique_ids(_within_total(_at_most(fitted, at_most))))


def _fit_one(block: Json) -> Iterator[Json]:
    match block["type"]:
        case "section":
            yield from _sections(block)
        case "header":
            if text := block["text"]["text"].strip():
                yield block | {"text": block["text"] | {"text": shorten(text, HEADER)}}
        case "context":
            if elements := [_text(e, CONTEXT_TEXT) for e in block["elements"] if e["text"].strip()]:
                yield block | {"elements": elements[:CONTEXT_ELEMENTS]}
        case "actions":
            if elements := [e for e in block["elements"] if _is_usable(e)]:
                yield block | {"elements": [_text_of_button(e) for e in elements[:ACTIONS_ELEMENTS]]}
        case _:
            yield block


def _sections(block: Json) -> Iterator[Json]:
    pieces = split(block["text"]["text"], SECTION)
    for place, piece in enumerate(pieces):
        one = block if place == 0 else {key: value for key, value in block.items() if key != "accessory"}
        yield one | {"text": block["text"] | {"text": piece}}


def _text(element: Json, limit: int) -> Json:
    return element | {"text": shorten(element["text"], limit)}


def _is_usable(element: Json) -> bool:
    """A button without words or with a value that was cut would do harm; it is left out."""
    return bool(element["text"]["text"].strip()) and len(element.get("value", "")) <= VALUE and len(element.get("url", "")) <= LINK


def _text_of_button(element: Json) -> Json:
    fitted = element | {"text": element["text"] | {"text": shorten(element["text"]["text"], BUTTON)}}
    if label := element.get("accessibility_label"):
        fitted["accessibility_label"] = shorten(label, LABEL)
    return fitted


def _at_most(blocks: list[Json], limit: int) -> list[Json]:
    """Leaves out text, from the last on, before any block with buttons."""
    spare = len(blocks) - limit
    kept: list[Json] = []
    for block in reversed(blocks):
        if spare > 0 and block["type"] != "actions":
            spare -= 1
        else:
            kept.append(block)
    return kept[::-1][:limit]


def _within_total(blocks: list[Json]) -> list[Json]:
    """Gives the buttons their room first, then the texts in order, the last of which is shortened."""
    left = TOTAL - sum(characters(b) for b in blocks if b["type"] == "actions")
    kept: list[Json] = []
    for block in blocks:
        if block["type"] == "actions" or (cost := characters(block)) <= left:
            kept.append(block)
            left -= 0 if block["type"] == "actions" else cost
        elif block["type"] == "section" and left > 1:
            kept.append(block | {"text": _text(block["text"], left)})
            left = 0
    return kept


def characters(value: Any) -> int:
    """How much text there is in blocks."""
    if isinstance(value, dict):
        return sum(len(v) if k == "text" and isinstance(v, str) else characters(v) for k, v in value.items())
    return sum(map(characters, value)) if isinstance(value, list) else 0


def _with_unique_ids(blocks: Sequence[Json]) -> Iterator[Json]:
    seen_blocks: dict[str, int] = {}
    seen_actions: dict[str, int] = {}
    for block in blocks:
        if block_id := block.get("block_id"):
            block = block | {"block_id": _unique(block_id, seen_blocks, "~")}
        if block["type"] == "actions":
            elements = [e | {"action_id": _unique(e["action_id"].partition(":")[0], seen_actions, ":")} for e in block["elements"]]
            block = block | {"elements": elements}
        yield block


def _unique(name: str, seen: dict[str, int], mark: str) -> str:
    """The name, from its second time on with its number."""
    name = name.partition(mark)[0][: ID - 8]
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name}{mark}{seen[name]}"
