"""The timeline page in words: what the template shows of an account's way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.web.timeline import Phase, Project, Stop, Traveller
from bot.web.timeline_picture import picture
from bot.wording import ago, date_written, span
from bot.words import Words

SOON = timedelta(days=14)
"""How far ahead the page tells what is due."""
MOST_DUE = 12
_YEARS_APART = 180


@dataclass(frozen=True, slots=True)
class Eyes:
    """How the team reads it: our words as shipped, days and moments in the team's zone."""

    words: Words
    zone: ZoneInfo
    now: datetime
    today: date

    def say(self, key: str, facts: Mapping[str, Any] | None = None, /) -> str:
        """A phrase of this page."""
        return self.words.get(f"project.{key}", "", facts)

    def day(self, day: date) -> str:
        """A day with its weekday: "Tue 3 March"."""
        facts = {
            "weekday": self.words.listed("time.weekdays")[day.weekday()],
            "day": day.day,
            "month": self.words.listed("time.months")[day.month - 1],
            "year": day.year,
        }
        return self.say("day_with_year" if abs((day - self.today).days) > _YEARS_APART else "day", facts)

    def ago(self, at: datetime) -> str:
        """How long ago."""
        return ago(at, self.now, "", self.words)


def timeline_view(project: Project, words: Words, zone: ZoneInfo, now: datetime, story: Callable[[str], str]) -> dict[str, Any]:
    """All that the page says. `story` gives where a person's whole story is read."""
    eyes = Eyes(words, zone, now, project.today)
    soon = [stop for stop in _dated(project) if stop.state in ("open", "waiting") and stop.due and stop.due <= project.today + SOON]
    due = [*project.late, *sorted(soon, key=lambda stop: (stop.due or project.today, stop.title))]
    return {
        "name": project.name,
        "lead": eyes.say("lead", {"playbook": project.title, "day": project.day, "days": project.days, "zone": zone.key}),
        "health": project.health,
        "health_words": eyes.say(f"state_{project.health}"),
        "why": list(_why(project, eyes)),
        "picture": picture(project, eyes.say, eyes.day),
        "due": [_stop(stop, eyes) for stop in due[:MOST_DUE]],
        "phases": [_phase(phase, eyes) for phase in project.phases],
        "meetings": [_meeting(stop, eyes) for stop in project.meetings],
        "ours": [_stop(stop, eyes) for stop in project.ours],
        "people": [_traveller(one, eyes, story) for one in project.people],
    }


def _dated(project: Project) -> Iterator[Stop]:
    """What has a day: steps, tasks without a meeting ahead of them, and the meetings."""
    meeting = {stop.title for stop in project.meetings if stop.state == "open"}
    yield from (stop for stop in project.stops if not (stop.kind == "task" and stop.title in meeting))
    yield from project.meetings


def _why(project: Project, eyes: Eyes) -> Iterator[str]:
    """Why it is on track or not, a sentence each."""
    if project.health in ("done", "on_track"):
        yield eyes.say(f"why_{project.health}")
        return
    if project.late:
        yield eyes.say("why_overdue", {"n": len(project.late), "span": span(project.overdue, "", eyes.words)})
    if behind := [one.behind for one in project.people if one.behind]:
        yield eyes.say("why_pace", {"n": len(behind), "span": span(timedelta(days=max(behind)), "", eyes.words)})
    yield from (eyes.say("why_blocked", {"who": one.name}) for one in project.people if one.waits_for_help)


def _phase(phase: Phase, eyes: Eyes) -> dict[str, Any]:
    done, total = phase.counted
    times = [eyes.say("phase_since", {"when": eyes.day(phase.since)})] if phase.since else []
    if phase.ended:
        times.append(eyes.say("done_on", {"when": eyes.day(phase.ended)}))
    elif phase.until:
        times.append(eyes.say("phase_until", {"when": eyes.day(phase.until)}))
    return {
        "title": phase.title,
        "objective": phase.objective,
        "state": phase.state,
        "state_words": eyes.say(f"phase_{phase.state}"),
        "times": [eyes.say("done_of", {"done": done, "total": total}), *times],
        "stops": [_stop(stop, eyes) for stop in phase.stops],
    }


def _stop(stop: Stop, eyes: Eyes) -> dict[str, Any]:
    marks = [eyes.say(mark) for mark, holds in (("milestone", stop.kind == "milestone"), ("optional", stop.optional)) if holds]
    return {
        "title": stop.title,
        "kind": stop.kind,
        "state": stop.state,
        "about": [eyes.say("ours" if stop.ours else "theirs"), *marks],
        "when": _when(stop, eyes),
        "who": eyes.say("by", {"who": stop.who}) if stop.who else "",
        "share": eyes.say("people_of", {"done": stop.share[0], "total": stop.share[1]}) if stop.share[1] > 1 else "",
        "note": stop.note,
        "actions": list(stop.actions),
    }


def _when(stop: Stop, eyes: Eyes) -> str:
    """When it was done, or is due, or why there is no day."""
    if stop.state == "left_out":
        return eyes.say("dropped" if stop.kind == "task" else "skipped")
    if stop.done:
        return eyes.say("done_on", {"when": eyes.day(stop.done)})
    if stop.state == "late" and stop.due:
        late = eyes.say("late_by", {"span": span(eyes.today - stop.due, "", eyes.words)})
        return f"{eyes.say('due_on', {'when': eyes.day(stop.due)})}, {late}"
    if stop.due:
        return eyes.say("due_on", {"when": eyes.day(stop.due)})
    return eyes.say("waits" if stop.state == "waiting" else "no_day")


def _meeting(stop: Stop, eyes: Eyes) -> dict[str, Any]:
    assert stop.at is not None
    when = date_written(stop.at, eyes.zone, eyes.now, "", eyes.words)
    return {**_stop(stop, eyes), "when": eyes.say("held_on" if stop.state == "done" else "planned_on", {"when": when})}


def _traveller(one: Traveller, eyes: Eyes, story: Callable[[str], str]) -> dict[str, Any]:
    joined = eyes.day(one.joined.astimezone(eyes.zone).date())
    about = [eyes.say("people_joined", {"when": joined})]
    about.append(eyes.say("people_active", {"ago": eyes.ago(one.active)}) if one.active else eyes.say("people_never"))
    if one.finished:
        about.append(eyes.say("people_finished"))
    elif one.next:
        about.append(eyes.say("people_next", {"step": one.next}))
    if one.behind:
        about.append(eyes.say("people_behind", {"span": span(timedelta(days=one.behind), "", eyes.words)}))
    return {
        "name": one.name,
        "numbers": eyes.say("done_of", {"done": one.done, "total": one.total}),
        "done": one.done,
        "total": one.total,
        "about": about,
        "behind": bool(one.behind),
        "story": story(one.id),
    }
