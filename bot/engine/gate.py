"""So many jobs at once, not counting those that wait for somebody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Lets `places` jobs through at a time. One that takes longer than `patience` seconds waits for a provider most likely: it no longer
    counts, so that the others go on.
    """

    def __init__(self, places: int, patience: float) -> None:
        self._free = threading.Semaphore(places)
        self._patience = patience

    @contextmanager
    def through(self) -> Iterator[None]:
        """Within, one place is taken, for as long as patience lasts."""
        self._free.acquire()
        given_back = threading.Lock()

        def give_back() -> None:
            if given_back.acquire(blocking=False):
                self._free.release()

        impatient = threading.Timer(self._patience, give_back)
        impatient.daemon = True
        impatient.start()
        try:
            yield
        finally:
            impatient.cancel()
            give_back()
