"""The tasks on a colleague's Home: theirs by day, the overdue first, and what nobody has yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.case_lines import thread_link
from bot.conversation import Speaker
from bot.slack.kit import actions, bold, context, divider, section, shown
from bot.slack.limits import Json, shorten
from bot.slack.task_cards import deeds_at_home
from bot.wording import deadline, moment, span
from bot.words import Words
from flows.hours import local_date
from storage.task_reports import OurTask

SHOWN, SHOWN_UNOWNED = 8, 4
"""Tasks that are shown with their buttons; the rest is counted. With the cases the Home stays below Slack's hundred blocks."""
DAYS = ("late", "today", "week", "later")
"""Parts of the list, in their order."""
_NAME = 60
_WEEKEND = 6


class Reader(Protocol):
    """Whose Home it is: our words, and their moment and zone."""

    @property
    def words(self) -> Words:
        """Ours, as shipped."""
        ...

    @property
    def now(self) -> datetime:
        """World time."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """Where they are."""
        ...

    @property
    def say(self) -> Speaker:
        """A phrase."""
        ...


def task_parts(mine: Sequence[OurTask], unowned: Sequence[OurTask], eyes: Reader) -> Iterator[Json]:
    """Their tasks under the days they are due, then those that nobody has. Every part says something kind when it is empty."""
    yield from _heading("home", len(mine), eyes)
    dated = sorted(mine, key=lambda one: (one.task.due_at, one.task.uid))
    before = ""
    for one in dated[:SHOWN]:
        day = part_of_the_week(one.task.due_at, eyes.now, eyes.zone)
        if day != before:
            yield context(bold(eyes.say(f"task.home_{day}")), f"tasks.{day}")
        before = day
        yield from _line(one, eyes)
    yield from _more(len(mine) - SHOWN, "tasks.more", eyes)
    if not mine:
        yield section(shown(eyes.say("task.home_none")), "tasks.none")
    if unowned:
        yield from _heading("home_unowned", len(unowned), eyes)
        for one in sorted(unowned, key=lambda one: (one.task.due_at, one.task.uid))[:SHOWN_UNOWNED]:
            yield from _line(one, eyes)
        yield from _more(len(unowned) - SHOWN_UNOWNED, "tasks.unowned.more", eyes)


def part_of_the_week(due: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Under which of DAYS something stands."""
    today, day = local_date(now, zone), local_date(due, zone)
    if due < now:
        return "late"
    if day == today:
        return "today"
    return "week" if day <= today + timedelta(days=_WEEKEND - today.weekday()) else "later"


def _heading(name: str, number: int, eyes: Reader) -> Iterator[Json]:
    count = f"  {number}" if number else ""
    yield divider()
    yield section(f"{bold(eyes.say(f'task.{name}_heading'))}{count}", f"tasks.{name}.heading")


def _line(one: OurTask, eyes: Reader) -> Iterator[Json]:
    """What, for whom, until when, with what can be done about it."""
    task, channel = one.task, one.place.partition("/")
    link = thread_link(channel[0], channel[2])
    title = shown(shorten(task.title, _NAME))
    linked = f"<{link}|{title.replace('|', '∣')}>" if link else bold(task.title)
    whom = shown(shorten(one.company or one.who, _NAME))
    yield section(f"{' · '.join(filter(None, (linked, whom)))}\n{shown(' · '.join(_about(one, eyes)))}", "tasks.line")
    yield actions(deeds_at_home(task, one.person_id, eyes.say), f"tasks.deeds.{task.uid}.{int(task.due_at.timestamp())}")


def _about(one: OurTask, eyes: Reader) -> Iterator[str]:
    task, now = one.task, eyes.now
    if task.due_at < now:
        yield eyes.say("task.home_late_by", {"span": span(now - task.due_at, "", eyes.words)})
    else:
        yield eyes.say("task.home_due", {"by_when": deadline(task.due_at, eyes.zone, now, "", eyes.words)})
    if task.meeting_at and task.meeting_at > now:
        yield eyes.say("task.home_meeting", {"when": moment(task.meeting_at, eyes.zone, now, "", eyes.words)})


def _more(number: int, block_id: str, eyes: Reader) -> Iterator[Json]:
    if number > 0:
        yield context(shown(eyes.say("csm.more", {"n": number})), block_id)
