"""What is old goes by batches; who is on their way stays whole, and nobody hears anything twice."""

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest
from knowing import Street
from sqlalchemy import func, insert, select
from stories import a_playbook, day

from bot.handle import Door
from bot.knowing import Knowing
from bot.retention import EVERY, Retention
from bot.world import World
from flows.decision import Say, To
from flows.events import CaseClaimed, CsmReplied, Joined, Left, ProductEvent, SaysStuck
from flows.people import TaskState
from storage.cohorts import Cohort, cohorts_of
from storage.outbox import Outbox
from storage.past_journeys import past_journeys
from storage.rebuild import PastGone
from storage.reports import Reports
from storage.retention import SPENT_FOR, Trimmed, gone_before, trim, trimming
from storage.store import open_store
from storage.tables import case_messages, cases, cohorts, decisions, events, files, gone_pasts, outbox, segment_changes, spent_keys, tasks

NO_PAUSE = timedelta()
CUT = day(200)
NOW = day(300)


class OldStreet(Street):
    """A street on the database of the test."""

    def __init__(self, url: str) -> None:
        self.store = open_store(url)
        self.playbooks = a_playbook()
        self.world = World()
        self.at(day(0))
        self.door = Door(self.store, lambda: self.playbooks, self.world)
        self.knowing = Knowing(self.door)
        self._n = itertools.count()

    def lives(self, name: str, joined: int, *active: int, over: bool = True, stuck: bool = False) -> str:
        """Somebody joins, does something on those days of theirs, and their journey ends by itself on day 31."""
        self.at(day(joined))
        who = self.joins(external=name, email=f"{name}@example.com")
        if stuck:
            self.hears(SaysStuck, who, text="help")
        for n in active:
            self.at(day(joined + n))
            self.does("page.viewed", external=name, key=f"{name}:{n}")
        if over:
            self.at(day(joined + 33))  # a weekend is over by then
            self.wakes(who)
        return who

    def trims(self, limit: int = 400) -> Trimmed:
        return trim(self.store.database, CUT, NOW, limit, NO_PAUSE)

    def rows(self, table, *where) -> int:  # type: ignore[no-untyped-def]
        with self.store.database.read() as connection:
            return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()

    def heard_of(self, who: str) -> int:
        return self.rows(events, events.c.person_id == who)

    def cohorts(self) -> list[Cohort]:
        return cohorts_of(self.store.database)


@pytest.fixture
def street(url: str) -> Iterator[OldStreet]:
    street = OldStreet(url)
    yield street
    street.close()


def test_anas_past_goes_with_all_that_hangs_on_it_and_she_stays_who_she_is(street: OldStreet) -> None:
    ana = street.lives("ana", 0, 1, 2, 9)
    before = street.person(ana)
    gone = street.trims()
    assert gone.events > 5
    for table in (events, decisions, outbox, segment_changes, files):
        assert street.rows(table, table.c.person_id == ana, *([outbox.c.state != "pending"] if table is outbox else [])) == 0, table.name
    assert street.person(ana) == before
    assert gone_before(street.store.database, [ana]) == CUT


def test_ben_is_on_his_way_and_nothing_of_his_goes_but_old_reasons(street: OldStreet) -> None:
    ben = street.lives("ben", 0, 1, 2, 9, over=False)
    heard = street.heard_of(ben)
    street.trims()
    assert street.heard_of(ben) == heard
    assert street.rows(decisions, decisions.c.person_id == ben) == 0
    assert street.holds(ben)


def test_cleo_has_an_open_case_and_stays_whole_until_it_is_closed(street: OldStreet) -> None:
    cleo = street.lives("cleo", 0, 1, stuck=True)
    case = street.person(cleo).case
    assert case
    heard = street.heard_of(cleo)
    street.hears(CaseClaimed, cleo, case=case.id, by="U_MAYA", name="Maya")
    street.hears(CsmReplied, cleo, case=case.id, by="U_MAYA", name="Maya", text="Here is how")
    street.trims()
    assert street.heard_of(cleo) == heard + 2
    assert street.rows(case_messages) == 2
    street.hears(Left, cleo)
    close(street, case.id)
    street.trims()
    assert (street.heard_of(cleo), street.rows(case_messages)) == (0, 0)


def close(street: OldStreet, case: str) -> None:
    """As if it had been closed long ago."""
    with street.store.database.write() as connection:
        connection.execute(cases.update().where(cases.c.id == case).values(state="closed"))


def test_what_came_after_the_cut_stays(street: OldStreet) -> None:
    ana = street.lives("ana", 0, 1, 2, 250)
    street.trims()
    assert [story["name"] for story in Reports(street.store.database).why(ana) if story["name"]] == ["page.viewed"]


def test_what_could_not_be_decided_stays(street: OldStreet) -> None:
    ana = street.lives("ana", 0, 1)
    street.store.save_undecided(ProductEvent(source="product", key="odd", who=ana, at=day(3), name="page.viewed"), "why ever")
    street.trims()
    assert street.heard_of(ana) == 1


def test_dan_who_never_was_on_a_journey_goes_too(street: OldStreet) -> None:
    dan = street.does("page.viewed", anonymous="phone")
    street.trims()
    assert street.heard_of(dan) == 0
    assert street.cohorts() == []


def test_a_repeat_of_what_is_gone_is_no_news(street: OldStreet) -> None:
    ana = street.lives("ana", 0, 1, 2)
    street.trims()
    street.at(NOW)
    was = street.subject(ana)
    street.does("page.viewed", external="ana", key="ana:1", at=day(1))
    street.hears(ProductEvent, ana, key="ana:2", name="page.viewed")
    assert street.heard_of(ana) == 0
    assert street.subject(ana) == was
    assert street.rows(spent_keys, spent_keys.c.source == "clock") == 0


def test_keys_go_when_nobody_repeats_them_any_more(street: OldStreet) -> None:
    street.lives("ana", 0, 1, 2)
    street.trims(limit=2)
    kept = street.rows(spent_keys)
    assert kept > 2
    later = trim(street.store.database, CUT, NOW + SPENT_FOR - timedelta(seconds=1), 2, NO_PAUSE)
    assert (later.keys, street.rows(spent_keys)) == (0, kept)
    assert trim(street.store.database, CUT, NOW + SPENT_FOR, 2, NO_PAUSE).keys == kept
    assert street.rows(spent_keys) == 0


@pytest.mark.parametrize("limit", [1, 3, 400])
def test_cohorts_are_the_same_before_and_after(street: OldStreet, limit: int) -> None:
    a_town(street)
    before = street.cohorts()
    assert [(one.week.isoformat(), one.joined, one.left, one.active[:4]) for one in before] == [
        ("2026-03-02", 2, 0, (2, 2, 0, 0)),
        ("2026-03-09", 3, 1, (2, 0, 1, 0)),
        ("2026-11-16", 1, 0, (1, 0, 0, 0)),
    ]
    street.trims(limit)
    assert street.cohorts() == before
    assert cohorts_of(street.store.database, "little") == before
    assert cohorts_of(street.store.database, "other") == []
    assert street.rows(gone_pasts) == 4
    assert [one.person.id for one in past_journeys(street.store.database, "little")] == [street.who(external="fay")]


def a_town(street: OldStreet) -> None:
    street.lives("ana", 0, 1, 8, 9)
    street.lives("ben", 2, 1, 2, 8)
    street.lives("cleo", 7, 0, 5)
    street.lives("dan", 8, 15, over=False)
    dora = street.lives("dora", 7, 0, over=False)
    street.hears(Left, dora)
    street.lives("fay", 262, 1)


@pytest.mark.parametrize("after", range(1, 14))
def test_cut_off_between_two_batches_nothing_is_counted_twice(street: OldStreet, after: int) -> None:
    a_town(street)
    before = street.cohorts()
    for _ in itertools.islice(trimming(street.store.database, CUT, NOW, 2), after):
        pass
    assert street.cohorts() == before
    street.trims(limit=3)
    assert street.cohorts() == before


def test_weeks_that_may_still_come_are_waited_for(street: OldStreet) -> None:
    ana = street.lives("ana", 0, 1)
    heard = street.heard_of(ana)
    trim(street.store.database, day(35), day(65), pause=NO_PAUSE)
    assert street.heard_of(ana) == heard
    trim(street.store.database, day(40), day(70), pause=NO_PAUSE)
    assert street.heard_of(ana) == 0


def test_ana_is_back_and_her_journey_goes_on_counted_once(street: OldStreet) -> None:
    ana = street.lives("ana", 0, 1, over=False)
    street.hears(Left, ana)
    street.trims()
    counted = street.cohorts()
    street.at(NOW)
    street.hears(Joined, ana)
    journey = street.person(ana).journey
    assert journey
    assert [one.joined for one in street.cohorts()] == [1]
    assert counted[0].joined == 1


def test_two_who_became_one_go_together_and_can_not_be_parted_any_more(street: OldStreet) -> None:
    ana = street.joins(external="42", email="ana@example.com")
    phone = street.does("page.viewed", anonymous="phone")
    street.at(day(1))
    street.who(external="42", anonymous="phone")
    street.at(day(31))
    street.wakes(ana)
    assert street.person(ana).merged == (phone,)
    before = street.cohorts()
    street.trims(limit=1)
    assert (street.heard_of(ana), street.heard_of(phone)) == (0, 0)
    assert street.cohorts() == before
    was = street.person(ana)
    with pytest.raises(PastGone, match="before 2026-09-18 is not kept"):
        street.split(ana)
    assert street.person(ana) == was


def test_bens_story_can_be_folded_again_when_his_teammate_anas_past_is_gone(street: OldStreet) -> None:
    ana = street.joins(external="ana", email="ana@acme.test", account="acme")
    street.does("source.connected", external="ana")
    street.at(day(31))
    street.wakes(ana)
    street.at(day(250))
    ben = street.joins(external="ben", email="ben@acme.test", account="acme")
    street.at(day(251))
    street.does("report.created", external="ben")
    assert street.holds(ben)
    street.trims()
    assert street.heard_of(ana) == 0
    assert street.holds(ben)
    with pytest.raises(PastGone):
        street.holds(ana)


def test_what_it_looks_at_does_not_grow_with_those_who_are_gone(street: OldStreet) -> None:
    street.lives("ben", 0, 1, over=False)
    costs = []
    for some in (range(2), range(2, 22)):
        for n in some:
            street.lives(f"old{n}", 0, 1)
        street.trims()
        with street.counted() as sent:
            again = street.trims()
        costs.append((again, len(sent)))
    assert costs[0] == costs[1]
    assert again.events == 0


def test_views_drawn_long_ago_go(street: OldStreet) -> None:
    street.lives("ana", 0, 1)
    with street.store.database.write() as connection:
        connection.execute(outbox.update().where(outbox.c.person_id.is_(None)).values(state="sent"))
    street.trims(limit=1)
    assert street.rows(outbox, outbox.c.person_id.is_(None)) == 0


def test_once_a_day_one_of_two_clocks_does_it(street: OldStreet) -> None:
    ana = street.lives("ana", 0, 1)
    world = street.world
    clocks = [Retention(street.store.database, world, 100, limit=2, pause=0) for _ in range(2)]
    street.lives("ben", 300, over=False)
    street.at(NOW)
    assert [run(clock) for clock in clocks] == [True, False]
    assert street.heard_of(ana) == 0
    street.at(NOW + EVERY - timedelta(seconds=1))
    assert [run(clock) for clock in clocks] == [False, False]
    street.at(NOW + EVERY)
    assert [run(clock) for clock in reversed(clocks)] == [True, False]


def test_a_machine_whose_clock_is_wrong_lets_go_of_nothing(street: OldStreet, caplog: pytest.LogCaptureFixture) -> None:
    ana = street.lives("ana", 0, 1, 2)
    heard, wrong = street.heard_of(ana), World()
    wrong.hold(day(34 + 400))
    clock = Retention(street.store.database, wrong, 365, pause=0)
    assert [run(clock), run(clock)] == [False, False]
    assert street.heard_of(ana) == heard
    assert len([one for one in caplog.records if one.levelname == "WARNING"]) == 1
    street.lives("ben", 434, over=False)
    assert run(clock)
    assert street.heard_of(ana) == 0


def test_a_day_that_a_wrong_clock_took_is_not_lost(street: OldStreet) -> None:
    street.lives("ana", 0, 1, 2)
    wrong, right = World(), World()
    wrong.hold(day(34))
    right.hold(day(33))
    clocks = [Retention(street.store.database, world, 365, pause=0) for world in (wrong, right)]
    assert [run(clock) for clock in clocks] == [True, True]


AT = {"opened_at": day(0), "due_at": day(5)}


def test_the_card_of_a_task_that_is_open_stays(street: OldStreet) -> None:
    ana = street.lives("ana", 0, 1, 2)
    box = Outbox(street.store.database)
    say = Say(key="t", to=To("channel", "#csm", ("#csm",)), message="task_card", person=ana, facts={"task": "plan_call", "person": ana})
    street.at(day(20))
    box.enqueue(say, street.now)
    task = TaskState(id="plan_call", uid="1", rule="plan_call", title="Call", owner="csm", playbook="little", team="#csm", card=ana, **AT)
    row = {"uid": task.uid, "person_id": ana, "account_id": None, "team": task.team, "assignee": "", "state": "open", "due_at": task.due_at}
    with street.store.database.write() as connection:
        connection.execute(outbox.update().where(outbox.c.key == "t").values(state="sent", provider_id="C1/1", told=True))
        connection.execute(insert(tasks).values(**row, content=task))
    street.trims()
    assert box.task_card(ana, "plan_call")
    with street.store.database.write() as connection:
        connection.execute(tasks.update().values(state="done"))
    street.trims()
    assert box.task_card(ana, "plan_call") is None


def run(clock: Retention) -> bool:
    """Whether it had its turn."""
    began = clock._begin()
    clock._under_way = began
    while clock._under_way and clock.beat():
        pass
    return began is not None


def test_a_day_of_a_hundred_people_is_over_in_a_handful_of_statements_each_batch(street: OldStreet) -> None:
    for n in range(20):
        street.lives(f"p{n}", 0, 1, 2, 3)
    with street.counted() as sent:
        gone = street.trims()
    assert gone.events >= 100
    assert len(sent) < 30


def test_nobody_is_left_without_what_they_hang_on(street: OldStreet) -> None:
    a_town(street)
    street.trims(limit=1)
    with street.store.database.read() as connection:
        for table, name in ((decisions, "event_id"), (case_messages, "event_id")):
            lost = select(func.count()).select_from(table).where(table.c[name].not_in(select(events.c.id)))
            assert connection.execute(lost).scalar_one() == 0
    assert street.rows(cohorts) > 0
