"""Whether the channels that playbooks name are there, and the bot is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient

from bot.channels import SendError
from bot.doctor.finding import Finding
from bot.slack.client import called

PAGE = 999
MOST_PAGES = 20
"""Pages of channels that are read; their method allows 20 calls a minute."""

_ID = re.compile(r"[CG][A-Z0-9_]{6,}")

Channel = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Room:
    """A workspace to look around in: `bot` is our name there, `granted` our scopes."""

    client: WebClient
    bot: str
    granted: frozenset[str]

    @property
    def types(self) -> str:
        """The kinds of channels we may list: asking for more is refused altogether."""
        return "public_channel,private_channel" if "groups:read" in self.granted else "public_channel"


def channel_findings(room: Room, names: Sequence[str]) -> Iterator[Finding]:
    """One finding for each channel, named `#name`, `name` or by its id."""
    wanted = {name: name.removeprefix("#") for name in names}
    by_name: dict[str, Channel] = {}
    trouble: SendError | None = None
    try:
        by_name = _listed(room, {name for name in wanted.values() if not _ID.fullmatch(name)})
    except SendError as error:
        trouble = error
    for name, bare in wanted.items():
        check = f"channel {name}"
        if _ID.fullmatch(bare):
            yield _by_id(room, check, bare)
        elif trouble is not None:
            yield Finding(check, "unknown", f"Slack did not tell its channels: {trouble}", _todo(trouble))
        elif bare in by_name:
            yield _membership(room, check, by_name[bare])
        else:
            more = "" if "groups:read" in room.granted else "; a private one is only seen with the scope groups:read"
            yield Finding(
                check, "wrong", f"there is none that @{room.bot} can see{more}", f"make it, or invite me there: /invite @{room.bot}"
            )


def _listed(room: Room, names: set[str]) -> dict[str, Channel]:
    found: dict[str, Channel] = {}
    cursor = ""
    for _ in range(MOST_PAGES):
        if not names - found.keys():
            break
        page = called(
            lambda at=cursor: room.client.conversations_list(types=room.types, exclude_archived=True, limit=PAGE, cursor=at or None)  # type: ignore[misc]
        )
        found |= {str(channel["name"]): channel for channel in page["channels"] if channel.get("name") in names}
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return found


def _by_id(room: Room, check: str, channel: str) -> Finding:
    try:
        answer = called(lambda: room.client.conversations_info(channel=channel))
    except SendError as error:
        if str(error) == "channel_not_found":
            return Finding(
                check, "wrong", f"there is none that @{room.bot} can see", f"mend the id, or invite me there: /invite @{room.bot}"
            )
        return Finding(check, "unknown", f"Slack did not tell: {error}", _todo(error))
    return _membership(room, check, answer["channel"])


def _membership(room: Room, check: str, channel: Channel) -> Finding:
    called_so = f"{channel.get('name', '')} ({channel['id']})"
    if channel.get("is_archived"):
        return Finding(check, "wrong", f"{called_so} is archived", "unarchive it, or name another in the playbook")
    if not channel.get("is_member"):
        return Finding(check, "wrong", f"@{room.bot} is not in {called_so}", f"invite me there: /invite @{room.bot}")
    return Finding(check, "ok", f"@{room.bot} is in {called_so}")


def _todo(error: SendError) -> str:
    if str(error) == "missing_scope":
        return "grant channels:read, and groups:read for private ones, and install the app again"
    return "try again in a minute"
