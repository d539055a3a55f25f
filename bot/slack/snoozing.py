"""Until when a case can be put aside: the Snooze menu of a card, in the team's zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.saying_when import chosen
from flows.hours import instant, local_date

AFTERNOON = time(15)
LAST_CALL_FOR_IT = time(14)
"""Later than this, "this afternoon" is no help."""


def snooze_until(choice: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant (UTC) behind a choice of the Snooze menu; None when that has passed, or is no choice."""
    match choice:
        case "1_hour":
            return now + timedelta(hours=1)
        case "afternoon":
            early = now < instant(local_date(now, zone), LAST_CALL_FOR_IT, zone)
            return instant(local_date(now, zone), AFTERNOON, zone) if early else None
        case "tomorrow" | "next_week":
            return chosen(choice, now, zone)
    return None


def snooze_choices(now: datetime, zone: ZoneInfo) -> list[str]:
    """What the Snooze menu offers at that moment."""
    return [choice for choice in ("1_hour", "afternoon", "tomorrow", "next_week") if snooze_until(choice, now, zone)]
