"""Markdown with Jinja in it, read into one tree that every surface writes in its own way."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.tree import SyntaxTreeNode

from bot.markup.lists import join_lists
from bot.markup.tags import Tags, is_mark, take_out


def read(source: str) -> tuple[SyntaxTreeNode, Tags]:
    """The tree and the tags its marks stand for. Raises ValueError, in words, for what a message cannot hold."""
    marked, tags = take_out(source)
    parser = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable(["html_block", "html_inline", "image"])
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = _is_address  # type: ignore[method-assign]
    parser.block.ruler.before("fence", "jinja", _jinja_line, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    tree = SyntaxTreeNode(join_lists(parser.parse(marked, {"tags": tags}), tags))
    for node in tree.walk():
        if node.type == "text" and (misplaced := [c for c in node.content if is_mark(c) and tags.component(c)]):
            raise ValueError(f"{tags.source(misplaced[0])} stands on a line of its own, with nothing beside it")
    return tree, tags


def _is_address(url: str) -> bool:
    return url.startswith(("https://", "http://", "mailto:")) or any(map(is_mark, url))


def _jinja_line(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """A line of nothing but statements, or one component, is a block of its own: `{% if goal %}` wraps whole paragraphs."""
    line = state.getLines(start, start + 1, 0, False).strip()
    tags: Tags = state.env["tags"]
    marks = line.replace(" ", "")
    if not marks or not all(is_mark(c) and (tags.is_statement(c) or tags.component(c)) for c in marks):
        return False
    if not silent:
        token = state.push("jinja", "", 0)
        token.content, token.block, token.map = marks, True, [start, start + 1]
        state.line = start + 1
    return True
