"""What somebody did in the seven days behind them: the facts of the weekly summary, and their chart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.words import Words
from flows.checklist import Checklist
from flows.hours import local_date
from flows.people import Subject, Tally
from flows.playbook import Playbook

DAYS = 7


def week_facts(playbook: Playbook, subject: Subject, drawn: Checklist | None, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The last seven whole days where they are: today is left out, so that two summaries neither miss an hour nor tell it twice.

    Rows are the events of the playbook's `summary` that happened at all, days are all seven, oldest first; a share is out of 100, the
    largest number being 100. Tallies are kept by UTC day, which is taken for the local day of the same date. Steps are their own,
    not their teammates'.
    """
    today = local_date(now, zone)
    dates = [today - timedelta(days=n) for n in range(DAYS, 0, -1)]
    told = [(title, _by_day(subject.activity.get(event), dates)) for event, title in playbook.summary.items()]
    sums = [(title, sum(counts)) for title, counts in told if any(counts)]
    by_day = [sum(counts) for counts in zip(*(counts for _, counts in told), strict=True)] if told else [0] * DAYS
    steps = [step for step in drawn.steps if step.status == "done" and step.since and not step.by_teammate] if drawn else []
    return {
        "total": sum(by_day),
        "rows": [{"title": title, "n": n, "share": _share(n, max(m for _, m in sums))} for title, n in sums],
        "days": [{"name": day, "n": n, "share": _share(n, max(by_day))} for day, n in zip(dates, by_day, strict=True)],
        "active_days": sum(n > 0 for n in by_day),
        "steps": [step.title for step in steps if step.since and local_date(step.since, zone) in dates],
    }


def named(week: Mapping[str, Any], words: Words, locale: str) -> dict[str, Any]:
    """The same with its days named as the reader calls them."""
    names = words.listed("time.weekdays", locale)
    return {**week, "days": [{**day, "name": names[day["name"].weekday()]} for day in week["days"]]}


def _by_day(tally: Tally | None, dates: list[date]) -> list[int]:
    return [tally.days.get(day, 0) if tally else 0 for day in dates]


def _share(n: int, most: int) -> int:
    """Out of 100, and at least 1 for what happened at all."""
    return max(1, round(100 * n / most)) if n else 0
