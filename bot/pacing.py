"""How fast each lane may be called: a lane is one workspace of Slack, the mail provider, or one endpoint."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Granted(NamedTuple):
    """So many calls may go out now; the rest waits `wait` seconds of machine time (0.0 when all may go)."""

    n: int
    wait: float


class Pace(Protocol):
    """A limit on calls that everybody keeps who calls the same provider. Safe to share between threads."""

    def take(self, wanted: dict[str, int]) -> dict[str, Granted]:
        """Ask for so many calls in each lane; gives what may go out now."""

    def pause(self, lane: str, seconds: float) -> None:
        """The provider said that it has had enough: nobody calls there for so long."""


class AtOnce:
    """No limit."""

    def take(self, wanted: dict[str, int]) -> dict[str, Granted]:
        """All of it."""
        return {lane: Granted(n, 0.0) for lane, n in wanted.items()}

    def pause(self, lane: str, seconds: float) -> None:
        """Nobody waits."""
