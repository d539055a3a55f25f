"""Slack's limits, and any text or blocks made to fit them: split at paragraph ends, shortened with "…", never refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.slack.elements import PLACEHOLDER, Json, fit_element, shorten, shortened, whole

__all__ = ["PLACEHOLDER", "Json", "fit", "shorten", "split"]

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
SECTION = 3_000
HEADER = 150
CONTEXT_TEXT = 2_000
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
MODAL_TITLE = 24
INPUT_TEXT = 2_000
METADATA = 3_000
ID = 255
TOTAL = 13_200
"""Characters of text in all, of a message; we keep views within it too."""

KEPT = ("actions", "input")
"""Blocks that people answer with; text gives way to them."""

_ENDS = ("\n\n", "\n", ". ", " ")


def split(text: str, limit: int) -> list[str]:
    """The text in pieces that fit, cut at the last end of a paragraph, line, sentence or word."""
    pieces = []
    while len(text) > limit:
        start = text[:limit]
        cut = next((at + len(end.rstrip(" ")) for end in _ENDS if (at := start.rfind(end)) > limit // 2), 0) or len(whole(start)) or limit
        pieces.append(text[:cut].strip())
        text = text[cut:].lstrip()
    return [piece for piece in (*pieces, text) if piece.strip()]


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
                yield block | {"text": shortened(block["text"] | {"text": text}, HEADER)}
        case "context":
            if elements := [shortened(e, CONTEXT_TEXT) for e in block["elements"] if e["text"].strip()]:
                yield block | {"elements": elements[:CONTEXT_ELEMENTS]}
        case "actions":
            if elements := [fitted for e in block["elements"] if (fitted := fit_element(e))]:
                yield block | {"elements": elements[:ACTIONS_ELEMENTS]}
        case "input":
            yield from _input(block)
        case _:
            yield block


def _input(block: Json) -> Iterator[Json]:
    """A question; without anything to answer it with it is left out."""
    element = fit_element(block["element"])
    if element is None:
        return
    label = block["label"] if block["label"]["text"].strip() else block["label"] | {"text": "·"}
    fitted = block | {"element": element, "label": shortened(label, INPUT_TEXT)}
    if "hint" in fitted:
        hint = fitted.pop("hint")
        fitted |= {"hint": shortened(hint, INPUT_TEXT)} if hint["text"].strip() else {}
    yield fitted


def _sections(block: Json) -> Iterator[Json]:
    pieces = split(block["text"]["text"], SECTION)
    accessory = fit_element(block["accessory"]) if "accessory" in block else None
    block = {key: value for key, value in block.items() if key != "accessory"}
    for place, piece in enumerate(pieces):
        beside = {"accessory": accessory} if accessory and place == 0 else {}
        yield block | {"text": block["text"] | {"text": piece}} | beside


def _at_most(blocks: list[Json], limit: int) -> list[Json]:
    """Leaves out text, from the last on, before any block with buttons."""
    spare = len(blocks) - limit
    kept: list[Json] = []
    for block in reversed(blocks):
        if spare > 0 and block["type"] not in KEPT:
            spare -= 1
        else:
            kept.append(block)
    return kept[::-1][:limit]


def _within_total(blocks: list[Json]) -> list[Json]:
    """Gives the buttons their room first, then the texts in order, the last of which is shortened."""
    left = TOTAL - sum(characters(b) for b in blocks if b["type"] in KEPT)
    kept: list[Json] = []
    for block in blocks:
        if block["type"] in KEPT or (cost := characters(block)) <= left:
            kept.append(block)
            left -= 0 if block["type"] in KEPT else cost
        elif block["type"] == "section" and left > 1:
            kept.append(block | {"text": shortened(block["text"], left)})
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
