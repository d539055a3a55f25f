"""Days as commands write them."""

from __future__ import annotations

from datetime import datetime

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_words(at: datetime) -> str:
    """Thu 5 Mar."""
    return f"{_WEEKDAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]}"


def moment_words(at: datetime) -> str:
    """Thu 5 Mar 12:00."""
    return f"{day_words(at)} {at:%H:%M}"
