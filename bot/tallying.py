"""Telling the meters what became of rows, and how late they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.meters import Meters
from storage.outcomes import Accepted, Later, Outcome, Refused, Unsure
from storage.queued import Row


class Tallying:
    """For one thread. Between the fence and the settling it remembers the row's channel and how late it was."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._under_way: dict[int, tuple[str, float]] = {}

    def fenced(self, rows: Sequence[Row], now: datetime) -> None:
        """These go now (world time)."""
        for row in rows:
            self._under_way[row.id] = (row.channel, max(0.0, (now - row.due_at).total_seconds()))

    def stopped(self, states: Mapping[int, str], rows: Sequence[Row]) -> None:
        """These did not pass: they may not go to that address, or came too late."""
        for row in rows:
            if (state := states.get(row.id)) in ("suppressed", "expired"):
                self._meters.settled(row.channel, state, None)

    def settled(self, outcomes: Sequence[Outcome]) -> None:
        """This became of rows, and is written down."""
        for one in outcomes:
            channel, late = self._under_way.pop(one.id, ("", None))
            match one:
                case Accepted(channel=by):
                    self._meters.settled(by, "sent", late)
                case Refused():
                    self._meters.settled(channel, "failed", late)
                case Unsure():
                    self._meters.settled(channel, "unknown", late)
                case Later(tried=False):
                    continue
                case _:
                    self._meters.settled(channel, "retried", late)
