"""The Home of a colleague: what waits for them, their cases and tasks by due time, what nobody has, and how their accounts are doing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.case_lines import thread_link
from bot.slack.kit import bold, button, context, divider, header, section, shown
from bot.slack.limits import BLOCKS_IN_VIEW, Json, fit, shorten
from bot.slack.task_home import task_parts
from bot.wording import deadline, moment, span
from bot.words import Words
from flows.hours import local_date
from storage.desk_reports import CaseLine, Monday, MyAccounts, Stuck, TaskLine
from storage.task_reports import OurTask

SHOWN = 12
"""Lines of a part; the rest is counted. All parts together stay well below Slack's hundred blocks."""
LONGEST = 5
"""People who are named as the longest in their place."""
_NAME = 60
"""Characters of a name in a line."""
_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class CsmDay:
    """What one colleague sees. `zone` is theirs, `week` whether it is their Monday; `links` are where a person's story is read.

    `tasks` are theirs, `unowned` those that nobody of their teams has.
    """

    name: str
    now: datetime
    zone: ZoneInfo
    report: Monday
    week: bool
    step_of: Callable[[CaseLine], str]
    story_of: Callable[[str], str]
    tasks: Sequence[OurTask] = ()
    unowned: Sequence[OurTask] = ()


def csm_home(day: CsmDay, words: Words) -> Json:
    """The view. Every part says something kind when there is nothing in it."""
    eyes = _Reader(day, words)
    report = day.report
    blocks = [header(eyes.say("csm.title")), section(shown(_greeting(day, eyes)), "csm.greeting")]
    blocks += _week(report, eyes) if day.week else []
    blocks += _part("tasks", len(report.tasks), [eyes.task(task) for task in report.tasks[:SHOWN]], eyes)
    blocks += _part("mine", len(report.mine), [eyes.mine(line) for line in report.mine[:SHOWN]], eyes)
    blocks += _part("unclaimed", len(report.unclaimed), [eyes.unclaimed(line) for line in report.unclaimed[:SHOWN]], eyes)
    blocks += task_parts(day.tasks, day.unowned, eyes)
    blocks += [divider(), section(bold(eyes.say("csm.accounts_heading")), "csm.accounts.heading"), *_accounts(report.accounts, eyes)]
    return {"type": "home", "blocks": fit(blocks, at_most=BLOCKS_IN_VIEW)}


@dataclass(frozen=True, slots=True)
class _Reader:
    """How things are said to this colleague."""

    day: CsmDay
    words: Words

    @property
    def now(self) -> datetime:
        return self.day.now

    @property
    def zone(self) -> ZoneInfo:
        return self.day.zone

    def say(self, key: str, facts: Mapping[str, Any] | None = None, /) -> str:
        return self.words.get(key, "", facts)

    def moment(self, at: datetime) -> str:
        return moment(at, self.day.zone, self.day.now, "", self.words)

    def who(self, line: CaseLine) -> str:
        """Who and where, as a link to the thread."""
        name = shown(shorten(line.who, _NAME))
        link = thread_link(line.case.channel, line.case.thread)
        linked = f"<{link}|{name.replace('|', '∣')}>" if link else f"*{name}*"
        return " · ".join(filter(None, [linked, shown(shorten(line.company, _NAME))]))

    def mine(self, line: CaseLine) -> Json:
        """A case of theirs: who, where stuck, when an answer is due."""
        about = [self.day.step_of(line) or line.case.because, self.due(line)]
        return section(f"{self.who(line)}\n{shown(' · '.join(filter(None, about)))}", "csm.mine")

    def unclaimed(self, line: CaseLine) -> Json:
        """A case nobody has claimed; it can be claimed from here."""
        given = self.say("csm.given_to", {"owner": line.case.owner_name}) if line.case.owner_name else ""
        about = [self.day.step_of(line) or line.case.because, self.due(line), given]
        label = self.say("csm.claim_label", {"who": line.who})
        claim = button("claim", self.say("button.claim"), {"c": line.case.id}, label=label)
        return section(f"{self.who(line)}\n{shown(' · '.join(filter(None, about)))}", "csm.unclaimed") | {"accessory": claim}

    def task(self, task: TaskLine) -> Json:
        """Something to do, and since or until when."""
        facts = {"when": self.moment(task.at), "span": span(self.day.now - task.at, "", self.words)}
        return section(f"{self.who(task.line)}\n{shown(self.say(f'csm.task_{task.task}', facts))}", "csm.task")

    def due(self, line: CaseLine) -> str:
        """When the first answer is due, or what holds instead."""
        case, now = line.case, self.day.now
        if case.state == "asked":
            return self.say("csm.asked")
        if case.snoozed_until and case.snoozed_until > now:
            return self.say("csm.put_aside", {"when": self.moment(case.snoozed_until)})
        if case.our_word_at is not None:
            return self.say("csm.waits", {"when": self.moment(line.waiting_since)}) if line.waiting_since else self.say("csm.answered")
        if case.respond_by is None:
            return self.say("csm.no_deadline")
        if line.late:
            return self.say("csm.late", {"span": span(now - case.respond_by, "", self.words)})
        return self.say("csm.due", {"by_when": deadline(case.respond_by, self.day.zone, now, "", self.words)})


def _greeting(day: CsmDay, eyes: _Reader) -> str:
    first = (day.name.split() or [""])[0]
    hello = eyes.say("home.greeting", {"name": first}) if first else eyes.say("home.greeting_nobody")
    facts = {"mine": len(day.report.mine), "tasks": len(day.report.tasks)}
    return f"{hello}. {eyes.say('csm.intro' if day.report.mine else 'csm.intro_free', facts)}"


def _part(name: str, number: int, lines: Sequence[Json], eyes: _Reader) -> Iterator[Json]:
    """A heading and its lines; how many more there are; words for none."""
    yield divider()
    count = f"  {number}" if number else ""
    yield section(f"{bold(eyes.say(f'csm.{name}_heading'))}{count}", f"csm.{name}.heading")
    yield from lines or [section(shown(eyes.say(f"csm.{name}_none")), f"csm.{name}.none")]
    if number > len(lines):
        yield context(shown(eyes.say("csm.more", {"n": number - len(lines)})), f"csm.{name}.more")


def _week(report: Monday, eyes: _Reader) -> Iterator[Json]:
    """Monday: what came in last week, what is due in this one, who has gone quiet."""
    now = eyes.day.now
    soon = [line for line in report.mine if line.case.respond_by and line.case.our_word_at is None and line.case.respond_by < now + _WEEK]
    facts = {
        "opened": report.opened,
        "closed": report.closed,
        "joined": report.accounts.joined,
        "finished": report.accounts.finished,
        "due": len(soon),
        "unclaimed": len(report.unclaimed),
    }
    quiet = [_longest(one, eyes) for one in report.accounts.longest[:3]]
    lines = [bold(eyes.say("csm.week_heading")), shown(eyes.say("csm.week_came", facts)), shown(eyes.say("csm.week_due", facts))]
    lines += [f"{shown(eyes.say('csm.week_longest'))} {'; '.join(quiet)}"] if quiet else []
    yield section("\n".join(lines), "csm.week")


def _accounts(accounts: MyAccounts, eyes: _Reader) -> Iterator[Json]:
    if not accounts.accounts:
        yield section(shown(eyes.say("csm.accounts_none")), "csm.accounts.none")
        return
    yield section(shown(eyes.say("csm.accounts", {"accounts": accounts.accounts, "people": accounts.people})), "csm.accounts")
    pace = " · ".join(f"{n} {name.replace('_', ' ')}" for name, n in accounts.segments.items())
    if pace:
        yield context(shown(pace), "csm.accounts.pace")
    longest = "\n".join(f"•  {_longest(one, eyes)}" for one in accounts.longest[:LONGEST])
    if longest:
        yield section(f"{shown(eyes.say('csm.longest_heading'))}\n{longest}", "csm.accounts.longest")


def _longest(one: Stuck, eyes: _Reader) -> str:
    name = f"<{eyes.day.story_of(one.person_id)}|{shown(shorten(one.name, _NAME)).replace('|', '∣')}>"
    facts = {"segment": one.segment.replace("_", " "), "span": span(eyes.day.now - one.since, "", eyes.words)}
    where = f" · {shown(shorten(one.company, _NAME))}" if one.company else ""
    return f"{name}{where}, {shown(eyes.say('csm.longest', facts))}"


def is_monday(now: datetime, zone: ZoneInfo) -> bool:
    """Whether their week begins."""
    return local_date(now, zone).weekday() == 0
