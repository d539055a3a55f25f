"""What is counted of people's doings: which tallies the playbooks need, and how one more event changes them. Pure.

A tally is known by its key: an event's name, several names joined by ` or `, `*` for whatever they do, and behind a ? the `where`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from typing import Any

from flows.events import ProductEvent, is_theirs
from flows.expressions import Expression
from flows.people import Sum, Tally

EVERYTHING = "*"
"""The key of whatever they do in the product."""

LATEST = timedelta(days=30)
"""How late an event may come and still count."""

DAYS = 35
"""Days that every tally keeps. Longer than anything that still counts is late, so that the order never matters."""

MICRO = 1_000_000
SLOT = timedelta(minutes=5)

_MOST = 10**12
"""A property beyond this is nobody's number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """What one tally has to keep: for which events (none named: all), the days, the earliest moments, the sums, the slots of minutes."""

    key: str
    events: frozenset[str] = frozenset()
    where: Expression | None = None
    days: int = DAYS
    firsts: int = 1
    sums: frozenset[str] = frozenset()
    slots: bool = False

    @property
    def mark(self) -> str:
        """The key with all that is kept: what was counted for another mark has to be counted anew."""
        more = [f"{self.days} days"] if self.days > DAYS else []
        more += [f"{self.firsts} firsts"] if self.firsts > 1 else []
        more += [f"sum of {name}" for name in sorted(self.sums)] + (["minutes"] if self.slots else [])
        return ", ".join((self.key, *more))

    def takes(self, properties: Mapping[str, Any]) -> bool:
        """Whether an event with these properties is counted here. What is missing or of the wrong type does not match."""
        return self.where is None or self.where.holds(properties)

    def both(self, other: Need) -> Need:
        """One tally that serves both."""
        return replace(
            self,
            days=max(self.days, other.days),
            firsts=max(self.firsts, other.firsts),
            sums=self.sums | other.sums,
            slots=self.slots or other.slots,
        )


def tally_key(events: Iterable[str], where: str | None = None) -> str:
    """The key of the tally that counts these events (none: all), those alone of which `where` holds."""
    names = " or ".join(sorted(set(events))) or EVERYTHING
    return f"{names}?{' '.join(where.split())}" if where else names


@dataclass(frozen=True, slots=True)
class Needs:
    """All tallies that a set of playbooks needs, found by the event that touches them. `company`: some playbook asks for shares."""

    by_key: Mapping[str, Need] = field(default_factory=dict)
    company: bool = False
    marks: frozenset[str] = frozenset()
    _touched: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)
    _by_all: tuple[Need, ...] = ()

    @classmethod
    def of(cls, needs: Iterable[Need], *, company: bool = False) -> Needs:
        """The tallies of all of these, each once."""
        by_key: dict[str, Need] = {}
        for need in needs:
            by_key[need.key] = by_key[need.key].both(need) if need.key in by_key else need
        by_all = tuple(need for need in by_key.values() if not need.events)
        names = {name for need in by_key.values() for name in need.events}
        touched = {name: (*(need for need in by_key.values() if name in need.events), *by_all) for name in names}
        return cls(by_key, company, frozenset(need.mark for need in by_key.values()), touched, by_all)

    @classmethod
    def named(cls, *names: str) -> Needs:
        """The plain tallies of these events."""
        return cls.of(Need(key=name, events=frozenset([name])) for name in names)

    def but(self, marks: frozenset[str]) -> Needs:
        """Those alone that are not among these marks."""
        return Needs.of(need for need in self.by_key.values() if need.mark not in marks)

    @property
    def names(self) -> frozenset[str] | None:
        """The events that touch any of them; None for every event."""
        return None if self._by_all else frozenset(self._touched)

    def touched(self, name: str) -> tuple[Need, ...]:
        """The tallies that an event of that name may change."""
        return self._touched.get(name, self._by_all)

    def counted(self, activity: Mapping[str, Tally], event: ProductEvent) -> Mapping[str, Tally]:
        """The same activity with one more event in it. What business systems report is nothing they did: it counts by its name alone."""
        more = {
            need.key: counted(activity.get(need.key, _NONE), event.at, need, event.properties)
            for need in self.touched(event.name)
            if need.takes(event.properties) and (need.events or is_theirs(event))
        }
        return {**activity, **more} if more else activity


_NONE = Tally()


def counted(tally: Tally, at: datetime, need: Need, properties: Mapping[str, Any] | None = None) -> Tally:
    """One more, on the UTC day it happened. On days that are forgotten it counts in all and nowhere else."""
    at = at.astimezone(UTC)
    day = at.date()
    last = max(at, tally.last_at) if tally.last_at else at
    horizon = last.date() - timedelta(days=need.days)
    days, sums, slots, n_slots = dict(tally.days), tally.sums, tally.slots, tally.n_slots
    fresh = day not in days
    if day >= horizon:
        days[day] = days.get(day, 0) + 1
    if need.sums:
        sums = {name: _added(tally.sums.get(name, Sum()), day, (properties or {}).get(name), horizon) for name in need.sums}
    if need.slots and day >= horizon:
        bit = 1 << (at.hour * 60 + at.minute) // 5
        n_slots += not tally.slots.get(day, 0) & bit
        slots = _since(horizon, {**tally.slots, day: tally.slots.get(day, 0) | bit})
    return Tally(
        n=tally.n + 1,
        n_days=tally.n_days + (fresh and day >= horizon),
        n_slots=n_slots,
        first_at=min(at, tally.first_at) if tally.first_at else at,
        last_at=last,
        days=_since(horizon, days) if fresh else days,
        firsts=tuple(sorted((*tally.firsts, at)))[: need.firsts] if need.firsts > 1 else (),
        sums=sums,
        slots=slots,
    )


def together(one: Tally, other: Tally) -> Tally:
    """The tally of two people who turn out to be one. Days of both that are forgotten count twice."""
    if not one.n or not other.n:
        return one if one.n else other
    days = {day: one.days.get(day, 0) + other.days.get(day, 0) for day in one.days.keys() | other.days.keys()}
    slots = {day: one.slots.get(day, 0) | other.slots.get(day, 0) for day in one.slots.keys() | other.slots.keys()}
    gone = sum(tally.n_days - len(tally.days) for tally in (one, other))
    gone_slots = sum(tally.n_slots - minutes_of(tally.slots) for tally in (one, other))
    return Tally(
        n=one.n + other.n,
        n_days=gone + len(days),
        n_slots=gone_slots + minutes_of(slots),
        first_at=min(at for at in (one.first_at, other.first_at) if at),
        last_at=max(at for at in (one.last_at, other.last_at) if at),
        days=days,
        firsts=tuple(sorted((*one.firsts, *other.firsts))),
        sums={name: _summed(one.sums.get(name, Sum()), other.sums.get(name, Sum())) for name in one.sums.keys() | other.sums.keys()},
        slots=slots,
    )


def minutes_of(slots: Mapping[date, int]) -> int:
    """How many different five-minute slots these days have."""
    return sum(bits.bit_count() for bits in slots.values())


def too_late(at: datetime, now: datetime) -> bool:
    """Whether an event that is decided at `now` is too old to count."""
    return at < now - LATEST


def amount(value: Any) -> int:
    """A property in millionths; 0 when it is no number that anybody counts."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or abs(value) > _MOST:
        return 0
    return value * MICRO if isinstance(value, int) else round(value * MICRO)


def _added(known: Sum, day: date, value: Any, horizon: date) -> Sum:
    more = amount(value)
    days = {**known.days, day: known.days.get(day, 0) + more} if more and day >= horizon else known.days
    return Sum(total=known.total + more, days=_since(horizon, days))


def _summed(one: Sum, other: Sum) -> Sum:
    days = {day: one.days.get(day, 0) + other.days.get(day, 0) for day in one.days.keys() | other.days.keys()}
    return Sum(total=one.total + other.total, days=days)


def _since(horizon: date, days: Mapping[date, int]) -> dict[date, int]:
    return {day: value for day, value in days.items() if day >= horizon}
