"""A simulated life told as a diary: what was said, done and decided, in order, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from bot.commands.days import moment_words
from bot.commands.dropped import Drop, dropped
from bot.commands.occasions import occasion, rule_name
from flows.budget import NO_ROOM
from flows.decision import Decision, Reason, Say
from flows.events import ProductEvent
from flows.hours import local_date
from flows.people import Journey, Subject
from flows.playbook import Playbook
from flows.simulate import Turn, after
from flows.tasks import tasks_of

_TASK, _OURS = "answer.task", "it follows from what a colleague did"
Kind = Literal["message", "step", "segment", "escalation", "skipped", "survey", "done", "dropped", "task"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a diary. `at` is local time; `to` are the channels it went by, or the team's channel; `because` is in words."""

    at: datetime
    kind: Kind
    name: str
    to: str
    because: str


@dataclass(frozen=True, slots=True)
class Deed:
    """Something they did in the product. `known`: the playbook names it."""

    at: datetime
    name: str
    known: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Diary:
    """A life up to some day: entries and deeds in order, what waited for room (rule, day), what a budget dropped, and how they stand."""

    playbook: Playbook
    zone: ZoneInfo
    started: datetime
    entries: tuple[Entry, ...]
    deeds: tuple[Deed, ...]
    held: tuple[tuple[str, int], ...]
    dropped: tuple[Entry, ...]
    at_last: Subject
    not_enrolled: str

    @property
    def journey(self) -> Journey | None:
        """How their journey stands at the end; None for someone the playbook does not take."""
        return self.at_last.person.journey

    def day(self, at: datetime) -> int:
        """The day of the journey on which something happened."""
        return day_of(at, self.started, self.zone)


def day_of(at: datetime, started: datetime, zone: ZoneInfo) -> int:
    """Days between two local dates: 0 on the day of joining."""
    return (local_date(at, zone) - local_date(started, zone)).days


def write_diary(playbook: Playbook, zone: ZoneInfo, started: datetime, turns: Iterable[Turn]) -> Diary:
    """Tell what the turns hold."""
    lived = list(turns)
    reasons = [(turn.at, reason) for turn in lived for reason in turn.decision.reasons]
    waited = [(at, rule_name(reason.rule)) for at, reason in reasons if reason.result == "held" and reason.because == NO_ROOM]
    return Diary(
        playbook=playbook,
        zone=zone,
        started=started,
        entries=tuple(entry for turn in lived for entry in _entries(playbook, zone, turn)),
        deeds=tuple(_deeds(playbook, zone, lived)),
        held=tuple(dict.fromkeys((rule, day_of(at, started, zone)) for at, rule in waited)),
        dropped=tuple(_drop(playbook, zone, one) for one in sorted(dropped(reasons))),
        at_last=after(lived[-1].decision),
        not_enrolled=_not_enrolled(playbook, reasons),
    )


def _drop(playbook: Playbook, zone: ZoneInfo, drop: Drop) -> Entry:
    at, rule, name = drop
    series = next((one for one in playbook.series if one.series == name), None)
    limit = series.limit if series else playbook.limit
    whose = f"the budget of series {name}" if name else "the common budget"
    return Entry(
        at.astimezone(zone), "dropped", rule_name(rule), "", f"no room in {whose}: {limit.per_day} a day, {limit.per_week} in seven days"
    )


def _deeds(playbook: Playbook, zone: ZoneInfo, turns: Iterable[Turn]) -> Iterator[Deed]:
    for turn in turns:
        if isinstance(turn.event, ProductEvent):
            yield Deed(turn.at.astimezone(zone), turn.event.name, turn.event.name in playbook.events)


def _not_enrolled(playbook: Playbook, reasons: Sequence[tuple[datetime, Reason]]) -> str:
    if any(reason.rule == "enrol" and reason.result == "entered" for _, reason in reasons):
        return ""
    nos = [reason.because for _, reason in reasons if reason.rule in ("enrol", f"enrol.{playbook.playbook}")]
    return nos[-1] if nos else "it is paused" if playbook.paused else "no reason was given"


def _entries(playbook: Playbook, zone: ZoneInfo, turn: Turn) -> Iterator[Entry]:
    at = turn.at.astimezone(zone)
    told = list(_from_reasons(playbook, turn))
    said = list(_said(playbook, turn.decision, zone))
    first: tuple[Kind, ...] = ("step", "segment")
    last: tuple[Kind, ...] = ("escalation", "done")
    tasks = list(_tasks(turn, zone))
    ordered = (
        [t for t in told if t[0] in first],
        [t for t in told if t[0] not in first + last],
        said,
        tasks,
        [t for t in told if t[0] in last],
    )
    for kind, name, to, because in (line for lines in ordered for line in lines):
        yield Entry(at, kind, name, to, because)


Line = tuple[Kind, str, str, str]


def _from_reasons(playbook: Playbook, turn: Turn) -> Iterator[Line]:
    fired = {r.rule.removeprefix("escalation."): r.because for r in turn.decision.reasons if r.result == "fired"}
    for reason in turn.decision.reasons:
        family, _, name = reason.rule.partition(".")
        match family, reason.result:
            case "step", "done":
                yield "step", name, "", _how(turn, reason)
            case "segment", segment:
                yield "segment", f"{name}: {segment}", "", reason.because or "no line above it holds"
            case ("sequence" | "trigger" | "nudge" | "survey" | "series" | "recurring" | "invitation" | "recording", "skipped"):
                yield "skipped", rule_name(reason.rule), "", reason.because
            case "case", "opened":
                why = f"{reason.because} ({fired[name]})" if fired.get(name) else reason.because
                yield "escalation", name, playbook.team.channel, why
            case "journey", "completed":
                yield "done", "completed", "", reason.because
            case "journey", "ended" if reason.because != "completed":
                yield "done", "ended", "", reason.because


def _tasks(turn: Turn, zone: ZoneInfo) -> Iterator[Line]:
    """What our own people have to do: asked for, reminded of, done or not needed."""
    known = {task.uid: task for task in tasks_of(turn.before)}
    for task in tasks_of(after(turn.decision)):
        before = known.get(task.uid)
        if before is None:
            yield "task", task.title, task.team, f"task for {task.owner}, due {moment_words(task.due_at.astimezone(zone))}"
        elif before.state != task.state:
            yield "task", task.title, task.team, " ".join(filter(None, (task.state, f"by {task.by_name}" if task.by_name else task.note)))
        elif before.reminded < task.reminded:
            yield "task", task.title, task.team, f"reminder {task.reminded}: it was due {moment_words(task.due_at.astimezone(zone))}"


def _how(turn: Turn, reason: Reason) -> str:
    if isinstance(turn.event, ProductEvent):
        return f"the product reported {turn.event.name}"
    return {"by word": "they said so", "by product": "the product reported it"}.get(reason.because, reason.because)


def _said(playbook: Playbook, decision: Decision, zone: ZoneInfo) -> Iterator[Line]:
    """What was said to the person, once whatever the number of channels."""
    told: dict[tuple[str, str], list[str]] = {}
    for say in decision.says:
        if say.to.kind == "person":
            told.setdefault((_rule_of(say), say.message), []).append(say.to.via[0])
    for (rule, message), channels in told.items():
        because = decision.person.reasons.get(rule, ("", ""))[1]
        words = "; ".join(filter(None, [occasion(playbook, rule, zone), because])) or (
            _OURS if rule == _TASK else "it answers what they did"
        )
        family, _, name = rule.partition(".")
        to = ", ".join(channels)
        yield ("survey", name, to, words) if family == "survey" else ("message", message, to, words)


def _rule_of(say: Say) -> str:
    """The rule that spoke, as its reasons call it; that of an answer begins with `answer.`."""
    if say.key.startswith("task:"):
        return _TASK
    own = say.key.partition(":")[2]
    round = re.fullmatch(r"(.+?):\d+(:slack|:email)?", own)
    name = round[1] if round else own.partition(":")[0]
    return name if "." in name else f"answer.{own.partition(':')[0]}"


def per_week(diary: Diary) -> list[int]:
    """Messages to the person in each week of the journey, questions included."""
    weeks = [diary.day(entry.at) // 7 for entry in diary.entries if entry.kind in ("message", "survey")]
    return [weeks.count(week) for week in range(max(weeks, default=-1) + 1)]


def segments_passed(diary: Diary) -> list[tuple[str, list[str]]]:
    """Each dimension with the segments they went through, in order."""
    moves = [entry.name.partition(": ")[::2] for entry in diary.entries if entry.kind == "segment"]
    by_dimension = sorted(moves, key=lambda move: list(diary.playbook.segments).index(move[0]))
    return [(dimension, [name for _, name in names]) for dimension, names in groupby(by_dimension, key=lambda move: move[0])]
