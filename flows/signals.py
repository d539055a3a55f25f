"""Signals: behaviour as numbers that conditions may use, each read from one tally. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flows.expressions import Expression
from flows.hours import local_date
from flows.parts.behaviour import Signal
from flows.parts.steps import Step
from flows.people import Sum, Tally
from flows.tallies import DAYS, MICRO, SLOT, Need, minutes_of

STREAK = 100
"""The longest streak that is counted, in days."""

_MINUTES = SLOT // timedelta(minutes=1)


def signal_need(signal: Signal, where: Expression | None) -> Need:
    """What a signal's tally has to keep."""
    asked = STREAK if signal.counts == "streak" else signal.within.days if signal.within else 0
    return Need(
        key=signal.key,
        events=frozenset(signal.events),
        where=where,
        days=max(DAYS, asked),
        sums=frozenset([signal.of]) if signal.of else frozenset(),
        slots=signal.counts == "minutes",
    )


def measured(signal: Signal, activity: Mapping[str, Tally], now: datetime, zone: ZoneInfo) -> int | float | None:
    """What a signal comes to. Days are UTC days, but since_first and since_last count days where the person is: None before any."""
    tally = activity.get(signal.key)
    if tally is None or not tally.n:
        return None if signal.counts in ("since_first", "since_last") else 0
    if signal.within is None and signal.counts == "times":
        return tally.n
    today = now.astimezone(UTC).date()
    since = today - timedelta(days=max(1, signal.within.days) - 1) if signal.within else None
    match signal.counts:
        case "times":
            return tally.n if since is None else sum(_within(tally.days, since, today).values())
        case "days":
            return tally.n_days if since is None else len(_within(tally.days, since, today))
        case "sum":
            known = tally.sums.get(signal.of or "", Sum())
            return _whole(known.total if since is None else sum(_within(known.days, since, today).values()))
        case "minutes":
            return _MINUTES * (tally.n_slots if since is None else minutes_of(_within(tally.slots, since, today)))
        case "streak":
            return _streak(tally.days, today)
        case "since_first":
            return _days_since(tally.first_at, now, zone)
        case "since_last":
            return _days_since(tally.last_at, now, zone)


def proved_at(step: Step, activity: Mapping[str, Tally]) -> datetime | None:
    """When the product's events prove a step: the earliest moment at which one of its proofs was whole. None while none is."""
    found: datetime | None = None
    for by in step.by_events:
        tally = activity.get(by.key)
        if tally is None or tally.n < by.times:
            continue
        firsts = (tally.first_at,) if by.times == 1 else tally.firsts
        at = firsts[by.times - 1] if len(firsts) >= by.times else tally.last_at
        found = min(found, at) if found and at else found or at
    return found


def _within(days: Mapping[date, int], since: date, until: date) -> dict[date, int]:
    return {day: n for day, n in days.items() if since <= day <= until}


def _streak(days: Mapping[date, int], today: date) -> int:
    """Days in a row up to today; a day that has only begun breaks none."""
    day = today if today in days else today - timedelta(days=1)
    n = 0
    while n < STREAK and day in days:
        n, day = n + 1, day - timedelta(days=1)
    return n


def _days_since(at: datetime | None, now: datetime, zone: ZoneInfo) -> int | None:
    return max(0, (local_date(now, zone) - local_date(at, zone)).days) if at else None


def _whole(micro: int) -> int | float:
    return micro // MICRO if micro % MICRO == 0 else micro / MICRO
