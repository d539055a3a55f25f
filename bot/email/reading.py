"""What a person wrote in answer to a mail, without what their program put around it.

One walk over the lines, each looked at a bounded number of times: what strangers send cannot make it slow. (Libraries that read replies
match one expression over the whole, which is quadratic or worse.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.email.html_words import html_as_text
from bot.email.quote_heads import announces, begins_old_mail, sent_from

__all__ = ["LOOKED_AT", "Reply", "html_as_text", "read_reply", "shown"]

LOOKED_AT = 20 * 1024
"""Characters of a mail; nobody reads further, so neither do we."""
_MOST_LINES = 1500

_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffc\ud800-\udfff]"
)
_SPACES = re.compile(r"[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_DECORATION = " -–—_=*#~|<>[]()↑⬆▲.:"
_RULE = re.compile(r"[-_=*~ –—]{5,}")
_PLACEHOLDER = re.compile(r"[\[<](?:image|bild|inline image|imagen|immagine|afbeelding|imagem|cid)\s?:[^\[\]<>]{0,200}[\]>]", re.IGNORECASE)
_LONG = 66
"""Characters after which programs wrap a quoted line, and forget to mark what they wrapped."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The new words of a mail. `first_line` may be a command; `quoted` tells whether something of others was left out."""

    first_line: str
    text: str
    quoted: bool


def read_reply(text: str, sentinels: Sequence[str] = ()) -> Reply:
    """The new words of a mail's text. Words between quotes stay; quotes, signatures and what telephones add go.

    `sentinels`: the line that every mail of ours begins with, in each language we send. Whatever stands below it, unmarked, is ours.
    """
    lines = shown(text).split("\n", _MOST_LINES)[:_MOST_LINES]
    kept, quoted = _own(lines, {bare for each in sentinels if (bare := _bare(each))})
    words = _joined(kept)
    return Reply(words.partition("\n")[0].strip(), words, quoted)


def shown(text: str) -> str:
    """The first `LOOKED_AT` characters as lines that end in \\n, without what nobody sees: controls, marks of direction, zero width."""
    return _SPACES.sub(" ", _UNSEEN.sub("", _BREAKS.sub("\n", text[:LOOKED_AT])))


def _own(lines: list[str], sentinels: set[str]) -> tuple[list[str], bool]:
    """The person's own lines, and whether others' were left out."""
    bare = [line.strip() for line in lines]
    kept: list[str] = []
    quoted, at = False, 0
    while at < len(lines):
        line = bare[at]
        if not line:
            kept.append("")
        elif line.startswith(">") or _is_rest_of_quote(bare, at):
            quoted = True
        elif _is_sentinel(line, sentinels) or begins_old_mail(bare, at):
            return kept, True
        elif taken := announces(bare, at):
            quoted, at = True, at + taken
            if not _is_marked(bare, at):
                break
            continue
        elif line == "--" and lines[at].startswith("--"):
            quoted = quoted or any(below.startswith(">") for below in bare[at:])
            break
        elif not sent_from(line) and not _PLACEHOLDER.fullmatch(line):
            kept.append(lines[at].rstrip())
        at += 1
    return kept, quoted


def _is_marked(bare: list[str], at: int) -> bool:
    """Whether the quote that was announced has its marks: only then can words below it be the person's."""
    return next((line.startswith(">") for line in bare[at : at + 4] if line), False)


def _is_rest_of_quote(bare: list[str], at: int) -> bool:
    """Whether a line is the end of the quoted line above it, wrapped on the way: the sentence goes on, and so does the quote."""
    above, below = bare[at - 1] if at else "", bare[at + 1] if at + 1 < len(bare) else ""
    broken = above.startswith(">") and len(above) >= _LONG and not above.endswith((".", "?", "!", ":", ";"))
    return broken and below.startswith(">") and bare[at][:1].islower()


def _is_sentinel(line: str, sentinels: set[str]) -> bool:
    return bool(sentinels) and len(line) <= 200 and _bare(line) in sentinels


def _bare(line: str) -> str:
    return line[:200].strip(_DECORATION).casefold()


def _joined(kept: list[str]) -> str:
    """Lines as a text: no rules at its end, no two empty lines in a row, nothing around it."""
    while kept and (not kept[-1] or _RULE.fullmatch(kept[-1].strip())):
        kept.pop()
    lines = [line for at, line in enumerate(kept) if line or (at and kept[at - 1])]
    return "\n".join(lines).strip()
