"""When we may speak, and how often."""

from __future__ import annotations

from datetime import time

from pydantic import Field

from flows.notation import ClockTime, Days, Part


class Hours(Part):
    """When we may speak: days, from and to (local), and whose zone: `theirs` or an IANA name."""

    days: Days = (0, 1, 2, 3, 4)
    from_: ClockTime = Field(time(9), alias="from")
    to: ClockTime = time(17)
    zone: str = "theirs"


class Limit(Part):
    """The attention budget of one person across all channels."""

    per_day: int = Field(1, ge=1)
    per_week: int = Field(4, ge=1)
