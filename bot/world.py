"""Two clocks. World time decides what is due; machine time runs leases, timeouts and signatures and never moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock


def machine_now() -> datetime:
    """The machine's own time (aware UTC)."""
    return datetime.now(UTC)


class World:
    """World time: the machine's, moved by an offset that only the playground changes."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._offset = offset
        self._held: datetime | None = None
        self._lock = Lock()

    def now(self) -> datetime:
        """The present moment (aware UTC, whole milliseconds)."""
        with self._lock:
            if self._held is not None:
                return self._held
            now = machine_now() + self._offset
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def set(self, at: datetime) -> None:
        """Jump to that moment and go on from there."""
        with self._lock:
            self._offset = at - machine_now()
            if self._held is not None:
                self._held = at

    def hold(self, at: datetime) -> None:
        """Stand still at that moment, for tests and simulations."""
        with self._lock:
            self._held = at
