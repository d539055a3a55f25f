"""Lists with loops in them: `{% for %}` around an item makes one list of many items, not many lists of one."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from bot.markup.tags import Tags


def join_lists(tokens: Sequence[Token], tags: Tags) -> list[Token]:
    """Draw lists and the statements around them into one list, wherever those statements begin and end beside it."""
    blocks = _blocks(tokens)
    joined: list[Token] = []
    at = 0
    while at < len(blocks):
        end = _run(blocks, at, tags)
        joined += _one_list(blocks[at:end]) if end > at + 1 else blocks[at]
        at = max(end, at + 1)
    return joined


def _blocks(tokens: Sequence[Token]) -> list[list[Token]]:
    """The top-level blocks, each with all that is inside it."""
    blocks: list[list[Token]] = []
    depth = 0
    for token in tokens:
        if depth == 0:
            blocks.append([])
        blocks[-1].append(token)
        depth += token.nesting
    return blocks


def _run(blocks: Sequence[list[Token]], start: int, tags: Tags) -> int:
    """Where the longest balanced run of lists and statements from `start` ends; `start` when there is none with a list."""
    best, depth, lists = start, 0, 0
    for at in range(start, len(blocks)):
        first = blocks[at][0]
        if first.type == "bullet_list_open":
            lists += 1
        elif first.type == "jinja" and all(map(tags.is_statement, first.content)):
            if depth == 0 and tags.turns(first.content):
                break  # it belongs to what opened before this run
            depth += sum(map(tags.nesting, first.content))
        else:
            break
        if depth < 0:
            break
        if depth == 0 and lists:
            best = at + 1
    whole_if = best > start + 1 and tags.opens_if(blocks[start][0].content) and _closes_at(blocks, start, tags) == best
    return start if whole_if else best


def _closes_at(blocks: Sequence[list[Token]], start: int, tags: Tags) -> int:
    """Just after the block in which what opened at `start` closes."""
    depth = 0
    for at in range(start, len(blocks)):
        if blocks[at][0].type == "jinja":
            depth += sum(map(tags.nesting, blocks[at][0].content))
        if depth == 0:
            return at + 1
    return len(blocks)


def _one_list(blocks: Sequence[list[Token]]) -> list[Token]:
    opening = next(block[0] for block in blocks if block[0].type == "bullet_list_open")
    closing = next(block[-1] for block in blocks if block[0].type == "bullet_list_open")
    inner = [token for block in blocks for token in (block[1:-1] if block[0].type == "bullet_list_open" else block)]
    return [opening, *inner, closing]
