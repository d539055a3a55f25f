"""The diary as one reads it in a terminal: a rail with a post for each day."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.commands.days import day_words, moment_words
from bot.commands.diary import Deed, Diary, Entry, Kind, per_week, segments_passed
from bot.commands.mistakes import counted
from flows.facts import standing
from flows.tasks import tasks_of

ACCENT = "dark_cyan"
_CHANNEL_WIDTH = len("slack, email")
_MARKS: dict[Kind, tuple[str, str]] = {
    "message": ("✉", "bold"),
    "survey": ("?", "bold"),
    "step": ("✓", "green"),
    "segment": ("◆", ACCENT),
    "escalation": ("▲", "bold yellow"),
    "task": ("□", "yellow"),
    "skipped": ("–", "dim"),
    "dropped": ("–", "dim"),
    "done": ("■", "bold green"),
}


def show(diary: Diary, console: Console) -> None:
    """Print the days on which something happened, and what they come to."""
    console.print(Text.assemble((diary.playbook.title, "bold"), f" · {_whose(diary)}"))
    if diary.not_enrolled:
        console.print(Text(f"They would not be taken into {diary.playbook.playbook}: {diary.not_enrolled}"), soft_wrap=True)
        return
    told: list[Entry | Deed] = [*diary.deeds, *diary.entries]
    told.sort(key=lambda one: (one.at, isinstance(one, Entry)))
    widest = max((len(one.name) for one in told), default=0)
    before = 0
    for day, lines in groupby(told, key=lambda one: diary.day(one.at)):
        if day - before > 1:
            console.print(Text.assemble(("┊", ACCENT), (f" {counted(day - before - 1, 'quiet day')}", "dim")))
        console.print(_post(day, list(lines), widest))
        before = day
    console.print(Padding(_summary(diary), (1, 0, 0, 0)))


def _whose(diary: Diary) -> str:
    person, account = diary.at_last.person, diary.at_last.account
    traits = {**(account.traits if account else {}), **person.traits}
    unusual = [f"{name} {value}" for name, value in traits.items() if name != "name" and value != _guess(diary, name)]
    return ", ".join([f"{person.name} at {account.name if account else '–'}", *unusual, str(diary.zone)])


def _guess(diary: Diary, name: str) -> object:
    declared = diary.playbook.traits
    return declared.person.get(name, declared.account.get(name))


def _post(day: int, lines: list[Entry | Deed], widest: int) -> RenderableType:
    """One day: its post on the rail, and its lines below."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1, style=ACCENT)
    grid.add_column(width=5, style="dim")
    grid.add_column(width=1)
    grid.add_column(width=widest)
    grid.add_column(width=_CHANNEL_WIDTH)
    grid.add_column(ratio=1, style="dim")
    clock = ""
    for one in lines:
        now = f"{one.at:%H:%M}"
        mark, style = _MARKS[one.kind] if isinstance(one, Entry) else ("·", "dim")
        grid.add_row("│", now if now != clock else "", Text(mark, style), Text(one.name, style), *_reason(one))
        clock = now
    head = Text.assemble(("● ", ACCENT), (f"Day {day} · {day_words(lines[0].at)}", "bold"))
    page = Table.grid(expand=True)
    page.add_row(head)
    page.add_row(grid)
    return page


def _reason(one: Entry | Deed) -> tuple[Text, Text]:
    """By which channel, and why. A team's channel is too long for its column."""
    if isinstance(one, Deed):
        return Text(), Text("they do this" if one.known else "they do this; the playbook does not name it")
    if len(one.to) > _CHANNEL_WIDTH:
        return Text(), Text(f"{one.to}: {one.because}")
    return Text(one.to), Text(one.because)


def _summary(diary: Diary) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, words in _sums(diary):
        table.add_row(Text(name), Text(words))
    return table


def _sums(diary: Diary) -> Iterator[tuple[str, str]]:
    weeks = per_week(diary)
    yield "Messages a week", f"{' · '.join(map(str, weeks))}  ({counted(sum(weeks), 'message')} in all)"
    for dimension, names in segments_passed(diary):
        yield f"Segment {dimension}", " → ".join(names)
    facts = standing(diary.playbook, diary.at_last, diary.started).facts
    yield f"Goal: {diary.playbook.goal_of(facts).name}", _goal(diary)
    yield "Held by the budget", ", ".join(f"{rule} on day {day}" for rule, day in diary.held) or "nothing"
    yield "Dropped by it", ", ".join(_dropped(diary)) or "nothing"
    person = diary.at_last.person
    if person.case:
        yield "At the end", "a case is still open; nobody claims one in a simulation"
    if left := [task for task in tasks_of(diary.at_last) if task.state == "open"]:
        yield "Tasks still open", ", ".join(f"{task.title} (due {moment_words(task.due_at.astimezone(diary.zone))})" for task in left)


def _dropped(diary: Diary) -> Iterator[str]:
    for one in diary.dropped:
        yield f"{one.name} on day {diary.day(one.at)} ({one.because.removeprefix('no room in ').partition(':')[0]})"


def _goal(diary: Diary) -> str:
    journey = diary.journey
    return f"met on day {diary.day(journey.goal_at)}" if journey and journey.goal_at else "not met"
