"""The same events in any order, with repeats, delivered before the next tick: the same activity, steps, traits and segments."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from acme import ACME, END, events_of, people
from hypothesis import given
from hypothesis import strategies as st
from stories import MONDAY, a_playbook

from flows.decide import decide
from flows.events import AnyEvent, Joined, ProductEvent, Tick, Traits
from flows.library import SHIPPED, Playbooks
from flows.people import Account, Person, Subject
from flows.reading import read_playbooks
from flows.simulate import after

BOOK = a_playbook(
    events="""
  source.connected: A source answered
  report.created: {title: A report was saved, properties: {rows: 0}}
  member.invited: An invitation went out
  page.viewed: A page was looked at
""",
    first_value="  report.created",
    signals="""
  views: {event: page.viewed, in: 7 days}
  days: {event: any, counts: days}
  rows: {event: report.created, counts: sum, of: rows}
  minutes: {event: any, counts: minutes, in: 14 days}
  streak: {event: [page.viewed, report.created], counts: streak}
  since: {event: report.created, counts: since_first}
  last: {event: any, counts: since_last}
  big: {event: report.created, where: "rows >= 2"}
""",
    scores="""
  engagement:
    - {points: 5, per: days, up_to: 50}
    - {points: 2, per: rows, up_to: 30}
    - {points: -20, when: last >= 3}
""",
    segments="""
  stage:
    - {is: builder, when: big >= 2 and steps_done >= 2}
    - {is: looker, when: views >= 3 and steps_done < 2}
    - {is: new}
  life:
    - {is: warm, when: score.engagement >= 30}
    - {is: quiet, when: since >= 5}
    - {is: steady, when: streak >= 3}
    - {is: open, when: person.role == 'developer'}
    - {is: rest}
""",
)
ACMES, _ = read_playbooks([SHIPPED, ACME / "playbooks"])
NOW = MONDAY + timedelta(days=14)
MOMENTS = st.integers(0, 20 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes))
DEEDS = st.tuples(
    st.sampled_from(("source.connected", "report.created", "member.invited", "page.viewed", "other")), MOMENTS, st.integers(0, 5)
)
TOLD = st.tuples(MOMENTS, st.sampled_from(("developer", "boss", "other")))


@dataclass
class Life:
    """Somebody's life as it is told to us."""

    subject: Subject
    heard: set[str] = field(default_factory=set)
    books: Playbooks = BOOK

    @classmethod
    def begins(cls) -> "Life":
        """Ana joined two weeks ago."""
        life = cls(Subject(person=Person(id="ana", account_id="acme"), account=Account(id="acme")))
        life.hears(Joined(source="crm", key="joined", who="ana", at=MONDAY), MONDAY)
        return life

    def hears(self, event: AnyEvent, now: datetime) -> None:
        if event.key not in self.heard:
            self.heard.add(event.key)
            self.subject = after(decide(self.books, self.subject, event, now))

    def day(self, events: list[AnyEvent], now: datetime) -> None:
        """What was told by then, in that order, and then the tick."""
        for event in events:
            self.hears(event, now)
        self.hears(Tick(source="clock", key=f"tick {now}", who="ana", at=now), now)

    def stands(self) -> dict[str, Any]:
        journey = self.subject.person.journey
        always = {"activity": self.subject.activity, "traits": self.subject.person.traits, "active": self.subject.person.last_active}
        if journey is None or journey.done_at or journey.ended_at:
            return always | {"over": journey and (journey.done_at is not None or journey.ended_why)}
        return always | {
            "steps": {name: (state.at, state.how) for name, state in journey.steps.items()},
            "of the account": self.subject.account and self.subject.account.steps,
            "first value": journey.first_value_at,
            "segments": {dimension: segment.name for dimension, segment in journey.segments.items()},
        }


@given(
    st.lists(DEEDS, max_size=14),
    st.lists(TOLD, max_size=4, unique_by=lambda told: told[0]),
    st.randoms(use_true_random=False),
    st.integers(0, 5),
)
def test_anas_two_weeks_come_to_the_same_in_any_order_with_repeats(deeds: list[Any], told: list[Any], chance: Any, repeats: int) -> None:
    events: list[AnyEvent] = [
        ProductEvent(source="product", key=f"e{n}", who="ana", at=at, name=name, properties={"rows": rows})
        for n, (name, at, rows) in enumerate(deeds)
    ]
    events += [Traits(source="product", key=f"t{n}", who="ana", at=at, person={"role": role}) for n, (at, role) in enumerate(told)]
    straight, shuffled = Life.begins(), Life.begins()
    for event in sorted(events, key=lambda event: event.at):
        straight.hears(event, NOW)
    again = events + chance.choices(events, k=repeats) if events else []
    chance.shuffle(again)
    for event in again:
        shuffled.hears(event, NOW)
    for life in (straight, shuffled):
        life.day([], NOW + timedelta(hours=1))
    assert shuffled.stands() == straight.stands()


@pytest.mark.parametrize("name", list(people()))
def test_acmes_month_is_the_same_when_each_days_events_come_in_another_order(name: str) -> None:
    """The tick comes once a day, after the day's events; they come in order in one life, shuffled and twice in the other.

    A completed journey may end at once, or first say what waits: from there on its steps are not compared.
    """
    subject, events = events_of(name)
    straight, shuffled = Life(subject, books=ACMES), Life(subject, books=ACMES)
    chance = Random(name)
    begin = min(event.at for event in events)
    for life in (straight, shuffled):
        life.day(events[:2], begin)
    for n in range((END - begin).days + 1):
        now = begin + timedelta(days=n + 1)
        told = sorted((event for event in events[2:] if begin + timedelta(days=n) <= event.at < now), key=lambda event: event.at)
        straight.day(told, now)
        shuffled.day(chance.sample([*told, *told], 2 * len(told)), now)
        assert shuffled.stands() == straight.stands(), now
