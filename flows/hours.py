"""Opening hours, local days and working time, as pure functions of an instant and a zone."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from flows.durations import Length
from flows.parts.times import Hours

_DAY = timedelta(days=1)
_ENOUGH_DAYS = 370
"""How far we look for an open day: a week has one, so this only bounds the loop."""


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo | None:
    """The IANA zone of that name, None when there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def local_date(at: datetime, zone: ZoneInfo) -> date:
    """The calendar day at that place."""
    return at.astimezone(zone).date()


@lru_cache(maxsize=8192)
def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """That local time as UTC. In a DST gap the first instant after it, in a fold the first of the two."""
    local = datetime.combine(day, clock, tzinfo=zone)
    late = local.astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return late
    early = local.replace(fold=1).astimezone(UTC)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == late.astimezone(zone).utcoffset():
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)


def is_open_day(hours: Hours, day: date) -> bool:
    """Whether we speak on that local day at all."""
    return day.weekday() in hours.days


def open_day_from(hours: Hours, day: date) -> date:
    """That day when it is open, else the next open one."""
    open_days = hours.days
    for _ in range(_ENOUGH_DAYS):
        if day.weekday() in open_days:
            return day
        day += _DAY
    raise ValueError("no day of the week is open")


def closing_of(hours: Hours, day: date, zone: ZoneInfo) -> datetime:
    """When we stop speaking on that local day. Hours that end before they begin end at midnight."""
    if hours.to <= hours.from_:
        return instant(day + _DAY, time(0), zone)
    return instant(day, hours.to, zone)


def is_open(hours: Hours, at: datetime, zone: ZoneInfo) -> bool:
    """Whether we may speak at that instant."""
    day = local_date(at, zone)
    return is_open_day(hours, day) and instant(day, hours.from_, zone) <= at < closing_of(hours, day, zone)


def week_until(at: datetime, zone: ZoneInfo) -> date:
    """The last day of the week behind somebody: seven days of UTC, as events are counted, of which this is over at that instant.

    It asks as if it were summer time all year. Else, ten hours ahead of UTC, the week in which the clocks change would lose a day or
    have one twice.
    """
    local = at.astimezone(zone)
    ahead = (local.utcoffset() or timedelta()) - (local.dst() or timedelta()) + timedelta(hours=1)
    return (local.replace(tzinfo=None) - ahead).date() - _DAY


def next_opening(hours: Hours, at: datetime, zone: ZoneInfo) -> datetime:
    """That instant when we are open, else the next opening."""
    if is_open(hours, at, zone):
        return at
    day = local_date(at, zone)
    for _ in range(_ENOUGH_DAYS):
        opening = instant(day, hours.from_, zone)
        if is_open_day(hours, day) and opening >= at:
            return opening
        day += _DAY
    raise ValueError("no day of the week is open")


def last_chance(hours: Hours, day: date, zone: ZoneInfo) -> datetime:
    """The close of the second open day after `day`: later than that, a dated message is too late."""
    second = open_day_from(hours, open_day_from(hours, day + _DAY) + _DAY)
    return closing_of(hours, second, zone)


def share(seed: str) -> float:
    """A stable number in [0, 1) of its own for every seed."""
    return int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=6).digest()) / 2**48


@lru_cache(maxsize=16384)
def own_time(seed: str, start: time, end: time) -> time:
    """A minute between two local times that is the seed's own: a million people never wake at nine sharp."""
    first = start.hour * 60 + start.minute
    last = end.hour * 60 + end.minute or 24 * 60
    minute = first + int(share(seed) * max(1, last - first))
    return time(minute // 60 % 24, minute % 60)


def after_working(at: datetime, length: Length, hours: Hours, zone: ZoneInfo) -> datetime:
    """The instant `length` later: on an ordinary clock, or counting only a team's open hours or open days."""
    if not length.working:
        return at + length.span
    at = next_opening(hours, at, zone)
    if length.unit == "working days":
        day = local_date(at, zone)
        for _ in range(length.amount):
            day = open_day_from(hours, day + _DAY)
        return instant(day, at.astimezone(zone).time().replace(tzinfo=None), zone)
    left = length.span
    while True:
        closing = closing_of(hours, local_date(at, zone), zone)
        if at + left <= closing:
            return at + left
        left -= closing - at
        at = next_opening(hours, closing, zone)
