"""Whatever happens, in whatever order, and wherever the process dies: nothing lost, nothing twice, nothing against the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import randrange
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from houses import Clocks, Fate, House, Killed, Post, Taken, little_books
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.clock import tick
from bot.deliver import LEASE
from bot.shelf import Shelf
from flows.decision import Say
from flows.events import (
    Answered,
    AnyEvent,
    Asked,
    CaseAssigned,
    CaseClaimed,
    CaseClosed,
    CsmReplied,
    Joined,
    OptedIn,
    OptedOut,
    ProductEvent,
    Replied,
    SaysStuck,
    Snoozed,
    StepDone,
    StepSkipped,
    Tick,
    Traits,
    Undelivered,
)
from flows.facts import zone_for
from flows.hours import is_open, local_date
from storage.rebuild import rebuild
from storage.reports import Reports

UNCHARGED = {"welcome", "well_done", "completion", "next_step", "still_waiting"}
"""Messages that cost no attention: they follow what the person just did, or come at the hour the person chose."""
ENDED = {"sent", "failed", "unknown", "suppressed", "expired", "withdrawn"}

TALKATIVE = {
    "sequence": """
  - {message: welcome, right_away: true}
  - {message: day1, after: 1 day, at: "09:30"}
  - {message: day3, after: 1 day, at: "15:30"}
  - {message: day7, after: 2 days}""",
    "nudges": """
  - {message: gone_quiet, when: days_idle >= 1, again_after: 1 day, at_most: 9}
  - {message: try_integrations, when: views >= 1, again_after: 1 day, at_most: 9, priority: 5}""",
}
"""More to say than the budget has room for."""

Deed = tuple[type[AnyEvent], dict[str, Any]]


def doing(kind: type[AnyEvent], **what: st.SearchStrategy[Any]) -> st.SearchStrategy[Deed]:
    return st.tuples(st.just(kind), st.fixed_dictionaries(what))


def a(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


someone = a("ana", "ben", "eve")
ages = a(timedelta(), timedelta(), timedelta(minutes=5), timedelta(hours=3), timedelta(hours=30), timedelta(days=9))
spans = a(timedelta(minutes=20), timedelta(hours=3), timedelta(hours=9), timedelta(days=1), timedelta(days=4))
points = a("before_fence", "before_taking")
deeds = st.one_of(
    doing(ProductEvent, name=a("source.connected", "report.created", "member.invited", "page.viewed")),
    doing(Traits, person=st.fixed_dictionaries({"timezone": a("America/Lima", "Pacific/Auckland", "Europe/Berlin", "Mars/Olympus")})),
    doing(Traits, account=st.fixed_dictionaries({"plan": a("starter", "team")})),
    doing(StepDone, step=a("source", "invite", "word", "report", "gone"), elsewhere=st.booleans(), typed=st.booleans()),
    doing(StepSkipped, step=a("invite", "source")),
    doing(Snoozed, hours=a(3, 24, 72)),
    doing(SaysStuck, text=a("", "invalid host")),
    doing(Replied, text=a("and now?")),
    doing(Answered, survey=a("ease"), value=st.integers(1, 6)),
    doing(Asked, about=a("how", "next"), step=a("source")),
    doing(Joined),
)
the_teams = st.one_of(
    doing(CaseClaimed, by=a("U_MAYA", "U_TOM"), name=a("Maya")),
    doing(CsmReplied, by=a("U_MAYA", "U_TOM"), name=a("Maya"), text=a("Try 5432"), channel=a("C9"), ts=a("1.0", "2.0")),
    doing(CaseClosed, by=a("U_MAYA", "U_TOM"), name=a("Maya")),
    doing(CaseAssigned, to=a("U_MAYA", "U_TOM", ""), to_name=a("Tom"), by=a("U_MAYA"), name=a("Maya")),
    doing(Answered, survey=a("solved"), value=a("yes", "not_yet")),
)
fates = st.lists(
    a("refused", "busy", "unreachable", "lost", "answer lost", "defect", "killed before", "killed after"), min_size=1, max_size=4
)


MOVES: list[st.SearchStrategy[tuple[str, dict[str, Any]]]] = []


def move(*, weight: int = 1, **what: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Something that may happen at any time, `weight` times as often as others."""

    def keep(method: Callable[..., None]) -> Callable[..., None]:
        MOVES.extend(st.tuples(st.just(method.__name__), st.fixed_dictionaries(what)) for _ in range(weight))
        return method

    return keep


class Life(RuleBasedStateMachine):
    """Three people in two companies, two channels, two clocks, and a process that dies now and then."""

    def __init__(self, database: str) -> None:
        super().__init__()
        self.clocks = Clocks()
        self.slack, self.email = Post("slack", self.clocks), Post("email", self.clocks)
        self.house = House(database, self.clocks, self.slack, self.email, Shelf(None, little_books(**TALKATIVE)))
        self.who: dict[str, str] = {}
        self.n = 0
        self.heard: list[tuple[type[AnyEvent], str, datetime, str, dict[str, Any]]] = []
        self.did: Counter[tuple[str, str]] = Counter()
        self.closed: dict[str, set[str]] = {}
        self.said: dict[str, tuple[datetime, ZoneInfo, bool, Say]] = {}
        self.checked: dict[str, list[Taken]] = {"slack": [], "email": []}

    @initialize()
    def they_sign_up(self) -> None:
        for name, account in (("ana", "acme"), ("ben", "acme"), ("eve", "birch")):
            self.who[name] = self.house.joins(name, account=account, slack=name != "eve")
            self.closed[self.who[name]] = set()
        self._note_says()

    @move(slack=a(True, True, False), fates=fates, drawing=a(False, False, True))
    def channels_have_a_bad_day(self, slack: bool, fates: list[Fate], drawing: bool) -> None:
        post = self.slack if slack else self.email
        (post.drawing_fates if drawing else post.fates).extend(fates)

    @move(weight=5, name=someone, deed=deeds, age=ages)
    def somebody_does_something(self, name: str, deed: Deed, age: timedelta) -> None:
        kind, what = deed
        who = self.who[name]
        if kind is Snoozed:
            what = {"until": self.clocks.now + timedelta(hours=what["hours"])}
        if "account" in what:
            what = what | {"account_id": self.house.person(who).account_id}
        self._hear(kind, who, age, what)
        if kind is ProductEvent:
            self.did[who, what["name"]] += 1

    @move(name=someone, channel=a("slack", "email", "all"), mouth=a("slack", "page"))
    def they_stop(self, name: str, channel: str, mouth: str) -> None:
        self._stop(self.who[name], channel, mouth)

    @move(name=someone, channel=a("slack", "email", "all"))
    def they_come_back(self, name: str, channel: str) -> None:
        self._hear(OptedIn, self.who[name], timedelta(), {"channel": channel})
        self.closed[self.who[name]] -= {"slack", "email"} if channel == "all" else {channel}

    @move(weight=2, name=someone, deed=the_teams)
    def the_team_helps(self, name: str, deed: Deed) -> None:
        kind, what = deed
        case = self.house.person(self.who[name]).case
        named = {} if kind is Answered else {"case": case.id if case else "gone.1"}
        self._hear(kind, self.who[name], timedelta(), what | named)

    @move(back=st.integers(0, 5))
    def a_sender_repeats_itself(self, back: int) -> None:
        if self.heard:
            self._send(*self.heard[-1 - back % len(self.heard)])

    @move(weight=4, span=spans, awake=a("all", "all", "clock", "nobody"))
    def time_goes_on(self, span: timedelta, awake: str) -> None:
        """With everything running, with a delivery that is down, or with nobody there at all."""
        if awake == "all":
            self._survives(lambda: self.house.goes_on(self.clocks.now + span))
        else:
            self.clocks.passes(span)
        if awake == "clock":
            self._survives(lambda: tick(self.house.door, self.house.chores))

    @move(weight=2, aftermath=st.booleans())
    def what_is_due_is_done(self, aftermath: bool) -> None:
        self._survives(self._settle)
        if aftermath:
            self._survives(self.house.delivery.sweep)
            self._survives(self.house.delivery.reconcile)

    @move(point=points, sleeps=st.booleans())
    def the_process_will_end_while_delivering(self, point: str, sleeps: bool) -> None:
        """Killed there, or asleep for longer than its lease, as a laptop is; meanwhile another one takes over."""

        def dies(*_: object) -> None:
            raise Killed

        self._once(point, self._oversleeps if sleeps else dies)

    @move(name=someone, channel=a("slack", "email", "all"))
    def they_will_stop_while_a_message_is_rendered(self, name: str, channel: str) -> None:
        def stops() -> None:
            rendering = self.house
            self._stop(self.who[name], channel)
            if self.house is not rendering:  # it ended as it heard of that
                raise Killed

        self._once("before_fence", stops)

    @move(point=a("before", "after"), only=a(object, Undelivered, Tick))
    def the_process_will_end_around_a_commit(self, point: str, only: type[object]) -> None:
        def dies(events: tuple[object, ...]) -> None:
            if any(isinstance(event, only) for event in events):
                raise Killed

        setattr(self.house.door, point, dies)

    @rule(move=st.one_of(MOVES))
    def something_happens(self, move: tuple[str, dict[str, Any]]) -> None:
        """One rule for all: of many, hypothesis switches half off in each life, and a life without time is none."""
        name, what = move
        getattr(self, name)(**what)

    # What must hold

    @invariant()
    def every_message_kept_the_rules(self) -> None:
        self._note_says()
        for post in (self.slack, self.email):
            seen = self.checked[post.name]
            for taken in post.taken[len(seen) :]:
                seen.append(taken)
                if taken.to.kind == "person":
                    self._kept_the_rules(post.name, taken)

    def _kept_the_rules(self, channel: str, taken: Taken) -> None:
        said_at, zone, charged, say = self.said[taken.key]
        everywhere = [*self.checked["slack"], *self.checked["email"]]
        assert [t.key for t in everywhere].count(taken.key) == 1, f"{taken.key} reached {taken.person} twice"
        if say.essential:
            assert ":clock:" not in say.key, f"{taken.key} answers nothing"
            return
        assert channel not in self.closed[taken.person], f"{taken.key} went to {taken.person} who had stopped {channel}"
        if not charged:
            assert taken.message in UNCHARGED, f"{taken.key} was not charged"
            return
        playbook = self.house.shelf.playbooks()["little"]
        assert is_open(playbook.hours, taken.at, zone), f"{taken.key} came at {taken.at.astimezone(zone)}"
        days = [local_date(self.said[t.key][0], zone) for t in everywhere if t.person == taken.person and self.said_and_charged(t)]
        today = local_date(said_at, zone)
        assert days.count(today) <= playbook.limit.per_day, f"{taken.person} was written to {days.count(today)} times on {today}"
        assert sum(today - timedelta(days=7) < d <= today for d in days) <= playbook.limit.per_week

    def said_and_charged(self, taken: Taken) -> bool:
        return taken.to.kind == "person" and self.said[taken.key][2]

    def teardown(self) -> None:
        try:
            if self.who:
                self._all_is_well_in_the_end()
        finally:
            self.house.store.close()

    def _all_is_well_in_the_end(self) -> None:
        self._reopen()
        for post in (self.slack, self.email):
            post.fates.clear()
            post.drawing_fates.clear()
        for _ in range(3):
            self._a_day_passes()
        while any(row.state == "pending" and row.due_at > self.clocks.now for row in self.house.rows()):
            self._a_day_passes()  # words that were promised for after the weekend
        self.house.settle()
        self.every_message_kept_the_rules()
        rows = self.house.rows()
        assert [row for row in rows if row.state not in ENDED] == []
        assert {row.state for row in rows if row.draw and row.error != "account_inactive"} <= {"sent", "withdrawn"}
        assert [row for row in rows if row.to and row.to.kind == "case" and row.state == "unknown"] == []
        assert self.house.outbox.untold(1) == []
        assert {row.key for row in rows if row.key} == set(self.said)
        health = Reports(self.house.store.database).health(self.clocks.now)
        assert (health.undecided, health.parked) == (0, 0)
        self._everybody_is_as_the_events_say()

    def _a_day_passes(self) -> None:
        self.clocks.passes(timedelta(days=1))
        self.house.settle()
        self.house.delivery.sweep()
        self.house.delivery.reconcile()

    def _everybody_is_as_the_events_say(self) -> None:
        playbooks = self.house.shelf.playbooks()
        for who in self.who.values():
            subject = self.house.door.view(who)
            assert subject is not None
            assert subject.person.wake_at is None or subject.person.wake_at > self.clocks.now
            plain = {key for key, need in playbooks.needs.by_key.items() if need.events == {key}}
            counted = {name: tally.n for name, tally in subject.activity.items() if tally.n and name in plain}
            assert counted == {name: n for (one, name), n in self.did.items() if one == who}
            again = rebuild(self.house.store, playbooks, who)
            assert replace(again, version=0) == replace(subject.person, version=0)

    # How

    def _stop(self, who: str, channel: str, mouth: str = "slack") -> None:
        self._hear(OptedOut, who, timedelta(), {"channel": channel, "mouth": mouth})
        self.closed[who] |= {"slack", "email"} if channel == "all" else {channel}

    def _hear(self, kind: type[AnyEvent], who: str, age: timedelta, what: dict[str, Any]) -> None:
        self.n += 1
        event = (kind, who, self.clocks.now - age, f"e{self.n}", what)
        self.heard.append(event)
        self._send(*event)

    def _send(self, kind: type[AnyEvent], who: str, at: datetime, key: str, what: dict[str, Any]) -> None:
        """A sender repeats what was not answered."""
        try:
            self.house.hears(kind, who, at=at, key=key, **what)
        except Killed:
            self._reopen()
            self.house.hears(kind, who, at=at, key=key, **what)

    def _settle(self) -> None:
        self.house.settle()
        rows = self.house.rows()
        assert [row for row in rows if row.state in ("claimed", "sending")] == []
        for who in self.who.values():
            wake_at = self.house.person(who).wake_at
            assert wake_at is None or wake_at > self.clocks.now

    def _survives(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Killed:
            self._reopen()

    def _reopen(self) -> None:
        """The process is gone; another starts on the same file."""
        self._note_says()
        self.house.store.close()
        for post in (self.slack, self.email):
            post.before_fence, post.before_taking = lambda: None, lambda _: None
        self.house = self.house.another()
        self.house.delivery.sweep(all_dead=True)

    def _oversleeps(self, *_: object) -> None:
        self.clocks.machine += LEASE + timedelta(seconds=1)
        other = self.house.another()
        try:
            other.delivery.sweep()
            other.delivery.reconcile()
            other.delivery.drain()
        finally:
            self._take_note_of(other)
            other.store.close()

    def _once(self, point: str, what: Callable[..., None]) -> None:
        def act(*args: object) -> None:
            for post in (self.slack, self.email):
                setattr(post, point, lambda *_: None)
            what(*args)

        for post in (self.slack, self.email):
            setattr(post, point, act)

    def _note_says(self) -> None:
        self._take_note_of(self.house)

    def _take_note_of(self, house: House) -> None:
        """What was decided, with the zone of that moment and whether it was charged to the budget."""
        noted, house.door.decided = house.door.decided, []
        for at, decision in noted:
            journey = decision.person.journey
            playbook = house.shelf.playbooks()[journey.playbook if journey else "little"]
            zone = zone_for(playbook, decision.person, decision.account)
            charged = {spent.key for spent in decision.person.spent}
            for say in decision.says:
                self.said.setdefault(say.key, (at, zone, say.key in charged, say))


def live(databases: Callable[[], str], number: int, steps: int) -> None:
    """One life: hypothesis rather varies what it has seen than tries what is new, so every life has a seed of its own.

    It is not made smaller when it fails, which takes minutes; add Phase.shrink to see the least of it.
    """
    once = settings(
        max_examples=3,
        stateful_step_count=steps,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=[*HealthCheck],
    )
    run_state_machine_as_test(seed(number)(lambda: Life(databases())), settings=once)


LIVES = [
    *(("sqlite", number) for number in range(12)),
    *(pytest.param("postgresql", number, marks=[pytest.mark.gate] if number > 2 else []) for number in range(12)),
]


@pytest.mark.parametrize(("kind", "number"), LIVES, indirect=["kind"])
def test_nothing_is_lost_and_nothing_is_said_twice(databases: Callable[[], str], number: int) -> None:
    live(databases, number, steps=35)


@pytest.mark.chaos
@pytest.mark.parametrize("number", range(200))
def test_nothing_is_lost_and_nothing_is_said_twice_in_many_lives(databases: Callable[[], str], number: int) -> None:
    live(databases, randrange(10**9) + number, steps=60)
