"""The account's way as a picture: a line for each phase with what stands on it, as places in percent that a page can draw at any width."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.web.timeline import Phase, Project, Stop

MOST_WEEKS = 6
"""Names of weeks that fit beside each other on a phone."""
_DAY = timedelta(days=1)
_LANE = {"done": "done", "now": "now", "late": "late", "ahead": "ahead"}

Say = Callable[..., str]
Day = Callable[[date], str]


@dataclass(frozen=True, slots=True)
class Scale:
    """Days as places from 0 to 100 percent. The last day has room of its own."""

    starts: date
    ends: date

    def at(self, day: date) -> float:
        """Where a day begins, in percent of the width."""
        whole = max(1, (self.ends + _DAY - self.starts).days)
        return round(min(100.0, max(0.0, (day - self.starts).days * 100 / whole)), 2)


def picture(project: Project, say: Say, day: Day) -> dict[str, Any]:
    """Lanes, weeks and today for the page; each lane also in words."""
    scale = Scale(project.starts, project.ends)
    return {
        "today": scale.at(project.today),
        "weeks": list(_weeks(project, scale, say)),
        "lanes": [*_lanes(project, scale, say, day)],
        "meetings": [scale.at(stop.due) for stop in project.meetings if stop.due],
    }


def _weeks(project: Project, scale: Scale, say: Say) -> Iterator[dict[str, Any]]:
    weeks = max(1, ((project.ends - project.starts).days + 7) // 7)
    every = -(-weeks // MOST_WEEKS)
    for n in range(0, weeks, every):
        yield {"at": scale.at(project.starts + timedelta(weeks=n)), "name": say("week", {"n": n + 1})}


def _lanes(project: Project, scale: Scale, say: Say, day: Day) -> Iterator[dict[str, Any]]:
    before = project.today
    for phase in project.phases:
        yield {
            "title": phase.title,
            "state": _LANE[phase.state],
            "bars": list(_bars(phase, project, scale, before)),
            "marks": list(_marks(phase, scale)),
            "words": _words(phase, say, day),
        }
        before = max(before, phase.until or before)


def _bars(phase: Phase, project: Project, scale: Scale, before: date) -> Iterator[dict[str, Any]]:
    """What was, what is late, and what is planned: pieces beside each other."""
    since, until, ended, today = phase.since, phase.until, phase.ended, project.today
    if since and ended:
        yield _bar("done", since, max(since, ended) + _DAY, scale)
        return
    if since:
        yield _bar("done", since, min(today, max(since, until)) if until else today, scale)
        if until and until < today:
            yield _bar("late", until, today, scale)
    if until and until >= today:
        begins = today if since else min(before, until)
        yield _bar("planned", begins, until + _DAY, scale)
    elif until and not since:
        yield _bar("late", until, today, scale)


def _bar(kind: str, start: date, end: date, scale: Scale) -> dict[str, Any]:
    x = scale.at(start)
    return {"kind": kind, "x": x, "width": round(max(0.6, scale.at(end) - x), 2)}


def _marks(phase: Phase, scale: Scale) -> Iterator[dict[str, Any]]:
    for stop in phase.stops:
        if stop.day and (stop.kind == "milestone" or stop.state == "late"):
            kind = "late" if stop.state == "late" else "milestone"
            yield {"kind": kind, "x": scale.at(stop.day), "done": stop.state == "done", "title": stop.title}


def _words(phase: Phase, say: Say, day: Day) -> str:
    done, total = phase.counted
    facts = {
        "title": phase.title,
        "state": say(f"phase_{phase.state}"),
        "done": done,
        "total": total,
        "since": day(phase.since) if phase.since else "",
        "until": day(phase.until) if phase.until and phase.state != "done" else "",
        "marks": "; ".join(_mark_words(stop, say, day) for stop in phase.stops if stop.kind == "milestone"),
    }
    return say("picture_phase", facts)


def _mark_words(stop: Stop, say: Say, day: Day) -> str:
    when = say("done_on", {"when": day(stop.done)}) if stop.done else say("due_on", {"when": day(stop.due)}) if stop.due else say("no_day")
    return f"{say('milestone')} {stop.title}, {when}"
