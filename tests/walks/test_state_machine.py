"""Whatever happens, in whatever order, and wherever the process dies: nothing lost, nothing twice, nothing against the rules."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from houses import Clocks, Fate, House, Killed, Post, Taken
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from bot.deliver import LEASE
from flows.decision import Say
from flows.events import (
    Answered,
    Asked,
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
from storage.migrate import upgrade
from storage.rebuild import rebuild
from storage.reports import Reports

UNCHARGED = {"welcome", "well_done", "completion", "next_step"}
"""Messages that cost no attention: they follow what the person just did, or come at the hour the person chose."""
ENDED = {"sent", "failed", "unknown", "suppressed", "expired", "withdrawn"}
NAMES = ("source.connected", "report.created", "member.invited", "page.viewed")
ZONES = ("America/Lima", "Pacific/Auckland", "Europe/Berlin", "Mars/Olympus")

someone = st.sampled_from(["ana", "ben", "eve"])
ages = st.sampled_from([timedelta(), timedelta(minutes=5), timedelta(hours=3), timedelta(hours=30), timedelta(days=9)])
spans = st.sampled_from([timedelta(minutes=20), timedelta(hours=3), timedelta(hours=9), timedelta(days=1), timedelta(days=4)])
moments = st.sampled_from(["before_fence", "before_taking"])


class Life(RuleBasedStateMachine):
    """Three people in two companies, two channels, two clocks, and a process that dies now and then."""

    def __init__(self, empty: Path) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        file = Path(self.folder.name) / "handrail.db"
        shutil.copy(empty, file)
        self.clocks = Clocks()
        self.slack, self.email = Post("slack", self.clocks), Post("email", self.clocks)
        self.house = House(file, self.clocks, self.slack, self.email)
        self.who: dict[str, str] = {}
        self.n = 0
        self.heard: list[tuple[Any, str, datetime, str, dict[str, Any]]] = []
        self.did: Counter[tuple[str, str]] = Counter()
        self.closed: dict[str, set[str]] = {}
        self.said: dict[str, tuple[datetime, ZoneInfo, bool, Say]] = {}
        self.checked: dict[str, list[Taken]] = {"slack": [], "email": []}
        self._watch()

    @initialize()
    def they_sign_up(self) -> None:
        for name, account in (("ana", "acme"), ("ben", "acme"), ("eve", "birch")):
            self.who[name] = self.house.joins(name, account=account, slack=name != "eve")
            self.closed[self.who[name]] = set()
        self._note_says()

    # What people do

    @rule(name=someone, what=st.sampled_from(NAMES), age=ages)
    def the_product_reports(self, name: str, what: str, age: timedelta) -> None:
        self.did[self.who[name], what] += 1
        self._hear(ProductEvent, name, age, name=what)

    @precondition(lambda self: self.heard)
    @rule(back=st.integers(0, 5))
    def a_sender_repeats_itself(self, back: int) -> None:
        kind, who, at, key, what = self.heard[-1 - back % len(self.heard)]
        self._send(kind, who, at, key, what)

    @rule(name=someone, zone=st.sampled_from(ZONES), age=ages)
    def they_travel(self, name: str, zone: str, age: timedelta) -> None:
        self._hear(Traits, name, age, person={"timezone": zone})

    @rule(name=someone, plan=st.sampled_from(["starter", "team"]), age=ages)
    def their_company_changes(self, name: str, plan: str, age: timedelta) -> None:
        account = self.house.person(self.who[name]).account_id
        self._hear(Traits, name, age, account={"plan": plan}, account_id=account)

    @rule(name=someone, step=st.sampled_from(["source", "invite", "word", "report", "gone"]), elsewhere=st.booleans(), typed=st.booleans())
    def they_press_done(self, name: str, step: str, elsewhere: bool, typed: bool) -> None:
        self._hear(StepDone, name, step=step, elsewhere=elsewhere, typed=typed)

    @rule(
        name=someone, what=st.sampled_from([(StepSkipped, {"step": "invite"}), (Asked, {"about": "how", "step": "source"}), (Joined, {})])
    )
    def they_do_something_else(self, name: str, what: tuple[Any, dict[str, Any]]) -> None:
        kind, more = what
        self._hear(kind, name, **more)

    @rule(name=someone, hours=st.sampled_from([3, 24, 72]))
    def they_want_quiet(self, name: str, hours: int) -> None:
        self._hear(Snoozed, name, until=self.clocks.now + timedelta(hours=hours))

    @rule(name=someone, value=st.integers(1, 6))
    def they_answer_the_survey(self, name: str, value: int) -> None:
        self._hear(Answered, name, survey="ease", value=value)

    @rule(name=someone, channel=st.sampled_from(["slack", "email", "all"]), mouth=st.sampled_from(["slack", "page"]))
    def they_stop(self, name: str, channel: str, mouth: str) -> None:
        self._hear(OptedOut, name, channel=channel, mouth=mouth)
        self.closed[self.who[name]] |= {"slack", "email"} if channel == "all" else {channel}

    @rule(name=someone, channel=st.sampled_from(["slack", "email", "all"]))
    def they_come_back(self, name: str, channel: str) -> None:
        self._hear(OptedIn, name, channel=channel)
        self.closed[self.who[name]] -= {"slack", "email"} if channel == "all" else {channel}

    # Cases

    @rule(name=someone, text=st.sampled_from(["", "invalid host"]))
    def they_are_stuck(self, name: str, text: str) -> None:
        self._hear(SaysStuck, name, text=text)

    @rule(name=someone)
    def they_write(self, name: str) -> None:
        self._hear(Replied, name, text="and now?")

    @rule(name=someone, act=st.sampled_from(["claim", "reply", "resolve", "solved", "not yet"]), by=st.sampled_from(["U_MAYA", "U_TOM"]))
    def the_team_helps(self, name: str, act: str, by: str) -> None:
        ref = self.house.person(self.who[name]).case
        case = ref.id if ref else "gone.1"
        match act:
            case "claim":
                self._hear(CaseClaimed, name, case=case, by=by, name=by)
            case "reply":
                self._hear(CsmReplied, name, case=case, by=by, name=by, text="Try 5432", channel="C9", ts=f"{self.n}.0")
            case "resolve":
                self._hear(CaseClosed, name, case=case, by=by, name=by)
            case "solved" | "not yet":
                self._hear(Answered, name, survey="solved", value="yes" if act == "solved" else "not_yet")

    # Time, trouble and death

    @rule(span=spans)
    def time_goes_on(self, span: timedelta) -> None:
        self._survives(lambda: self.house.goes_on(self.clocks.now + span))

    @rule(span=spans)
    def we_were_down(self, span: timedelta) -> None:
        self.clocks.passes(span)

    @rule()
    def what_is_due_is_done(self) -> None:
        self._survives(self._settle)

    @rule()
    def somebody_looks_after_the_rest(self) -> None:
        self._survives(self.house.delivery.sweep)
        self._survives(self.house.delivery.reconcile)

    @rule(
        slack=st.booleans(),
        fates=st.lists(
            st.sampled_from(["refused", "busy", "unreachable", "lost", "answer lost", "defect", "killed before", "killed after"]),
            min_size=1,
            max_size=4,
        ),
        drawing=st.booleans(),
    )
    def bad_luck(self, slack: bool, fates: list[Fate], drawing: bool) -> None:
        post = self.slack if slack else self.email
        (post.drawing_fates if drawing else post.fates).extend(fates)

    @rule(point=moments)
    def the_process_will_die(self, point: Literal["before_fence", "before_taking"]) -> None:
        def dies(*_: object) -> None:
            raise Killed

        self._once(point, dies)

    @rule(point=moments)
    def the_process_will_sleep(self, point: Literal["before_fence", "before_taking"]) -> None:
        """As a laptop does; meanwhile another one takes over."""

        def sleeps(*_: object) -> None:
            self.clocks.machine += LEASE + timedelta(seconds=1)
            other = self.house.another()
            try:
                other.delivery.sweep()
                other.delivery.reconcile()
                other.delivery.drain()
            finally:
                self._take_note_of(other)
                other.store.close()

        self._once(point, sleeps)

    @rule(point=st.sampled_from(["before", "after"]), only=st.sampled_from([object, Undelivered, Tick]))
    def the_process_will_die_around_a_commit(self, point: str, only: type[object]) -> None:
        def dies(events: tuple[object, ...]) -> None:
            if any(isinstance(event, only) for event in events):
                raise Killed

        setattr(self.house.door, point, dies)

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
        playbook = self.house.books.playbooks["little"]
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
            self.folder.cleanup()

    def _all_is_well_in_the_end(self) -> None:
        self._reopen()
        for post in (self.slack, self.email):
            post.fates.clear()
            post.drawing_fates.clear()
        for _ in range(3):
            self.clocks.passes(timedelta(days=1))
            self.house.settle()
            self.house.delivery.sweep()
            self.house.delivery.reconcile()
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

    def _everybody_is_as_the_events_say(self) -> None:
        playbooks = self.house.books.playbooks
        for who in self.who.values():
            subject = self.house.door.view(who)
            assert subject is not None
            assert subject.person.wake_at is None or subject.person.wake_at > self.clocks.now
            counted = {name: tally.n for name, tally in subject.activity.items() if tally.n}
            assert counted == {name: n for (one, name), n in self.did.items() if one == who}
            again = rebuild(self.house.store, playbooks, who)
            assert replace(again, version=0) == replace(subject.person, version=0)

    # How

    def _hear(self, kind: Any, whom: str, age: timedelta = timedelta(), /, **what: Any) -> None:
        self.n += 1
        event = (kind, self.who[whom], self.clocks.now - age, f"e{self.n}", what)
        self.heard.append(event)
        self._send(*event)

    def _send(self, kind: Any, who: str, at: datetime, key: str, what: dict[str, Any]) -> None:
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

    def _once(self, point: str, what: Callable[..., None]) -> None:
        def act(*args: object) -> None:
            for post in (self.slack, self.email):
                setattr(post, point, lambda *_: None)
            what(*args)

        for post in (self.slack, self.email):
            setattr(post, point, act)

    def _watch(self) -> None:
        self.noted: dict[int, int] = {}

    def _note_says(self) -> None:
        self._take_note_of(self.house)

    def _take_note_of(self, house: House) -> None:
        """What was decided, with the zone of that moment and whether it was charged to the budget."""
        start = self.noted.get(id(house), 0)
        self.noted[id(house)] = len(house.door.decided)
        for at, decision in house.door.decided[start:]:
            journey = decision.person.journey
            playbook = house.books.playbooks[journey.playbook if journey else "little"]
            zone = zone_for(playbook, decision.person, decision.account)
            charged = {spent.key for spent in decision.person.spent}
            for say in decision.says:
                self.said.setdefault(say.key, (at, zone, say.key in charged, say))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "handrail.db"
    upgrade(f"sqlite:///{file}")
    return file


def lives(examples: int, steps: int, *, reproducible: bool) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=reproducible,
        database=None,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def test_nothing_is_lost_and_nothing_is_said_twice(empty: Path) -> None:
    run_state_machine_as_test(lambda: Life(empty), settings=lives(25, 30, reproducible=True))


@pytest.mark.gate
def test_nothing_is_lost_and_nothing_is_said_twice_in_many_lives(empty: Path) -> None:
    run_state_machine_as_test(lambda: Life(empty), settings=lives(200, 60, reproducible=False))
