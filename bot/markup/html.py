"""A message's body as HTML: for mail with every style inline, because mail programs drop the rest; for pages with none."""

from __future__ import annotations

from markdown_it.tree import SyntaxTreeNode
from markupsafe import escape

from bot.markup.links import address
from bot.markup.tags import COMPONENT_MARKS, WHOLE_BLOCKS, Tags, is_mark

_STYLES = {
    "p": "margin:0 0 16px",
    "h1": "margin:0 0 16px;font-size:28px;line-height:1.25;font-weight:600",
    "h2": "margin:24px 0 8px;font-size:20px;line-height:1.3;font-weight:600",
    "h3": "margin:24px 0 8px;font-size:16px;line-height:1.5;font-weight:600",
    "ul": "margin:0 0 16px;padding:0 0 0 24px",
    "ol": "margin:0 0 16px;padding:0 0 0 24px",
    "li": "margin:0 0 8px",
    "hr": "margin:24px 0;border:0;border-top:1px solid #e4e1d9",
    "blockquote": "margin:0 0 16px;padding:0 0 0 16px;border-left:3px solid #0f766e",
    "code": "font-family:Menlo,Consolas,'Liberation Mono',monospace;font-size:14px",
    "pre": "margin:0 0 16px;padding:12px 16px;border:1px solid #e4e1d9;border-radius:10px;white-space:pre-wrap;word-break:break-word",
    "a": "color:#0f766e;text-decoration:underline",
}
_CLASSES = {"a": "accent", "hr": "line", "pre": "line", "blockquote": "edge"}
_INLINE = {"strong": "strong", "em": "em", "s": "s"}
_BLOCKS = {"bullet_list": "ul", "list_item": "li", "blockquote": "blockquote"}


def write(node: SyntaxTreeNode, tags: Tags, *, styled: bool = True) -> str:
    """The template's source, with marks where tags will stand. A page brings its own styles: `styled=False`."""
    inner = "".join(write(child, tags, styled=styled) for child in node.children)
    match node.type:
        case "text":
            return str(escape(node.content))
        case "softbreak":
            return "\n"
        case "hardbreak":
            return "<br>"
        case "jinja":
            return "".join(COMPONENT_MARKS.get(tags.component(mark), mark) for mark in node.content)
        case "code_inline":
            return _tag("code", str(escape(node.content)), styled)
        case "fence" | "code_block":
            return _tag("pre", _tag("code", str(escape(node.content.rstrip())), styled), styled)
        case "link":
            return _link(node, inner, tags, styled)
        case "hr":
            return _open("hr", styled)
        case "paragraph":
            return inner if node.hidden or _is_whole_block(inner, tags) else _paragraph(node, inner, styled)
        case "heading":
            return _tag(node.tag if node.tag in ("h1", "h2") else "h3", inner, styled)
        case "ordered_list":
            return _tag("ol", inner, styled, f' start="{node.attrs["start"]}"' if "start" in node.attrs else "")
        case kind if kind in _BLOCKS:
            return _tag(_BLOCKS[kind], inner, styled)
        case kind if kind in _INLINE:
            return f"<{_INLINE[kind]}>{inner}</{_INLINE[kind]}>"
        case _:
            return inner


def _is_whole_block(inner: str, tags: Tags) -> bool:
    return len(inner) == 1 and is_mark(inner) and tags.expression(inner) in WHOLE_BLOCKS


def _paragraph(node: SyntaxTreeNode, inner: str, styled: bool) -> str:
    quoted = node.parent is not None and node.parent.type == "blockquote"
    return f'<p style="margin:8px 0">{inner}</p>' if quoted and styled else _tag("p", inner, styled)


def _link(node: SyntaxTreeNode, inner: str, tags: Tags, styled: bool) -> str:
    href = address(str(node.attrs["href"]), tags)
    if href.fixed:
        return _tag("a", inner, styled, f' href="{escape(href.fixed)}"')
    opening = _open("a", styled, ' href="{{ address_ }}"')
    return f"{href.bind}{{% if address_ %}}{opening}{{% endif %}}{inner}{{% if address_ %}}</a>{{% endif %}}"


def _open(name: str, styled: bool, attributes: str = "") -> str:
    if not styled:
        return f"<{name}{attributes}>"
    css = f' class="{_CLASSES[name]}"' if name in _CLASSES else ""
    return f'<{name}{css}{attributes} style="{_STYLES[name]}">'


def _tag(name: str, inner: str, styled: bool, attributes: str = "") -> str:
    return f"{_open(name, styled, attributes)}{inner}</{name}>"
