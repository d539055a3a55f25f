"""What the playground needs to know of the app it hosts. Everything else it learns over HTTP, as Slack and SendGrid do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

Move = Literal["hour", "day", "next"] | datetime
"""How far to move world time: an hour, a day, to the next thing due, or to an instant."""


class Host(Protocol):
    """The app's side of the playground: its clock, its reasons and its addresses.

    Methods may block (they are called in threads). Whoever implements this calls `world.touch()` when world
    time or the decisions change, so that an open page follows.
    """

    @property
    def app_url(self) -> str:
        """Where app and playground answer, without a slash at the end, as in `http://127.0.0.1:8484`."""

    @property
    def signing_secret(self) -> str:
        """The secret that Slack and the app share; every event is signed with it."""

    @property
    def write_key(self) -> str:
        """The key with which the product reports to `/v1/track`."""

    @property
    def product_events(self) -> Sequence[Mapping[str, str]]:
        """What the product's buttons report: `{"event", "label"}`, in the order to show."""

    @property
    def csm_channels(self) -> Sequence[str]:
        """The channels of the vendor's team to show, by id or `#name`."""

    def now(self) -> datetime:
        """World time, aware."""

    def next_due(self) -> str | None:
        """When the next thing is due in world time, ISO 8601; none when nothing is."""

    def lateness(self) -> float:
        """By how many seconds of world time the oldest due thing is late; 0 when nothing waits."""

    def move(self, to: Move) -> None:
        """Move world time forward, stopping at every due moment. Returns when all that became due is done."""

    def why(self, after: int) -> Sequence[Mapping[str, Any]]:
        """Decisions numbered above `after`, newest last: `{"n", "at", "person", "event", "reasons", "says"}`."""

    def people(self) -> Sequence[Mapping[str, Any]]:
        """The customers: `{"id", "name", "email", "slack_user", "external_id", "account"}`."""

    def start_over(self) -> None:
        """Forget everything and begin again; calls `world.clear()` once nothing is under way."""
