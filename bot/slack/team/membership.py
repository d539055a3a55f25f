"""Who of our workspace is of the team: whom the roster names, and who is in a team's channel. The workspace alone proves nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from slack_sdk.web import SlackResponse

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
_MOST_PAGES = 5
_MOST_KEPT = 2_000


class Membership:
    """Who may act for us. `customer` tells whether a Slack user is somebody whom we guide; an address alone makes nobody one."""

    def __init__(
        self,
        shelf: Shelf,
        who: WhoIsWho,
        workspaces: Workspaces,
        customer: Callable[[Caller], bool] = lambda _: False,
        machine: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shelf = shelf
        self._who = who
        self._workspaces = workspaces
        self._customer = customer
        self._machine = machine
        self._known: dict[str, tuple[float, bool]] = {}
        self._lock = threading.Lock()

    def has(self, caller: Caller) -> bool:
        """Whether they are of the team. While Slack can't say, only the roster counts."""
        return self.says(caller) is True

    def says(self, caller: Caller) -> bool | None:
        """The same with a third answer, None: Slack can't say just now."""
        home = False if caller.away else self._who.at_home(caller.team, caller.user)
        if home is False:
            return False
        if self._shelf.playbooks().roster.csm(caller.user) is not None:
            return True
        if home is None:
            return None
        if self._customer(caller):
            return False
        known, now = self._known.get(caller.user), self._machine()
        if known is not None and now < known[0]:
            return known[1]
        found = self._in_a_channel(caller.user)
        if found is None:
            return known[1] if known and known[1] else None
        with self._lock:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[caller.user] = (now + (REMEMBERED if found else ASKED_AGAIN), found)
        return found

    def _in_a_channel(self, user: str) -> bool | None:
        """Whether they are in a team's channel, None when Slack can't say just now."""
        wanted = {book.team.channel.removeprefix("#") for book in self._shelf.playbooks()}
        cursor = ""
        for _ in range(_MOST_PAGES):
            try:
                answer = self._page(user, cursor)
            except SendError as error:
                log.info("Slack can't say who is in the team's channels: %s", error)
                return False if error.permanent or error.shut else None
            if wanted & {str(channel.get(name) or "") for channel in answer["channels"] for name in ("id", "name")}:
                return True
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return False

    def _page(self, user: str, cursor: str) -> SlackResponse:
        scopes = self._workspaces.scopes("")
        types = "public_channel,private_channel" if not scopes or "groups:read" in scopes else "public_channel"
        return self._workspaces.csm_call(
            "users.conversations",
            lambda client: client.users_conversations(user=user, types=types, exclude_archived=True, limit=MOST, cursor=cursor or None),
            timeout=QUICK,
        )
