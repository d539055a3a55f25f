"""What is measured while Handrail works. `bot.measuring` counts it for /metrics; tests and one-off commands count nothing."""

from __future__ import annotations


class Meters:
    """Told of what happens, and does nothing with it. All durations are seconds of machine time."""

    def decided(self, events: int, seconds: float) -> None:
        """So many events were loaded, decided and saved in one commit."""

    def conflicted(self) -> None:
        """Somebody else was faster, and deciding starts anew."""

    def rendered(self, seconds: float) -> None:
        """One message was rendered."""

    def settled(self, channel: str, fate: str, late: float | None) -> None:
        """A row came to its end or waits anew: sent, failed, unknown, suppressed, expired, retried. `late`: from due to fence."""

    def refused(self, lane: str) -> None:
        """A provider answered 429."""

    def called(self, channel: str, seconds: float) -> None:
        """A channel answered, or did not, after so long."""

    def acknowledged(self, surface: str, seconds: float) -> None:
        """Slack, a webhook or ingest got its answer after so long."""

    def ticked(self, people: int, seconds: float) -> None:
        """The clock beat, and woke so many."""


SILENT = Meters()
