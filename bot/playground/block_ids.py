"""The ids by which Slack finds a block and an element again when somebody uses it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.playground.checks import said
from bot.playground.values import Json


def interactive(block: Json) -> list[Json]:
    """The elements of a block that a person can use."""
    inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
    return [element for element in inside if isinstance(element, dict) and "action_id" in element]


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks as Slack keeps them: each with a block_id, each element that can be used with an action_id."""
    return [_with_ids(block, f"b{place}") for place, block in enumerate(blocks)]


def repeated_ids(blocks: list[Json], at: str) -> Iterator[str]:
    """Block and action ids that appear twice where they may not, in Slack's words."""
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id in seen:
            yield said(f"block_id {block_id} already exists", f"{at}/{place}/block_id")
        seen.update([block_id] if block_id else [])
        actions = [element["action_id"] for element in interactive(block)]
        for action in sorted({action for action in actions if actions.count(action) > 1}):
            yield said(f"action_id {action} already exists for block_id {block_id}", f"{at}/{place}")


def _with_ids(block: Json, spare: str) -> Json:
    named: Json = {"block_id": spare} | block
    for place in ("accessory", "element"):
        if place in block:
            named[place] = _with_action_id(block[place], f"{spare}a")
    if block["type"] == "actions":
        named["elements"] = [_with_action_id(element, f"{spare}a{n}") for n, element in enumerate(block["elements"])]
    return named


def _with_action_id(element: Json, spare: str) -> Json:
    return element if element["type"] == "image" else {"action_id": spare} | element
