"""Moments and spans as people say them, in the reader's zone and language."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.words import Words, shipped_words
from flows.hours import zone_named

_WEEK, _MONTH = 7, 28
_YEARS_APART = 180
"""Days from which a date needs its year."""


def moment(at: datetime, zone: str | ZoneInfo, now: datetime, locale: str = "", words: Words | None = None) -> str:
    """An instant as said in a sentence: "today 15:30", "tomorrow at 09:00", "Monday at 09:00", "Tue 3 March, 09:00".

    `at` and `now` are aware; `zone` is an IANA name (an unknown one counts as UTC) or a zone.
    """
    days, facts = _parts(at, zone, now, locale, words)
    if abs(days) <= 1:
        key = {0: "today", 1: "tomorrow", -1: "yesterday"}[days]
    elif abs(days) < _WEEK:
        key = "this_week" if days > 0 else "last_week"
    else:
        key = _dated(days)
    return (words or shipped_words()).get(f"time.{key}", locale, facts)


def date_written(at: datetime, zone: str | ZoneInfo, now: datetime, locale: str = "", words: Words | None = None) -> str:
    """An instant with its day of the week and its date, true whenever it is read: "Thu 12 March, 15:00"."""
    days, facts = _parts(at, zone, now, locale, words)
    return (words or shipped_words()).get(f"time.{_dated(days)}", locale, facts)


def deadline(at: datetime, zone: str | ZoneInfo, now: datetime, locale: str = "", words: Words | None = None) -> str:
    """An instant as said after "by": "15:30", "09:00 tomorrow", "09:00 on Monday", "09:00 on Tue 3 March"."""
    days, facts = _parts(at, zone, now, locale, words)
    key = {0: "by_today", 1: "by_tomorrow"}.get(days, "by_this_week" if 1 < days < _WEEK else f"by_{_dated(days)}")
    return (words or shipped_words()).get(f"time.{key}", locale, facts)


def day_named(at: datetime, zone: str | ZoneInfo, now: datetime, locale: str = "", words: Words | None = None) -> str:
    """A past day as said at the start of a sentence: "on the 2nd" when no other 2nd lies between, else "on 2 March"."""
    days, facts = _parts(at, zone, now, locale, words)
    key = "on_day" if -_MONTH < days <= 0 else "on_date"
    return (words or shipped_words()).get(f"time.{key}", locale, facts)


def span(length: timedelta, locale: str = "", words: Words | None = None) -> str:
    """A length of time in its largest whole unit: "2 days", "4 hours", "1 minute"."""
    minutes = max(1, int(abs(length).total_seconds() // 60))
    unit, size = next((u, s) for u, s in (("days", 1440), ("hours", 60), ("minutes", 1)) if minutes >= s)
    return (words or shipped_words()).get(f"time.{unit}", locale, {"n": minutes // size})


def ago(at: datetime, now: datetime, locale: str = "", words: Words | None = None) -> str:
    """How long before or after now: "2 days ago", "in 4 hours", "now"."""
    words = words or shipped_words()
    if abs(now - at) < timedelta(minutes=1):
        return words.get("time.now", locale)
    return words.get("time.ago" if at < now else "time.ahead", locale, {"span": span(now - at, locale, words)})


def _parts(at: datetime, zone: str | ZoneInfo, now: datetime, locale: str, words: Words | None) -> tuple[int, dict[str, str | int]]:
    """How many local days away it is, and its parts in words."""
    words = words or shipped_words()
    place = zone if isinstance(zone, ZoneInfo) else zone_named(zone) or ZoneInfo("UTC")
    local, today = at.astimezone(place), now.astimezone(place).date()
    facts: dict[str, str | int] = {
        "clock": f"{local:%H:%M}",
        "weekday": words.listed("time.weekdays", locale)[local.weekday()],
        "weekday_long": words.listed("time.weekdays_long", locale)[local.weekday()],
        "day": local.day,
        "month": words.listed("time.months", locale)[local.month - 1],
        "year": local.year,
    }
    return (local.date() - today).days, facts


def _dated(days: int) -> str:
    return "date" if abs(days) < _YEARS_APART else "date_with_year"
