"""How long a listener may take: Slack waits three seconds for the acknowledgement, then delivers again or tells people it failed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LISTENER = 2.5
"""Seconds of a listener that calls to Slack may use up in all; what is left is for our own database."""

_here = threading.local()


@contextmanager
def patience(seconds: float = LISTENER, *, since: float | None = None) -> Iterator[None]:
    """Within, in this thread, all calls to Slack together have so many seconds. `since`: when it came (monotonic), if it had to queue."""
    _here.until = (time.monotonic() if since is None else since) + seconds
    try:
        yield
    finally:
        del _here.until


def left() -> float | None:
    """Seconds that are left, None where nobody waits."""
    until: float | None = getattr(_here, "until", None)
    return None if until is None else until - time.monotonic()
