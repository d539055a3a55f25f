"""Which calls to Slack must wait, by workspace and method: nobody else waits with them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.channels import SendError

SLOW = 4.0
"""Seconds. A failure that took longer held others up; one that came at once did not."""
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 300.0
HUNG = 1.0
"""Seconds after which a call that somebody waits for was in vain."""
_TRY_AGAIN = 5.0
_MOST_WAITING = 8
_NORMAL = 0.5


class Pauses:
    """What Slack asked of us, and which workspaces don't answer. `machine` tells seconds that only grow.

    A 429 counts for one method in one workspace, as Slack counts. A workspace whose calls run into the timeout is left alone as a whole
    by what nobody waits for (delivery), twice as long each time. In a `hurry`, when somebody waits, a method that hung twice is tried once
    in five seconds, and no more than a handful of calls wait at once for a workspace that is slow: the threads are there for all.
    """

    def __init__(self, machine: Callable[[], float] = time.monotonic) -> None:
        self._machine = machine
        self._until: dict[tuple[str, str], float] = {}
        self._hurried: dict[tuple[str, str], float] = {}
        self._hung: set[tuple[str, str]] = set()
        self._waiting: dict[str, list[float]] = {}
        self._slow: dict[str, int] = {}
        self._lock = threading.Lock()

    def check(self, team: str, method: str, *, hurry: bool = False) -> None:
        """Raise SendError, with what is left of the wait, when this call may not be made now."""
        silent = (self._hurried, (team, method)) if hurry else (self._until, (team, ""))
        with self._lock:
            self._wait_out(self._until, (team, method), "Slack asks to slow down")
            self._wait_out(*silent, "this workspace does not answer")

    @contextmanager
    def waiting(self, team: str) -> Iterator[None]:
        """Around a call that somebody waits for. Raises SendError when others wait for this workspace already and it is slow."""
        began = self._machine()
        with self._lock:
            others = self._waiting.setdefault(team, [])
            if len(others) >= _MOST_WAITING and began - others[0] > _NORMAL:
                raise SendError("this workspace is slow, and others wait for it", retry_after=1)
            others.append(began)
        try:
            yield
        finally:
            with self._lock:
                others.remove(began)

    def note(self, team: str, method: str, error: SendError, took: float, *, hurry: bool = False) -> None:
        """Remember how a call failed, after how many seconds."""
        with self._lock:
            if error.retry_after is not None:
                self._until[team, method] = self._machine() + error.retry_after
            elif hurry and took >= HUNG:
                if (team, method) in self._hung:
                    self._hurried[team, method] = self._machine() + _TRY_AGAIN
                self._hung.add((team, method))
            elif took >= SLOW:
                times = self._slow.get(team, 0)
                self._slow[team] = times + 1
                self._until[team, ""] = self._machine() + min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**times)

    def _wait_out(self, pauses: dict[tuple[str, str], float], key: tuple[str, str], why: str) -> None:
        rest = pauses.get(key, 0.0) - self._machine()
        if rest > 0:
            raise SendError(why, retry_after=rest)
        pauses.pop(key, None)

    def well(self, team: str, method: str = "") -> None:
        """The workspace answered, when it was asked this."""
        if team in self._slow or (team, method) in self._hung:
            with self._lock:
                self._slow.pop(team, None)
                self._hung.discard((team, method))
