"""Text as people type it, reduced to the words in it: what phrases are compared by."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ′`´", "'"))
_LINK = re.compile(r"<(?:https?|mailto|tel):[^<>|]*(?:\|([^<>|]*))?>")
_MENTION = re.compile(r"<[@#!][\w^.-]+(?:\|[^<>|]*)?>")
_EMOJI = re.compile(r":[a-z0-9+][\w+'-]*:", re.IGNORECASE)
_MARKS = re.compile(r"[*_~]+")
_WORD = re.compile(r"\d+(?:[.:/-]\d+)*\.?|[^\W\d_]+(?:'[^\W\d_]+)*")


def plain_words(text: str) -> tuple[str, ...]:
    """The words of a text: small letters, no accents, no punctuation. Numbers keep the marks inside them, as in 9:30 and 3.3."""
    text = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return tuple(word.replace("'", "") for word in _WORD.findall(text))


def without_slack_marks(text: str) -> str:
    """The text without Slack's mentions, emoji and formatting; a link leaves its label."""
    text = _LINK.sub(lambda link: f" {link[1] or ''} ", text)
    text = _EMOJI.sub(" ", _MENTION.sub(" ", text))
    return unescape(_MARKS.sub(" ", text))
