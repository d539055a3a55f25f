"""`handrail run` that kills itself, as kill -9 would, right after the nth time of something: python doomed.py WHAT N."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from bot.commands.serve import run
from storage.outbox import Outbox
from storage.store import Store

POINTS: dict[str, tuple[type, str, Callable[[Any], bool]]] = {
    "save": (Store, "save", lambda done: done is None or bool(done)),
    "claim": (Outbox, "claim", bool),
    "fence": (Outbox, "settle_and_fence", lambda turn: bool(turn.passed)),
    "settle_sent": (Outbox, "settle_and_fence", lambda turn: bool(turn.settled)),
}
"""What can be waited for: the method that does it, and whether it had something to show for it."""


def doom(what: str, times: int) -> None:
    """Let the process die when `what` has been done, with something to show for it, that many times."""
    (room, name, counts), left = POINTS[what], times
    method = getattr(room, name)

    def last(self: Any, *given: Any, **named: Any) -> Any:
        nonlocal left
        done = method(self, *given, **named)
        left -= counts(done)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(room, name, last)


if __name__ == "__main__":
    doom(sys.argv[1], int(sys.argv[2]))
    run()
