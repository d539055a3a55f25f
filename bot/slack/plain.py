"""What people type in Slack, as plain text: its own escapes and links are Slack's, not theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_LINK = re.compile(r"<((?:https?://|mailto:)[^|>\s]+)(?:\|([^>]*))?>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^>]*)>")
_USER = re.compile(r"<@[A-Z0-9_]+(?:\|([^>]*))?>")
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def plain_text(text: str) -> str:
    """Links as "label (address)", escapes undone (https://docs.slack.dev/messaging/formatting-message-text)."""
    text = _LINK.sub(lambda m: f"{m[2]} ({m[1]})" if m[2] and m[2] not in m[1] else m[1].removeprefix("mailto:"), text)
    text = _CHANNEL.sub(lambda m: f"#{m[1]}", text)
    text = _USER.sub(lambda m: f"@{m[1]}" if m[1] else "", text)
    for escaped, sign in _ESCAPES:
        text = text.replace(escaped, sign)
    return text.strip()


def said_in(event: Mapping[str, Any]) -> str:
    """What somebody wrote, as plain text; of a file without words, its name."""
    return plain_text(str(event.get("text") or "")) or ", ".join(str(file.get("name", "")) for file in event.get("files") or ())
