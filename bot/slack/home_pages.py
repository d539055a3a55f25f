"""Publishing a Home: each time in the place of the one we know of, so that an older drawing never covers a newer one."""

from __future__ import annotations

import threading

from bot.channels import SendError
from bot.slack.callers import Body
from bot.slack.limits import Json
from bot.slack.workspaces import Workspaces

_MOST_KEPT = 5_000


class HomePages:
    """Who sees which Home, by the hash that Slack gave it: of what we published last, or of what they were shown when they opened it."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces
        self._hashes: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def shown(self, team: str, user: str, view: Body) -> None:
        """They opened their Home, and this is what they saw."""
        self._keep(team, user, str(view.get("hash") or ""))

    def publish(self, team: str, user: str, view: Json) -> None:
        """Put a view there. When another process was there meanwhile, the row is drawn again at once, from things as they are then.

        Raises SendError.
        """
        known = self._hashes.get((team, user), "")
        try:
            told = self._workspaces.call(
                team, "views.publish", lambda client: client.views_publish(user_id=user, view=view, hash=known or None)
            )
        except SendError as error:
            with self._lock:
                self._hashes.pop((team, user), None)
            if str(error) == "hash_conflict":
                raise SendError("hash_conflict: somebody else drew this Home", retry_after=_AT_ONCE) from None
            raise
        self._keep(team, user, str((told.get("view") or {}).get("hash") or ""))

    def _keep(self, team: str, user: str, hash: str) -> None:
        with self._lock:
            if len(self._hashes) >= _MOST_KEPT:
                self._hashes.clear()
            if hash:
                self._hashes[team, user] = hash
            else:
                self._hashes.pop((team, user), None)


_AT_ONCE = 0.05
"""Seconds until a Home is drawn again."""
