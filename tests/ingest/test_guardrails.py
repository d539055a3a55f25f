"""When a source of events is not as usual, the owners' channel hears of it once, and once when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from houses import Clocks, House, Post, all_rows
from stories import MONDAY
from town import a_town

from bot.ingest.calls import Track
from bot.ingest.guarding import Guards, amiss
from bot.ingest.noticing import Noticing
from bot.knowing import Ids
from storage.guardrails import Kind

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATER = MONDAY.replace(hour=0) + timedelta(days=14)
"""A Monday, two weeks after the sources began."""

Rate = Callable[[datetime], int]


class Watch:
    """A house whose sources send as they usually do, hour by hour, and somebody of CS operations who reads the channel."""

    def __init__(self, file: Path) -> None:
        self.clocks = Clocks()
        self.clocks.at(LATER - timedelta(days=14))
        self.slack = Post("slack", self.clocks)
        self.house = House(file, self.clocks, self.slack)
        self.noticing = Noticing(self.house.store.database, self.house.shelf.playbooks)
        self.guards = self.another()

    def another(self) -> Guards:
        """The guardrails of one more process."""
        house = self.house
        return Guards(house.store.database, house.outbox, self.clocks.world, house.shelf.playbooks, lambda: house.shelf.books.words)

    def sends(self, n: int, name: str = "report.created", source: str = "product", *, refused: int = 0, **more: Any) -> None:
        """So much comes in now."""
        now = self.clocks.now
        calls = [Track(ids=Ids(external="ana"), at=now, key=f"{i}", source=source, name=name, **more) for i in range(n + refused)]
        self.noticing.came(calls, {*range(refused)}, now, ahead=timedelta(minutes=1))

    def lives(self, span: timedelta, rate: Rate = lambda _: 0, *, looks: bool = True, source: str = "product", **more: Any) -> None:
        """Hours go by, each with its own number of calls."""
        until = self.clocks.now + span
        while self.clocks.now < until:
            self.sends(rate(self.clocks.now), source=source, **more)
            self.clocks.passes(HOUR)
            if looks:
                self.looks()

    def looks(self) -> None:
        self.noticing.flush()
        self.guards.look(self.clocks.now)
        self.house.delivery.drain()

    def notes(self) -> list[str]:
        """What the owners' channel reads."""
        self.looks()
        assert {row.to.ref for row in all_rows(self.house.outbox) if row.to} <= {"#cs-ops"}
        return [taken.text for taken in self.slack.taken if taken.message == "ops_note"]

    def wrong(self) -> list[tuple[str, Kind]]:
        return [(mark.source, mark.kind) for mark in amiss(self.house.store.database)]


def steady(_: datetime) -> int:
    return 10


def office_hours(at: datetime) -> int:
    """A product that people use on weekdays: nothing at night, nothing at weekends."""
    return 20 if at.weekday() < 5 and 7 <= at.hour < 18 else 0


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    watch = Watch(tmp_path / "handrail.db")
    yield watch
    watch.house.store.close()


@pytest.fixture
def settled(watch: Watch) -> Watch:
    """Two weeks of ten calls an hour are behind us."""
    watch.lives(timedelta(days=14), steady, looks=False)
    assert watch.notes() == []
    return watch


def test_all_is_as_usual_for_weeks_and_nobody_hears_a_word(settled: Watch):
    settled.lives(timedelta(days=3), steady)
    assert settled.notes() == []
    assert settled.wrong() == []


def test_a_release_that_lost_most_of_its_events_is_told_once_and_once_when_they_are_back(settled: Watch):
    settled.lives(timedelta(hours=30), lambda _: 2)
    [began] = settled.notes()
    assert began.startswith("product sends far less than usual: 12 calls in the last 6 hours, where other days had about 60.")
    assert settled.wrong() == [("product", "volume")]
    settled.lives(timedelta(hours=30), steady)
    _, over = settled.notes()
    assert over == "product sends as much as usual again."
    assert settled.wrong() == []


def test_a_source_that_stops_is_told_as_silence_and_not_twice(settled: Watch):
    settled.lives(timedelta(days=3))
    [began] = settled.notes()
    assert began.startswith("Nothing has come from product since 2026-03-15 23:00 UTC, which is longer than ever in the last two weeks.")
    assert settled.wrong() == [("product", "silent")]
    settled.lives(timedelta(hours=3), steady)
    assert settled.notes()[1].startswith("product is heard again.")


def test_a_product_of_office_hours_sleeps_at_night_and_at_weekends_without_a_word(watch: Watch):
    watch.lives(timedelta(days=14), office_hours, looks=False)
    watch.lives(timedelta(days=15), office_hours)
    assert watch.notes() == []


def test_a_product_of_office_hours_that_is_gone_on_a_tuesday_is_missed_that_day(watch: Watch):
    watch.lives(timedelta(days=15), office_hours, looks=False)
    assert watch.clocks.now.strftime("%a") == "Tue"
    watch.lives(timedelta(hours=18), lambda at: office_hours(at) // 10)
    [began] = watch.notes()
    assert "far less than usual" in began
    watch.lives(timedelta(hours=13), lambda _: 0)
    assert len(watch.notes()) == 1  # at night nobody can tell, so it is not over


def test_a_source_that_is_new_or_small_is_never_missed(watch: Watch):
    watch.lives(timedelta(days=5), steady, looks=False)
    watch.lives(timedelta(days=14), lambda at: 1 if at.hour == 9 and at.weekday() == 0 else 0, source="hook:stripe")
    assert watch.wrong() == []


def test_who_is_silent_for_two_weeks_is_no_source_any_more(settled: Watch):
    settled.lives(timedelta(days=16))
    assert len(settled.notes()) == 1
    assert settled.wrong() == []


def test_a_renamed_event_is_told_with_the_name_that_was_probably_meant(settled: Watch):
    settled.sends(3, "Report Created")
    settled.sends(1, "invoice.paid")
    [began] = settled.notes()
    assert "product sends events that no playbook names: Report Created (report.created?), invoice.paid." in began
    assert "handrail events --unknown" in began
    settled.lives(timedelta(hours=30), steady)
    assert settled.notes()[1:] == ["For a day product has sent no new event that the playbooks do not know."]


def test_names_that_come_on_top_are_told_the_next_day_all_at_once(settled: Watch):
    settled.sends(1, "a.one")
    settled.lives(timedelta(hours=20), steady)
    for n in range(8):
        settled.sends(1, f"b.{n}")
    settled.lives(timedelta(hours=8), steady)
    first, second = settled.notes()
    assert "a.one" in first
    assert "b.0, b.1, b.2, b.3, b.4 and 3 more" in second


def test_the_first_events_of_a_new_product_are_no_news_but_a_slip_among_them_is(watch: Watch):
    for name in ("menu.opened", "theme.changed", "report.create"):
        watch.sends(1, name)
    [began] = watch.notes()
    assert "report.create (report.created?)." in began
    assert "menu.opened" not in began


def test_a_clock_that_is_twelve_minutes_ahead_is_told_and_when_it_is_right_again(settled: Watch):
    settled.lives(timedelta(hours=8), steady, ahead=timedelta(minutes=12))
    [began] = settled.notes()
    assert began.startswith("The clock of product is about 12 minutes ahead.")
    settled.lives(timedelta(hours=30), steady, ahead=timedelta(seconds=2))
    assert settled.notes()[1:] == ["The clock of product is right again."]


def test_one_odd_clock_among_many_is_nobodys_business(settled: Watch):
    settled.sends(4, ahead=timedelta(days=4000))
    settled.lives(timedelta(hours=3), steady, ahead=timedelta())
    assert settled.notes() == []


def test_much_that_is_refused_is_told_and_one_bad_item_in_a_hundred_is_not(settled: Watch):
    settled.sends(99, refused=1)
    assert settled.notes() == []
    settled.sends(0, refused=15)
    [began] = settled.notes()
    assert "We had to refuse 9 % of what product sent in the last hours, 16 calls of 175." in began
    settled.lives(timedelta(hours=30), steady)
    assert settled.notes()[1:] == ["What product sends can be taken again."]


def test_trouble_that_comes_and_goes_is_one_note_a_day(settled: Watch):
    settled.lives(timedelta(days=4), lambda at: 0 if at.hour % 12 < 6 else 10)
    moments = [taken.at for taken in settled.slack.taken if "heard again" in taken.text or "Nothing has come" in taken.text]
    assert moments
    assert all(later - earlier >= DAY for earlier, later in pairwise(moments))


def test_each_source_has_its_own_trouble(settled: Watch):
    settled.sends(20, source="product:website")
    settled.sends(0, source="hook:zendesk", refused=12)
    settled.looks()
    assert settled.wrong() == [("hook:zendesk", "refused")]


def test_of_several_processes_one_looks_and_not_more_often_than_every_quarter_of_an_hour(settled: Watch):
    settled.clocks.passes(HOUR)
    other = settled.another()
    assert [settled.guards.beat(), other.beat(), settled.guards.beat()] == [True, False, False]
    settled.clocks.passes(timedelta(minutes=14))
    assert not other.beat()
    settled.clocks.passes(timedelta(minutes=1))
    assert [other.beat(), settled.guards.beat()] == [True, False]


def test_a_look_that_was_cut_off_after_its_note_says_nothing_twice(settled: Watch, monkeypatch: pytest.MonkeyPatch):
    settled.sends(0, refused=15)
    settled.noticing.flush()
    with monkeypatch.context() as killed:
        killed.setattr("bot.ingest.guarding.guardrails.keep", _killed)
        with pytest.raises(KeyboardInterrupt):
            settled.guards.look(settled.clocks.now)
    settled.clocks.passes(timedelta(minutes=15))
    assert len(settled.notes()) == 1


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_healthz_names_what_is_wrong_with_a_source_and_is_well_all_the_same(tmp_path: Path):
    with a_town(tmp_path) as town:
        assert town.fetch("GET", "/healthz").json["guardrails"] == []
        town.post("/v1/batch", {"batch": [{"type": "dance"}] * 12})
        town.house.noticing.flush()
        assert town.house.guards.beat()
        answer = town.fetch("GET", "/healthz?strict")
        assert answer.status == 200
        [told] = answer.json["guardrails"]
        assert (told["source"], told["kind"]) == ("product", "refused")
        town.house.settle()
        assert "We had to refuse 92 % of what product sent in the last hours, 12 calls of 13." in town.channel("#cs-ops")[-1].text
