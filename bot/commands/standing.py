"""Whether somebody may be written to, for `handrail why`: addresses that are shut, and what they said about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from bot.commands.days import day_words
from storage.suppressions import OWN_WORD, Suppression

Told = dict[str, Any]

_NO_EVENT: Told = {
    "event": None, "decided_at": None, "name": "", "key": "", "undecided": False, "parked": False, "attempts": 0, "error": "",
    "reasons": [], "messages": [],
}  # fmt: skip


def standing(shut: Sequence[Suppression], consent: Sequence[Told], zone: ZoneInfo) -> Iterator[Text]:
    """A line for each shut address and each word of theirs, in the person's own time."""
    for one in shut:
        how = "gets answers alone" if one.reason == OWN_WORD else "is not written to"
        why = f" ({one.why})" if one.why else ""
        said = f": {one.reason.replace('_', ' ')}, {when(one.at, zone)}, by {one.source or 'nobody named'}{why}"
        yield Text.assemble((f"✗ {one.address} {how}", "bold yellow"), said)
    for word in consent:
        wording = f": “{word['wording']}”" if word["wording"] else ""
        at = when(datetime.fromisoformat(word["at"]), zone)
        yield Text(f"  {word['what']} {word['channel']}, {at}, by {word['source']}{wording}", style="dim")


def as_stories(shut: Sequence[Suppression], consent: Sequence[Told]) -> list[Told]:
    """The same after the events of the story, and in their form. Kinds: Consent, Suppression."""
    words = [_NO_EVENT | {"kind": "Consent", "at": word["at"], "source": word["source"], "data": word} for word in consent]
    addresses = [
        _NO_EVENT
        | {
            "kind": "Suppression",
            "at": one.at.isoformat(),
            "source": one.source,
            "data": {"channel": one.channel, "address": one.address, "reason": one.reason, "why": one.why},
        }
        for one in shut
    ]
    return words + addresses


def when(at: datetime, zone: ZoneInfo) -> str:
    """A moment as `why` writes it."""
    local = at.astimezone(zone)
    return f"{day_words(local)} {local.year} {local:%H:%M}"
