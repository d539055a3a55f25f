"""`handrail status`: how the house stands, from the database alone, so that it can be asked on any machine that reaches it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import typer
from rich.console import Console
from rich.text import Text

from bot.alerts import amiss
from bot.alerts_judging import CALM, LATE, STILL, judge
from bot.commands.mistakes import counted
from bot.commands.opening import existing_store
from bot.world import World, machine_now
from storage import sendings
from storage.sendings import Sending
from storage.standing import MOST, Standing, standing

HOUR = timedelta(hours=1)
LATELY = timedelta(minutes=10)
OLD_BACKUP = timedelta(days=2)

Mark = Literal["ok", "wrong", "note"]
_MARKS: dict[Mark, tuple[str, str]] = {"ok": ("✓", "green"), "wrong": ("✗", "bold red"), "note": ("–", "yellow")}
_WIDTH = 12


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what it is about, how it is, and the number in words."""

    about: str
    mark: Mark
    said: str


def status(*, as_json: bool) -> None:
    """Print how it stands, and leave with 1 when something is wrong."""
    now = machine_now()
    with existing_store() as store:
        found = standing(store.database, World().now(), now)
        hour, lately = sendings.since(store.database, now - HOUR), sendings.since(store.database, now - LATELY)
        told = {alert.kind for alert in amiss(store.database)}
    facts = [*facts_of(found, hour, now), *_channels(lately, hour, told)]
    wrong = [fact for fact in facts if fact.mark == "wrong"]
    if as_json:
        print(json.dumps(_plain(found, hour, wrong, now), indent=2))
    else:
        _print(facts, len(wrong))
    if wrong:
        raise typer.Exit(1)


def facts_of(found: Standing, hour: Sequence[Sending], now: datetime) -> Iterator[Fact]:
    """Each number in a line."""
    yield _clock(found)
    yield _lateness(found)
    yield Fact("people", "ok", f"{_many(found.due_people, 'person', 'people')} due now")
    rows = ", ".join(f"{_upto(found.rows[state])} {state}" for state in ("pending", "claimed", "sending"))
    yield Fact("outbox", "ok", f"{rows}; the oldest waits {_span(found.outbox_age)}")
    if found.unknown_open:
        said = f"nobody knows of {_many(found.unknown_open, 'message')} whether they arrived: handrail unknown list"
        yield Fact("unknown", "wrong" if judge(found, ())["unknown"].wrong else "note", said)
    yield Fact("events", "wrong" if found.parked else "note" if found.undecided else "ok", _events(found))
    yield Fact("cases", "ok", f"{_many(found.open_cases, 'case')} open")
    if found.jobs:
        yield Fact("jobs", "ok", ", ".join(f"{_upto(n)} {status}" for status, n in sorted(found.jobs.items())))
    if found.backup_at:
        old = now - found.backup_at
        yield Fact("backup", "note" if old > OLD_BACKUP else "ok", f"the last one is {_span(old.total_seconds())} old")
    sent = sum(one.n for one in hour if one.fate == "sent")
    worst = max((one.late_most_ms for one in hour), default=0) / 1000
    yield Fact("last hour", "ok", f"{_many(sent, 'message')} sent, the latest {_span(worst)} after it was due" if sent else "nothing sent")


def _clock(found: Standing) -> Fact:
    if found.clock_age is None:
        return Fact("clock", "wrong", "it has never beaten: start handrail run, or handrail clock")
    age = _span(found.clock_age)
    return Fact(
        "clock", _swing(found.clock_age, STILL), f"it beat {age} ago" if found.clock_age <= STILL else f"it has stood still for {age}"
    )


def _lateness(found: Standing) -> Fact:
    """What waits for another try is late as well, and told: it is a provider's doing and not ours."""
    late = max(found.wake_age, found.untried_age)
    said = f"{_span(late)} behind" if late > CALM else "on time"
    if not found.waiting_again:
        return Fact("lateness", _swing(late, LATE), said)
    again = f"{_upto(found.waiting_again)} {'waits' if found.waiting_again == 1 else 'wait'} for another try"
    return Fact("lateness", _swing(late, LATE) if late > CALM else "note", f"{said}; {again}")


def _events(found: Standing) -> str:
    waiting = f"; {_upto(found.undecided)} wait to be decided again" if found.undecided else ""
    return (f"{_many(found.parked, 'event')} could not be decided" if found.parked else "all decided") + waiting


def _channels(lately: Sequence[Sending], hour: Sequence[Sending], told: Collection[str]) -> Iterator[Fact]:
    """Each channel of the last hour, with what became of its messages. `told` are the kinds of alerts that are not over."""
    wrong = {kind for kind, judged in judge(_NOTHING, lately).items() if judged.wrong} | {*told}
    refusing = {kind.partition(":")[2] for kind in wrong if kind.startswith("refuses:")}
    for channel in sorted({one.channel for one in hour if one.channel} | refusing):
        fates = ", ".join(f"{one.n:,} {one.fate}" for one in hour if one.channel == channel) or "nothing sent"
        if channel in refusing:
            yield Fact(channel, "wrong", f"{fates}; it could not be reached, or refuses what we send")
        else:
            yield Fact(channel, "ok", fates)


_NOTHING = Standing(
    due_people=0, wake_age=0.0, outbox_age=0.0, untried_age=0.0, rows={}, waiting_again=0, unknown_left=0, undecided=0, parked=0,
    open_cases=0, clock_age=None, backup_at=None,
)  # fmt: skip


def _swing(age: float, bound: float) -> Mark:
    return "wrong" if age > bound else "note" if age > CALM else "ok"


def _print(facts: Sequence[Fact], wrong: int) -> None:
    out = Console(highlight=False)
    for fact in facts:
        mark, style = _MARKS[fact.mark]
        out.print(
            Text.assemble((mark, style), " ", f"{fact.about:<{_WIDTH}} ", (fact.said, "bold" if fact.mark == "wrong" else "")),
            soft_wrap=True,
        )
    out.print(f"{counted(wrong, 'thing')} wrong; docs/operations.md says what to do." if wrong else "All is well.", soft_wrap=True)


def _plain(found: Standing, hour: Sequence[Sending], wrong: Sequence[Fact], now: datetime) -> dict[str, Any]:
    return {
        "status": "problems" if wrong else "ok",
        "clock_age_seconds": found.clock_age,
        "people_due": found.due_people,
        "wake_oldest_seconds": found.wake_age,
        "outbox": found.rows | {"waiting_again": found.waiting_again},
        "outbox_oldest_seconds": found.outbox_age,
        "outbox_oldest_untried_seconds": found.untried_age,
        "unknown_open": found.unknown_open,
        "events_undecided": found.undecided,
        "events_parked": found.parked,
        "cases_open": found.open_cases,
        "jobs": found.jobs,
        "backup_age_seconds": (now - found.backup_at).total_seconds() if found.backup_at else None,
        "last_hour": [
            {
                "channel": one.channel or None,
                "fate": one.fate,
                "n": one.n,
                "latest_seconds": one.late_most_ms / 1000 if one.late_n else None,
            }
            for one in hour
        ],
        "problems": [f"{fact.about}: {fact.said}" for fact in wrong],
    }


def _span(seconds: float) -> str:
    if seconds < 1:
        return "less than a second" if seconds else "0 s"
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.0f} {name}"
    return f"{seconds:.0f} s"


def _upto(n: int) -> str:
    return f"{n:,} or more" if n >= MOST else f"{n:,}"


def _many(n: int, one: str, many: str = "") -> str:
    return counted(n, one, many).replace(str(n), _upto(n), 1)
