"""When people say "tomorrow at 9" or "am Montag um 14:30": the instant they mean where they are, or none. Never guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.phrases import Meanings
from bot.time_words import Clock, Moment, MonthDay, read_moment
from flows.hours import instant, local_date

MORNING = time(9)
"""A day without an hour means nine o'clock where they are."""
FARTHEST = timedelta(days=366)
ROLLS_AT_MOST = timedelta(days=300)
"""A date without a year that lies further ahead has more likely just passed."""
CHOICES = ("3_hours", "tomorrow", "next_week")

_DAY = timedelta(days=1)
_NOON = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """A moment in UTC; None when a time is meant that cannot be: a 31st of February, 25:00, a bare "at 3", the past."""

    until: datetime | None


def chosen(choice: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant (UTC) behind a button of CHOICES; None when there is no such choice."""
    today = local_date(now, zone)
    match choice:
        case "3_hours":
            return now + timedelta(hours=3)
        case "tomorrow":
            return instant(today + _DAY, MORNING, zone)
        case "next_week":
            return instant(_monday_after(today), MORNING, zone)
    return None


def read_when(words: Sequence[str], vocabulary: Mapping[str, Meanings], now: datetime, zone: ZoneInfo, *, asked: bool) -> Reading | None:
    """Read words that are a time and nothing else; None when they are not. `asked`: they want a reminder, so "2 days" alone is a time."""
    try:
        moment = read_moment(words, vocabulary, asked=asked)
        return Reading(_instant(moment, now, zone)) if moment else None
    except (ValueError, OverflowError):
        return Reading(None)


def _instant(said: Moment, now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after now that was meant. Raises ValueError when there is none."""
    if said.span is not None:
        if said.has_day or said.clock or said.part or not timedelta(0) < said.span <= FARTHEST:
            raise ValueError("a span stands alone, ahead of us and within a year")
        return now + said.span
    clock = _time_of_day(said.clock, said.part)
    today = local_date(now, zone)
    for day in _days_meant(said, today):
        if timedelta(0) <= day - today <= FARTHEST and (at := instant(day, clock, zone)) > now:
            return at
    raise ValueError("that is past or far away")


def _time_of_day(clock: Clock | None, part: time | None) -> time:
    if clock is None:
        return part or MORNING
    hour = clock.hour
    if clock.half:
        if not 1 <= hour <= _NOON:
            raise ValueError("there is no such hour in half a day")
        return time(hour % _NOON + (_NOON if clock.half == "pm" else 0), clock.minute)
    if part is not None:
        return time(hour + (_NOON if part.hour >= _NOON > hour else 0), clock.minute)
    if clock.plain and 1 <= hour < 7:
        raise ValueError("this may be at night or in the afternoon")
    return time(hour, clock.minute)


def _days_meant(said: Moment, today: date) -> Iterator[date]:
    """The days it may be, the first that is not past is meant."""
    if said.date:
        yield from _dates(said.date, today)
    elif said.weekday is not None:
        ahead = (said.weekday - today.weekday() - 1) % 7 + 1
        yield _monday_after(today) + said.weekday * _DAY if said.next_week else today + ahead * _DAY
    elif said.next_week:
        yield _monday_after(today)
    elif said.days is not None:
        yield today + said.days
    else:
        yield from (today, today + _DAY)


def _dates(said: MonthDay, today: date) -> Iterator[date]:
    if said.month and said.year:
        yield date(said.year, said.month, said.day)
        return
    for ahead in range(24):
        years, month = divmod(today.month - 1 + ahead, 12)
        day = _date_or_none(today.year + years, month + 1, said.day)
        if day and said.month in (None, month + 1) and day - today <= ROLLS_AT_MOST:
            yield day


def _date_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _monday_after(day: date) -> date:
    return day + (7 - day.weekday()) * _DAY
