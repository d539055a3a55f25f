"""What somebody did in the seven days behind them: the facts of the weekly summary, and their chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, timedelta
from functools import cached_property
from typing import Any

from bot.words import Words
from flows.checklist import Checklist
from flows.facts import active_days
from flows.people import Subject, Tally
from flows.playbook import Playbook

DAYS = 7


class Week(Mapping[str, Any]):
    """Facts of a week that are worked out when a message asks for them: most never do."""

    def __init__(self, work_out: Callable[[], Mapping[str, Any]]) -> None:
        self._work_out = work_out

    @cached_property
    def _known(self) -> Mapping[str, Any]:
        return self._work_out()

    def __getitem__(self, name: str) -> Any:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def week_facts(playbook: Playbook, subject: Subject, drawn: Checklist | None, until: date) -> dict[str, Any]:
    """The seven days of UTC up to `until`: the same, and counted the same, as `active_days` asks about in conditions.

    Rows are the events of the playbook's `summary` that happened at all, days are all seven, oldest first; a share is out of 100, the
    largest number being 100. Steps are their own, not their teammates'. Two weeks in a row tell everything once, `until` of the
    one that a round tells of being seven days after that of the round before, and over when it is told (`flows.hours.week_until`).
    """
    dates = [until - timedelta(days=n) for n in reversed(range(DAYS))]
    told = [(title, _by_day(subject.activity.get(event), dates)) for event, title in playbook.summary.items()]
    sums = [(title, sum(counts)) for title, counts in told if any(counts)]
    by_day = [sum(counts) for counts in zip(*(counts for _, counts in told), strict=True)] if told else [0] * DAYS
    theirs = [step for step in drawn.steps if step.owner == "customer" and not step.by_teammate] if drawn else []
    steps = [step for step in theirs if step.status == "done" and step.since]
    return {
        "total": sum(by_day),
        "rows": [{"title": title, "n": n, "share": _share(n, max(m for _, m in sums))} for title, n in sums],
        "days": [{"name": day, "n": n, "share": _share(n, max(by_day))} for day, n in zip(dates, by_day, strict=True)],
        "active_days": active_days(playbook, subject.activity, until),
        "steps": [step.title for step in steps if step.since and step.since.astimezone(UTC).date() in dates],
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
