"""The words of an HTML mail, for programs that send no text beside it.

One walk from tag to tag that never looks back: unclosed tags by the thousand cost no more than closed ones. It reads mail, not every page.
"""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass, field

MOST_TAGS = 4_000
"""Tags looked at: new words stand at the top, and nobody's own have that many."""
MOST_WORDS = 20 * 1024
"""Characters of words that are read, as in a text part."""
MOST_READ = 500_000
"""Characters of a page that are looked at."""
_MOST_ODD = 10
"""Tags that never close, each of which is searched for to the end, before the rest is given up."""

_TAG = re.compile(r"""<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,20}+)(?P<more>(?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""")
_ODD_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,20}+)(?P<more>[^>]*+)>")
_SPACE = re.compile(r"[ \t\r\n\f]+")

_VOID = re.compile(r"area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr")
_SILENT = re.compile(r"head|style|script|title|template|noscript|svg|math|object|iframe|textarea|select|xml|canvas|audio|video")
_BLOCKS = re.compile(
    r"address|article|aside|blockquote|center|dd|div|dl|dt|fieldset|footer|form|h1|h2|h3|h4|h5|h6|header|hr|li|main|ol|p|pre|section|table|tr"
    r"|ul"
)
_QUOTES = (
    *(
        "gmail_quote",
        "gmail_attr",
        "yahoo_quoted",
        "moz-cite-prefix",
        "moz-forward-container",
        "protonmail_quote",
        "zmail_extra",
        "hs_reply",
    ),
    *("missive_quote", "front-blockquote", "messagereplysection", "originalmessage", "olk_src_body_section", "reply-intro", " name=quote "),
    *("mail-editor-reference-message-container", "isforwardcontent", "isreplycontent"),
)
_SIGNATURES = (
    *(
        "gmail_signature",
        "moz-signature",
        "ms-outlook-mobile-signature",
        "protonmail_signature_block",
        "mailbox_signature",
        " id=signature ",
    ),
    *("composer_signature", "k9mail-signature", " id=x_signature "),
)
_REST = ("divrplyfwdmsg", "appendonsend", "stopspelling", "zwchr", "__headers__")
_HIDDEN = ("display:none", "mso-hide:all")
_INDENTED = ("border:none", "border:0", "border:medium none", "webkit-indent-blockquote")
"""What a program's own indent looks like: a person's words, moved to the right."""
_ATTRIBUTE = re.compile(r"""(?<![\w-])(id|class|name|type|style|data-marker)\s?=\s?("[^"]*+"|'[^']*+'|[^\s"']++)""", re.IGNORECASE)
_MOST_OF_ATTRIBUTES = 1_000
_RAW = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}
_MARKS = "\"'"


@dataclass(slots=True)
class _Page:
    """What has been read so far."""

    said: list[str] = field(default_factory=list)
    left: int = MOST_WORDS
    dropped: str = ""
    """The element that is left out with all it holds; '' outside of one."""
    depth: int = 0
    """How many elements of that name are open."""
    preformatted: int = 0

    def line(self) -> None:
        """Begin a new line, unless one has begun."""
        if self.said and not self.said[-1].endswith("\n"):
            self.said.append("\n")

    def say(self, raw: str) -> None:
        """Words between two tags."""
        if self.dropped or not raw or self.left <= 0:
            return
        raw = raw[: self.left]
        self.left -= len(raw)
        words = _decoded(raw)
        self.said.append(words if self.preformatted else _SPACE.sub(" ", words))

    def leave_out(self, name: str, *, quoted: bool) -> None:
        """Say nothing until this element ends; a quote leaves its mark."""
        self.line()
        if quoted:
            self.said.append(">\n")
        if not _VOID.fullmatch(name):
            self.dropped, self.depth = name, 1


def html_as_text(html: str) -> str:
    """The words of an HTML mail, a line for each block; ">" stands where a quote was left out, so give the result to `read_reply`."""
    page, html = _Page(), html[:MOST_READ]
    at, odd = 0, 0
    for _ in range(MOST_TAGS):
        start = html.find("<", at)
        page.say(html[at:start] if start >= 0 else html[at:])
        if start < 0 or page.left <= 0 or odd > _MOST_ODD:
            break
        follows = html[start + 1 : start + 2]
        if follows in ("!", "?"):
            at = _after_declaration(html, start)
        elif not follows.isalpha() and follows != "/":
            page.say("<")
            at = start + 1
        elif tag := _TAG.match(html, start) or _ODD_TAG.match(html, start):
            odd += tag.re is _ODD_TAG
            name, at = tag["name"].lower(), tag.end()
            if not (_end(page, name) if tag["end"] else _begin(page, name, tag["more"][:_MOST_OF_ATTRIBUTES])):
                break
            if name in _RAW and not tag["end"]:
                at = _after_raw(html, at, name)
        else:
            odd, at = odd + 1, start + 1
    return "\n".join(line.strip(" ") for line in "".join(page.said).split("\n")).strip("\n")


def _begin(page: _Page, name: str, more: str) -> bool:
    """An element begins. False: whatever follows is an old mail."""
    if page.dropped and not _closes_by_itself(page.dropped, name):
        page.depth += name == page.dropped
        return True
    page.dropped = ""
    told = _told(more) if "=" in more else ""
    if _any(_REST, told):
        page.leave_out("br", quoted=True)
        return False
    if _any(_QUOTES, told) or (name == "blockquote" and ("type=cite" in told or not _any(_INDENTED, told))):
        page.leave_out(name, quoted=True)
    elif (_SILENT.fullmatch(name) and not more.endswith("/")) or _any(_SIGNATURES, told) or _any(_HIDDEN, told):
        page.leave_out(name, quoted=False)
    elif name == "br":
        page.said.append("\n")
    elif _BLOCKS.fullmatch(name):
        page.line()
    elif name in ("td", "th"):
        page.said.append(" ")
    page.preformatted += name == "pre" and not page.dropped
    return True


def _end(page: _Page, name: str) -> bool:
    """An element ends."""
    if page.dropped:
        page.depth -= name == page.dropped
        page.dropped = page.dropped if page.depth else ""
        return True
    if _BLOCKS.fullmatch(name):
        page.line()
    page.preformatted = max(0, page.preformatted - (name == "pre"))
    return True


def _closes_by_itself(dropped: str, begins: str) -> bool:
    """Whether an element ends where another begins, without a word: nobody has to close a head or a paragraph."""
    return (dropped == "head" and begins == "body") or (dropped == "p" and bool(_BLOCKS.fullmatch(begins)))


def _told(more: str) -> str:
    """What an element is called and how it looks, in lower case: ` class=gmail_quote  style=border:none `."""
    found = _ATTRIBUTE.findall(more)
    return "".join(f" {name}={value.strip(_MARKS)} " for name, value in found).lower().replace(": ", ":") if found else ""


def _any(words: tuple[str, ...], told: str) -> bool:
    return bool(told) and any(word in told for word in words)


def _decoded(raw: str) -> str:
    try:
        return entities.unescape(raw) if "&" in raw else raw
    except ValueError:  # a number of more digits than Python reads
        return raw


def _after_declaration(html: str, start: int) -> int:
    """Behind a comment or a doctype; one that never ends hides all the rest, as in a browser."""
    mark = "-->" if html.startswith("<!--", start) else ">"
    end = html.find(mark, start + 2)
    return end + len(mark) if end >= 0 else len(html)


def _after_raw(html: str, start: int, name: str) -> int:
    """Where a script or a stylesheet ends: tags inside of it are none."""
    found = _RAW[name].search(html, start)
    return found.start() if found else len(html)
