"""The words of a moment, read from left to right into its parts: day, part of day, clock time, or a span from now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import Any

from bot.phrases import NOTHING, Meanings

_ISO = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)\.?")
_DOTTED = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})?\.?")
_CLOCK = re.compile(r"(\d\d?)[:.](\d\d)\.?")
_NUMBER = re.compile(r"(\d{1,9})\.?")
_DAY_OF_MONTH = re.compile(r"(\d\d?)(\.?)")
_YEAR = re.compile(r"(\d{4})\.?")


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as said. `plain`: nothing tells which half of the day is meant, as in "at 3"."""

    hour: int
    minute: int = 0
    half: str = ""
    plain: bool = False


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A date as said: month and year are None when they were left out."""

    day: int
    month: int | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What was said, part by part; nothing of it is checked against a calendar yet. `weekday` counts from Monday, 0."""

    span: timedelta | None = None
    days: timedelta | None = None
    weekday: int | None = None
    date: MonthDay | None = None
    next_week: bool = False
    part: time | None = None
    clock: Clock | None = None

    @property
    def has_day(self) -> bool:
        """Whether they named a day in any way."""
        return self.days is not None or self.weekday is not None or self.date is not None or self.next_week


def read_moment(words: Sequence[str], vocabulary: Mapping[str, Meanings], *, asked: bool) -> Moment | None:
    """The moment that all the words together name; None when a word is left over. `asked`: "2 days" alone is a span."""
    return _Reader(tuple(words), vocabulary, asked).read()


@dataclass(slots=True)
class _Reader:
    """Tries at every place the parts that are still empty. A part that fails gives back the words it took."""

    words: tuple[str, ...]
    vocabulary: Mapping[str, Meanings]
    asked: bool
    said: Moment = field(default_factory=Moment)
    at: int = 0

    def read(self) -> Moment | None:
        parts = (self._span, self._date, self._day, self._week, self._weekday, self._part, self._clock)
        while self.at < len(self.words):
            start = self.at
            for part in parts:
                if (found := part()) is not None:
                    self.said = found
                    break
                self.at = start
            else:
                return None
        return self.said if self.words else None

    def _take(self, *kinds: str) -> Any:
        """The meaning of the longest phrase of the first of these kinds that stands here; its words are then behind us."""
        for kind in kinds:
            if found := self.vocabulary.get(kind, NOTHING).starting(self.words, self.at):
                self.at = found[1]
                return found[0]
        return None

    def _match(self, form: re.Pattern[str]) -> re.Match[str] | None:
        found = form.fullmatch(self.words[self.at]) if self.at < len(self.words) else None
        self.at += found is not None
        return found

    def _number(self) -> int | None:
        found = self._match(_NUMBER)
        number: int | None = int(found[1]) if found else self._take("numbers")
        return number

    def _span(self) -> Moment | None:
        """ "in 2 hours", "for three days": days leave the hour open, hours do not."""
        if not (self._take("in") or self.asked) or self.said.span or self.said.has_day:
            return None
        amount = self._number()
        length = self._take("lengths")
        if length is None:
            return None
        span = length.span * (1 if amount is None else amount)
        return replace(self.said, days=span) if length.days else replace(self.said, span=span)

    def _date(self) -> Moment | None:
        """ "2026-03-05", "3.3.", "3 March", "March 3rd 2027", "on the 15th", "am 15." """
        if self.said.has_day:
            return None
        led = self._take("on"), self._take("the")
        if found := self._match(_ISO):
            return replace(self.said, date=MonthDay(int(found[3]), int(found[2]), int(found[1])))
        if found := self._match(_DOTTED):
            return replace(self.said, date=MonthDay(int(found[1]), int(found[2]), int(found[3]) if found[3] else None))
        date = self._month_and_day() or self._day_and_month(led=any(led))
        return replace(self.said, date=date) if date else None

    def _month_and_day(self) -> MonthDay | None:
        start = self.at
        month = self._take("months")
        self._take("the")
        if month and (day := self._match(_DAY_OF_MONTH)):
            self._take("ordinals")
            return MonthDay(int(day[1]), month, self._year())
        self.at = start
        return None

    def _day_and_month(self, *, led: bool) -> MonthDay | None:
        day = self._match(_DAY_OF_MONTH)
        if not day:
            return None
        ordinal = self._take("ordinals") or (day[2] and led)
        after_day = self.at
        self._take("of")
        if month := self._take("months"):
            return MonthDay(int(day[1]), month, self._year())
        self.at = after_day
        return MonthDay(int(day[1])) if ordinal else None

    def _year(self) -> int | None:
        found = self._match(_YEAR)
        return int(found[1]) if found else None

    def _day(self) -> Moment | None:
        """ "tomorrow", "tonight", "this afternoon"."""
        if self.said.has_day:
            return None
        self._take("on", "in", "at")
        if (days := self._take("days")) is not None:
            return replace(self.said, days=days)
        if part := self._take("today_at") or (self._take("this") and self._take("parts")):
            return replace(self.said, days=timedelta(0), part=part)
        return None

    def _week(self) -> Moment | None:
        """ "next week", also after a weekday."""
        self._take("in", "on")
        self._take("the")
        if self.said.next_week or not (self._take("next") and self._take("week")):
            return None
        return replace(self.said, next_week=True)

    def _weekday(self) -> Moment | None:
        """ "monday", "on friday", "next tuesday", "am kommenden Montag"."""
        if self.said.weekday is not None or self.said.days is not None or self.said.date:
            return None
        self._take("on")
        self._take("the")
        next_week = self.said.next_week or bool(self._take("next"))
        self._take("this")
        weekday = self._take("weekdays")
        return None if weekday is None else replace(self.said, weekday=weekday, next_week=next_week)

    def _part(self) -> Moment | None:
        """ "morning", "in the evening", "at noon"."""
        self._take("in", "at", "on")
        self._take("the")
        part = None if self.said.part else self._take("parts")
        return replace(self.said, part=part) if part else None

    def _clock(self) -> Moment | None:
        """ "at 9", "9am", "14:30", "9 Uhr 30". A bare number is a time only beside a day or a word that says so."""
        if self.said.clock:
            return None
        led = self._take("at")
        if found := self._match(_CLOCK):
            hour, minute, sure = int(found[1]), int(found[2]), found[1].startswith("0")
            self._take("oclock")
            return replace(self.said, clock=self._with_half(hour, minute, sure))
        padded = self.at < len(self.words) and self.words[self.at].startswith("0")
        hour_said = self._number()
        if hour_said is None:
            return None
        led = self._take("oclock") or led
        minutes = self._match(_NUMBER) if led else None
        clock = self._with_half(hour_said, int(minutes[1]) if minutes else 0, padded)
        return replace(self.said, clock=clock) if led or clock.half or self.said.has_day else None

    def _with_half(self, hour: int, minute: int, sure: bool) -> Clock:
        half = "am" if self._take("am") else "pm" if self._take("pm") else ""
        return Clock(hour, minute, half, plain=not half and not sure)
