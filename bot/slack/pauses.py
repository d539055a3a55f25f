"""Which calls to Slack must wait, by workspace and method: nobody else waits with them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bot.channels import SendError

SLOW = 4.0
"""Seconds. A failure that took longer held others up; one that came at once did not."""
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 300.0


class Pauses:
    """What Slack asked of us, and which workspaces don't answer. `machine` tells seconds that only grow.

    A 429 counts for one method in one workspace, as Slack counts. A workspace whose calls run into the timeout is left alone as a whole,
    twice as long each time: delivery is one line, and each such call holds up everybody for 8 seconds.
    """

    def __init__(self, machine: Callable[[], float] = time.monotonic) -> None:
        self._machine = machine
        self._until: dict[tuple[str, str], float] = {}
        self._slow: dict[str, int] = {}
        self._lock = threading.Lock()

    def check(self, team: str, method: str) -> None:
        """Raise SendError, with what is left of the wait, when this call may not be made now."""
        now = self._machine()
        with self._lock:
            for key, why in (((team, method), "Slack asks to slow down"), ((team, ""), "this workspace does not answer")):
                rest = self._until.get(key, 0.0) - now
                if rest > 0:
                    raise SendError(why, retry_after=rest)
                self._until.pop(key, None)

    def note(self, team: str, method: str, error: SendError, took: float) -> None:
        """Remember how a call failed, after how many seconds."""
        with self._lock:
            if error.retry_after is not None:
                self._until[team, method] = self._machine() + error.retry_after
            elif took >= SLOW:
                times = self._slow.get(team, 0)
                self._slow[team] = times + 1
                self._until[team, ""] = self._machine() + min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**times)

    def well(self, team: str) -> None:
        """The workspace answered."""
        if team in self._slow:
            with self._lock:
                self._slow.pop(team, None)
