"""Who of our workspace is of the team: whom the roster names, and who is in a team's channel. The workspace alone proves nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from bot.channels import SendError
from bot.shelf import Shelf
from bot.slack.callers import Caller
from bot.slack.who import WhoIsWho
from bot.slack.workspaces import QUICK, Workspaces

log = logging.getLogger("handrail.team")

REMEMBERED = 600.0
ASKED_AGAIN = 30.0
"""Seconds that a yes and a no are remembered: who was invited a moment ago should not wait."""
MOST = 999
"""Channels of one colleague that Slack tells at once."""
_MOST_KEPT = 2_000


class Membership:
    """Answers for what is done outside of the team's channels, where a card's being seen proves nothing."""

    def __init__(self, shelf: Shelf, who: WhoIsWho, workspaces: Workspaces, machine: Callable[[], float] = time.monotonic) -> None:
        self._shelf = shelf
        self._who = who
        self._workspaces = workspaces
        self._machine = machine
        self._known: dict[str, tuple[float, bool]] = {}
        self._lock = threading.Lock()

    def has(self, caller: Caller) -> bool:
        """Whether they are of the team. While Slack can't say, only the roster counts."""
        if not self._who.is_csm(caller.team, caller.user):
            return False
        if self._shelf.playbooks().roster.csm(caller.user) is not None:
            return True
        known, now = self._known.get(caller.user), self._machine()
        if known is not None and now < known[0]:
            return known[1]
        found = self._asked(caller.user)
        with self._lock:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[caller.user] = (now + (REMEMBERED if found else ASKED_AGAIN), found)
        return found

    def _asked(self, user: str) -> bool:
        scopes = self._workspaces.scopes("")
        types = "public_channel,private_channel" if not scopes or "groups:read" in scopes else "public_channel"
        try:
            answer = self._workspaces.csm_call(
                "users.conversations",
                lambda client: client.users_conversations(user=user, types=types, exclude_archived=True, limit=MOST),
                timeout=QUICK,
            )
        except SendError as error:
            log.info("Slack can't say who is in the team's channels: %s", error)
            return False
        theirs = {str(channel.get(name) or "") for channel in answer["channels"] for name in ("id", "name")}
        return any(book.team.channel.removeprefix("#") in theirs for book in self._shelf.playbooks())
