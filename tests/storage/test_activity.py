"""What people did, in one document each; what their account's others do; where they stood before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as heard
from sqlalchemy import func, select
from stories import a_playbook

from bot.handle import handle
from flows.events import AnyEvent, Joined, Left, ProductEvent, Tick, Traits
from flows.library import Playbooks
from flows.people import Tally
from storage import company
from storage.rebuild import rebuild
from storage.segments import history
from storage.store import Store
from storage.tables import account_counts, activity, people
from tests.storage.scenes import MONDAY, person

EVENTS = """
  source.connected: A source answered
  report.created: {title: A report was saved, properties: {rows: 0}}
  member.invited: An invitation went out
  page.viewed: A page was looked at
"""
SHARES = """
  team:
    - {is: cold, when: share_active < 50}
    - {is: building, when: share.report >= 50}
    - {is: warm}
"""
Tells = Callable[..., None]


class Days:
    """A store that is told of people day by day, with the playbooks of the moment."""

    def __init__(self, store: Store, playbooks: Playbooks) -> None:
        self.store, self.playbooks, self.now, self._n = store, playbooks, MONDAY, 0

    def tell(self, kind: type[AnyEvent], who: str, at: datetime | None = None, **what: Any) -> None:
        self._n += 1
        handle(self.store, self.playbooks, [kind(source="t", key=str(self._n), who=who, at=at or self.now, **what)], self.now)

    def joins(self, name: str, account: str = "acme") -> str:
        who, place = self.store.identify([("external", "", name)]), self.store.account_for("external", account)
        self.tell(Traits, who, account_id=place, person={"name": name})
        self.tell(Joined, who)
        return who

    def did(self, who: str, name: str, at: datetime | None = None, **properties: Any) -> None:
        self.tell(ProductEvent, who, at, name=name, properties=properties)

    def tally(self, who: str, key: str) -> Tally:
        return self.store.load([who], {}, self.playbooks.needs, self.now)[who].activity.get(key, Tally())

    def counts(self, account: str = "acme") -> dict[str, int]:
        place = self.store.account_for("external", account)
        with self.store.database.read() as connection:
            return {what: n for what, n in company.counts(connection, [place])[place].items() if n}


@pytest.fixture
def days(store: Store) -> Days:
    return Days(store, a_playbook(events=EVENTS))


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    heard.listen(store.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        heard.remove(store.database.engine, "before_cursor_execute", note)


def test_ana_has_one_row_however_many_days_she_does_things(days: Days) -> None:
    ana = days.joins("ana")
    for n in range(120):
        days.now = MONDAY + timedelta(days=n)
        days.did(ana, "page.viewed")
        days.did(ana, "report.created")
    with days.store.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(activity)) == 1
    tally = days.tally(ana, "page.viewed")
    assert (tally.n, tally.n_days, tally.first_at) == (120, 120, MONDAY)
    assert len(tally.days) == 36, "days that nobody asks for are forgotten"


def test_an_event_that_nothing_asks_for_writes_no_activity(days: Days) -> None:
    ana = days.joins("ana")
    with statements(days.store) as seen:
        days.did(ana, "cursor.moved")
    assert not [one for one in seen if "INTO activity" in one]


def test_a_repeat_counts_once(days: Days) -> None:
    ana = days.joins("ana")
    same = ProductEvent(source="product", key="once", who=ana, at=MONDAY, name="report.created")
    for _ in range(3):
        handle(days.store, days.playbooks, [same, same], MONDAY)
    assert days.tally(ana, "report.created").n == 1


def test_a_new_signal_is_counted_from_what_was_stored_with_its_where(days: Days) -> None:
    ana = days.joins("ana")
    for n, rows in enumerate((5, 50, "50", 500)):
        days.now = MONDAY + timedelta(days=n)
        days.did(ana, "report.created", rows=rows)
    signals = '\n  big: {event: report.created, where: "rows >= 50"}\n  rows: {event: report.created, counts: sum, of: rows}'
    days.playbooks = a_playbook(events=EVENTS, signals=signals)
    assert days.tally(ana, "report.created?rows >= 50").n == 2
    assert days.tally(ana, "report.created").sums["rows"].total == 555_000_000
    days.did(ana, "report.created", rows=60)
    assert days.tally(ana, "report.created?rows >= 50").n == 3


def test_a_longer_window_brings_forgotten_days_back(days: Days) -> None:
    ana = days.joins("ana")
    for n in range(60):
        days.now = MONDAY + timedelta(days=n)
        days.did(ana, "page.viewed")
    days.playbooks = a_playbook(events=EVENTS, signals="\n  views: {event: page.viewed, in: 60 days}")
    assert len(days.tally(ana, "page.viewed").days) == 60


def test_what_came_too_late_is_not_counted_anew_either(days: Days) -> None:
    ana = days.joins("ana")
    days.now = MONDAY + timedelta(days=40)
    days.did(ana, "report.created", at=MONDAY)
    days.playbooks = a_playbook(events=EVENTS, signals="\n  rows: {event: report.created, counts: sum, of: rows}")
    assert days.tally(ana, "report.created").n == 0


def test_the_counts_of_acme_follow_its_people(days: Days) -> None:
    ana, ben = days.joins("ana"), days.joins("ben")
    days.did(ana, "report.created")
    days.did(ana, "source.connected")
    assert days.counts() == {
        "people": 2,
        "in:little": 2,
        "active:2026-03-02": 1,
        "done:little:report": 1,
        "done:little:source": 1,
    }
    days.now = MONDAY + timedelta(days=1)
    days.did(ana, "page.viewed")
    days.tell(Left, ben)
    assert days.counts() == {"people": 1, "in:little": 1, "active:2026-03-03": 1, "done:little:report": 1, "done:little:source": 1}
    days.tell(Traits, ana, account_id=days.store.account_for("external", "globex"))
    assert days.counts() == {}
    assert days.counts("globex")["people"] == 1


def test_old_days_of_activity_are_cleared_away(days: Days) -> None:
    ana, ben = days.joins("ana"), days.joins("ben")
    days.did(ben, "page.viewed")
    days.now = MONDAY + timedelta(days=30)
    days.did(ana, "page.viewed")
    with days.store.database.read() as connection:
        kept = connection.execute(select(account_counts.c.what).where(account_counts.c.what.like("active:%"))).scalars().all()
    assert kept == ["active:2026-04-01"]


def test_people_see_what_the_others_do_and_are_rebuilt_with_it(store: Store) -> None:
    days = Days(store, a_playbook(events=EVENTS, segments=SHARES))
    ana, ben, eve = (days.joins(name) for name in ("ana", "ben", "eve"))
    team = lambda who: person(store, who).journey.segments["team"].name  # type: ignore[union-attr]  # noqa: E731
    assert team(eve) == "cold"
    days.did(ana, "report.created")
    days.did(ben, "report.created")
    days.now = MONDAY + timedelta(hours=2)
    days.tell(Tick, eve)
    assert team(eve) == "building"
    days.now = MONDAY + timedelta(days=9)
    days.tell(Tick, eve)
    assert team(eve) == "cold"
    for who in (ana, ben, eve):
        assert rebuild(store, days.playbooks, who) == person(store, who)


def test_in_one_batch_the_next_one_sees_what_the_first_did(store: Store) -> None:
    days = Days(store, a_playbook(events=EVENTS, segments=SHARES))
    ana, ben = days.joins("ana"), days.joins("ben")
    both = [ProductEvent(source="t", key=f"b{who}", who=who, at=MONDAY, name="report.created") for who in (ana, ben)]
    seen = [decision.company for decision in handle(store, days.playbooks, both, MONDAY)]
    assert [one.others.get("done:little:report", 0) for one in seen if one] == [0, 1]
    assert rebuild(store, days.playbooks, ben) == person(store, ben)


def test_nobody_looks_at_others_while_no_playbook_asks(days: Days) -> None:
    ana = days.joins("ana")
    with statements(days.store) as seen:
        days.tell(Tick, ana)
    assert not [one for one in seen if "account_counts" in one]


def test_segments_have_a_history_with_reasons(days: Days) -> None:
    ana = days.joins("ana")
    days.did(ana, "source.connected")
    days.did(ana, "report.created")
    first, second = history(days.store.database, ana, "stage")
    assert (first.before, first.segment, first.at) == ("", "new", MONDAY)
    assert (second.before, second.segment, second.because) == (
        "new",
        "fast",
        "steps_done >= 2 and days_in <= 3: days_in is 0, steps_done is 2",
    )
    assert history(days.store.database, ana, "pace") == []


def test_what_was_in_rows_by_day_is_counted_anew_after_the_move(days: Days) -> None:
    ana = days.joins("ana")
    days.did(ana, "report.created")
    with days.store.database.write() as connection:
        connection.execute(activity.delete())
        connection.execute(people.update().values(kept=()))
    assert days.tally(ana, "report.created").n == 1


def test_what_somebody_did_under_another_name_is_counted_anew_with_the_rest(days: Days) -> None:
    ana, ann = days.joins("ana"), days.joins("ann")
    days.did(ana, "report.created", rows=1)
    days.did(ann, "report.created", rows=2)
    with days.store.database.write() as connection:
        connection.execute(people.update().where(people.c.id == ann).values(merged_into=ana))
    days.playbooks = a_playbook(events=EVENTS, signals="\n  rows: {event: report.created, counts: sum, of: rows}")
    assert days.tally(ana, "report.created").sums["rows"].total == 3_000_000
