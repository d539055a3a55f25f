"""How people answer the elements of messages and views: what was used, and a dialog's state."""

from __future__ import annotations

from bot.playground import events
from bot.playground.block_ids import interactive
from bot.playground.post import Refused
from bot.playground.values import Json
from bot.playground.world import World


def action_on(world: World, blocks: list[Json], used: tuple[str, str], answer: object) -> Json:
    """The element of these blocks that was `used` (block id and action id), as Slack reports it. Raises Refused when it is gone."""
    for block in blocks:
        for element in interactive(block):
            if (block["block_id"], element["action_id"]) == used:
                return events.action_shape(world, block, element, answer)
    raise Refused("This button is gone.")


def state_of(view: Json, given: Json) -> Json:
    """The state of a dialog as Slack reports it: every element of it, answered or not."""
    state: Json = {}
    for block in view["blocks"]:
        for element in interactive(block):
            answer = given.get(block["block_id"], {}).get(element["action_id"])
            told = answer if isinstance(answer, dict) else events.answer_shape(element, answer)
            state.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"]} | told
    return state


def unanswered(view: Json, state: Json) -> list[str]:
    """The blocks of a dialog that ask for something and got nothing."""
    asked = [block for block in view["blocks"] if block["type"] == "input" and not block.get("optional")]
    return [block["block_id"] for block in asked if not _has_answer(state[block["block_id"]])]


def _has_answer(elements: Json) -> bool:
    return any(value for element in elements.values() for name, value in element.items() if name != "type")
