"""A message's body as plain text and as Slack's mrkdwn: the same lines, other signs."""

from __future__ import annotations

from dataclasses import dataclass

from markdown_it.tree import SyntaxTreeNode

from bot.markup.links import Address, address
from bot.markup.tags import COMPONENT_MARKS, QUOTE_CLOSES, QUOTE_OPENS, Tags
from bot.surfaces import escape_mrkdwn


@dataclass(frozen=True, slots=True)
class Signs:
    """How a surface marks what Markdown marks. `links`: it can hide an address behind words."""

    strong: str
    em: str
    strike: str
    code: str
    fence: str
    bullet: str
    rule: str
    links: bool


TEXT_SIGNS = Signs(strong="", em="", strike="", code="", fence="", bullet="- ", rule="----", links=False)
SLACK_SIGNS = Signs(strong="*", em="_", strike="~", code="`", fence="```", bullet="•  ", rule="———", links=True)


def write(node: SyntaxTreeNode, tags: Tags, signs: Signs) -> str:
    """The template's source, with marks where tags will stand. Blocks end with an empty line."""
    if node.type in ("bullet_list", "ordered_list"):
        return _list(node, tags, signs)
    inner = "".join(write(child, tags, signs) for child in node.children)
    match node.type:
        case "text":
            return _escaped(node.content, signs)
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "jinja":
            return "".join(COMPONENT_MARKS.get(tags.component(mark), mark) for mark in node.content) + "\n\n"
        case "strong":
            return f"{signs.strong}{inner}{signs.strong}"
        case "em":
            return f"{signs.em}{inner}{signs.em}"
        case "s":
            return f"{signs.strike}{inner}{signs.strike}"
        case "code_inline":
            return f"{signs.code}{_escaped(node.content, signs)}{signs.code}"
        case "fence" | "code_block":
            return f"{signs.fence}\n{_escaped(node.content.rstrip(), signs)}\n{signs.fence}\n\n"
        case "link":
            return _link(address(str(node.attrs["href"]), tags), inner, signs)
        case "hr":
            return f"{signs.rule}\n\n"
        case "heading":
            return f"{signs.strong}{inner}{signs.strong}\n\n"
        case "paragraph":
            return inner + ("\n" if node.hidden else "\n\n")
        case "blockquote":
            return f"{QUOTE_OPENS}{inner.rstrip()}{QUOTE_CLOSES}\n\n"
        case _:
            return inner


def _list(node: SyntaxTreeNode, tags: Tags, signs: Signs) -> str:
    number = int(node.attrs.get("start", 1))
    lines = []
    for child in node.children:
        if child.type == "jinja":
            lines.append(child.content)
            continue
        bullet = f"{number}. " if node.type == "ordered_list" else signs.bullet
        inner = "".join(write(part, tags, signs) for part in child.children).rstrip()
        lines.append(bullet + inner.replace("\n", "\n" + " " * len(bullet)) + "\n")
        number += 1
    return "".join(lines) + "\n"


def _link(href: Address, inner: str, signs: Signs) -> str:
    if not signs.links:
        return f"{inner} ({href.fixed})" if href.fixed else f"{href.bind}{inner}{{% if address_ %}} ({{{{ address_ }}}}){{% endif %}}"
    if href.fixed:
        return f"<{escape_mrkdwn(href.fixed)}|{inner}>"
    return f"{href.bind}{{% if address_ %}}<{{{{ address_ }}}}|{{% endif %}}{inner}{{% if address_ %}}>{{% endif %}}"


def _escaped(text: str, signs: Signs) -> str:
    return escape_mrkdwn(text) if signs.links else text
