"""People and their weeks, for tests that read like stories."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.decide import decide
from flows.decision import Decision, Say
from flows.events import AnyEvent, Joined, ProductEvent, Tick, Traits
from flows.library import Playbooks
from flows.people import Account, Person, Subject
from flows.reading import read_playbook
from flows.simulate import after, next_wake

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

LITTLE = """
playbook: little
title: A little playbook
owner: "#cs-ops"
ends: 30 days
goal: {name: first report, when: done.report}
hours: {days: mon-fri, from: "09:00", to: "17:00", zone: theirs}
limit: {per_day: 1, per_week: 4}
team: {channel: "#csm", zone: Europe/Berlin, hours: {days: mon-fri, from: "09:00", to: "18:00"}}
traits:
  person: {role: other}
  account: {employees: 1, plan: starter}
events:
  source.connected: A source answered
  report.created: A report was saved
  member.invited: An invitation went out
  page.viewed: A page was looked at
signals:
  views: {event: page.viewed, in: 7 days}
segments:
  stage:
    - {is: fast, when: steps_done >= 2 and days_in <= 3, keep: true}
    - {is: new}
checklist:
  - module: Set up
    steps:
      - {step: source, title: Connect a source, done_by: source.connected, scope: account, expect_within: 2 days, minutes: 5}
      - {step: invite, title: Invite two, done_by: {event: member.invited, times: 2}, optional: true}
      - {step: word, title: Say hello, done_by: their word}
  - module: Value
    opens_when: done.source
    steps:
      - {step: report, title: Build a report, done_by: report.created, milestone: true}
sequence:
  - {message: welcome, right_away: true}
  - {message: day1, after: 1 day, at: "09:30"}
  - {message: day3, after: 3 days, at: "09:30", when: not done.source}
triggers:
  - {message: well_done, on: milestone}
  - {message: saw_page, on: page.viewed, wait: 2 hours, once: true}
  - {message: completion, on: completed}
nudges:
  - {message: gone_quiet, when: days_idle >= 5 and not goal_met, again_after: 4 days, at_most: 2}
surveys:
  - {survey: ease, message: ask_ease, when: done.report and days_in >= 7, answers: 1 to 5}
escalations:
  - {escalation: asked, on: says_stuck, respond_within: 4 working hours}
  - {escalation: hard, when: "answers.ease in [1, 2]", close_by: human}
"""


def a_playbook(text: str = LITTLE, **changed: str) -> Playbooks:
    """The little playbook, with some of its top-level keys replaced."""
    playbook, problems = read_playbook(a_text(text, **changed), "little.yaml")
    assert playbook is not None, "\n".join(str(p) for p in problems)
    return Playbooks({playbook.playbook: playbook}, {})


def a_text(text: str = LITTLE, **changed: str) -> str:
    """The little playbook as a file, with some of its top-level keys replaced."""
    for key, block in changed.items():
        text = _replaced(text, key, block)
    return text


def _replaced(text: str, key: str, block: str) -> str:
    lines, kept, skipping = text.splitlines(), [], False
    for line in lines:
        if line and not line.startswith(" "):
            skipping = line.startswith(f"{key}:")
        if not skipping:
            kept.append(line)
    return "\n".join(kept) + "\n" + (f"{key}: {block}" if "\n" not in block else f"{key}:\n{block}") + "\n"


class Story:
    """One person's life with Handrail on a clock the test moves; says are collected as they come."""

    def __init__(self, playbooks: Playbooks | None = None, *, zone: str = "Europe/Berlin", account: bool = True, **person: Any) -> None:
        self.playbooks = playbooks or a_playbook()
        ana = {"name": "Ana Ruiz", "email": "ana@acme.test", "slack": "T1/U1", "slack_ok": "opened", "zone": zone}
        given: dict[str, Any] = ana | person
        self.subject = Subject(
            person=Person(id="ana", account_id="acme" if account else None, **given),
            account=Account(id="acme", name="Acme") if account else None,
        )
        self.now = MONDAY
        self.said: list[tuple[datetime, Say]] = []
        self.decisions: list[Decision] = []
        self._n = itertools.count()

    def happens(self, kind: type[AnyEvent], *, at: datetime | None = None, key: str = "", **what: Any) -> Decision:
        """An event reaches them now (`at`: it happened earlier)."""
        event = kind(source="test", key=key or f"e{next(self._n)}", who="ana", at=at or self.now, **what)
        return self.decide(event)

    def decide(self, event: AnyEvent) -> Decision:
        decision = decide(self.playbooks, self.subject, event, self.now)
        self.subject = after(decision)
        self.decisions.append(decision)
        self.said += [(self.now, say) for say in decision.says]
        return decision

    def joins(self, at: datetime | None = None) -> Decision:
        return self.happens(Joined, at=at)

    def does(self, name: str, at: datetime | None = None) -> Decision:
        return self.happens(ProductEvent, name=name, at=at)

    def told(self, **traits: Any) -> Decision:
        return self.happens(Traits, person=traits)

    def until(self, moment: datetime) -> list[str]:
        """Let time pass, waking whenever a wake is due; the names of what was said meanwhile."""
        before = len(self.said)
        for _ in range(1000):
            wake = next_wake(self.subject.person)
            if wake is None or wake > moment:
                break
            self.now = max(self.now, wake)
            self.happens(Tick)
            new = next_wake(self.subject.person)
            assert new is None or new > self.now, "a wake must lie ahead"
        else:
            raise AssertionError("the clock never came to rest")
        self.now = moment
        return [say.message for _, say in self.said[before:]]

    def sleeps_until(self, moment: datetime) -> list[str]:
        """We were down: nothing is woken before that moment, then all that is due."""
        self.now = moment
        before = len(self.said)
        if self.subject.person.wake_at and self.subject.person.wake_at <= moment:
            self.happens(Tick)
        return [say.message for _, say in self.said[before:]]

    def reasons(self) -> dict[str, tuple[str, str]]:
        """What the engine last found of each rule."""
        return dict(self.subject.person.reasons)

    @property
    def journey(self) -> Any:
        return self.subject.person.journey

    def changed(self, **person: Any) -> None:
        self.subject = replace(self.subject, person=replace(self.subject.person, **person))


def messages(decision: Decision) -> list[str]:
    return [say.message for say in decision.says]


def day(n: int, clock: str = "12:00") -> datetime:
    """Day n after MONDAY at that UTC time."""
    hour, minute = map(int, clock.split(":"))
    return (MONDAY + timedelta(days=n)).replace(hour=hour, minute=minute)
