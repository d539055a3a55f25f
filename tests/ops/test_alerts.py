"""When something is wrong with Handrail itself, the owners' channel hears of it once when it begins and once when it is over."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from houses import Clocks, House, Post, all_rows
from stories import MONDAY

from bot.alerts import Alerts, amiss, settled, words_of
from bot.alerts_judging import Judged, judge
from bot.words import shipped_words
from flows.events import ProductEvent
from flows.library import Playbooks
from storage import sendings
from storage.alerts import Alert, alerts_kept
from storage.sendings import Sending
from storage.standing import Standing

MINUTE = timedelta(minutes=1)


class Watch:
    """A house, the process that looks after it, and somebody of CS operations who reads the channel."""

    def __init__(self, file: Path) -> None:
        self.clocks = Clocks()
        self.slack = Post("slack", self.clocks)
        self.house = House(file, self.clocks, self.slack)
        self.alerts = self.another()

    def another(self, language: str = "", playbooks: Any = None) -> Alerts:
        """What looks in one more process."""
        house = self.house
        return Alerts(
            database=house.store.database,
            outbox=house.outbox,
            world=self.clocks.world,
            playbooks=playbooks or house.shelf.playbooks,
            words=lambda: house.shelf.books.words,
            language=language,
            machine=self.clocks.machine_now,
        )

    def passes(self, span: timedelta, *, beats: bool = True) -> None:
        """Time goes by, and every quarter of a minute everybody does what there is to do; the clock only when it `beats`."""
        until = self.clocks.machine + span
        while self.clocks.machine < until:
            self.clocks.passes(timedelta(seconds=15))
            if beats:
                self.house.chores.beat("tick", self.clocks.machine)
            self.alerts.beat()
            self.house.delivery.drain()

    def became(self, channel: str, fate: str, n: int, *, late: bool = True) -> None:
        """What another process counted just now."""
        minute = self.clocks.machine.replace(second=0, microsecond=0)
        sendings.add(self.house.store.database, [Sending(channel=channel, fate=fate, minute=minute, n=n, late_n=n if late else 0)])

    def notes(self) -> list[str]:
        assert {taken.to.ref for taken in self.slack.taken if taken.message == "ops_note"} <= {"#cs-ops"}
        return [taken.text for taken in self.slack.taken if taken.message == "ops_note"]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    found = Watch(tmp_path / "handrail.db")
    found.passes(MINUTE)
    yield found
    found.house.store.close()


def test_a_quiet_day_is_quiet(watch: Watch):
    watch.became("email", "sent", 500)
    watch.passes(timedelta(hours=1))
    assert watch.notes() == []
    assert amiss(watch.house.store.database) == []


def test_another_process_tells_that_the_clock_stands_still_and_that_it_beats_again(watch: Watch):
    watch.passes(timedelta(minutes=5), beats=False)
    [began] = watch.notes()
    assert began.startswith("Handrail's clock has stood still for 1 minute: nobody is woken")
    assert [one.kind for one in amiss(watch.house.store.database)] == ["clock"]
    watch.passes(MINUTE)
    assert watch.notes()[1:] == ["Handrail's clock beats again."]
    assert amiss(watch.house.store.database) == []


def test_a_clock_that_comes_and_goes_is_no_stream_of_notes(watch: Watch):
    for _ in range(6):
        watch.passes(timedelta(minutes=2), beats=False)
        watch.passes(timedelta(minutes=2))
    assert len(watch.notes()) == 2
    watch.passes(timedelta(minutes=20))
    watch.passes(timedelta(minutes=3), beats=False)
    assert len(watch.notes()) == 3


def test_what_is_due_for_more_than_a_minute_is_told(watch: Watch):
    watch.house.joins("ana")
    watch.house.delivery.drain = lambda: 0  # type: ignore[method-assign]  # the worker is away
    watch.passes(timedelta(minutes=3))
    rows = [row for row in all_rows(watch.house.outbox) if row.message == "ops_note"]
    assert [row.facts["text"][:34] for row in rows] == ["Handrail is 1 minute behind: someth"[:34]]
    del watch.house.delivery.drain  # type: ignore[method-assign]
    watch.passes(MINUTE)
    assert [note for note in watch.notes() if "behind" not in note] == ["Handrail is on time again."]


def test_what_waits_for_another_try_is_not_our_lateness(watch: Watch):
    watch.slack.fates.extend(["busy"])
    watch.house.joins("ana", email=False)
    watch.passes(MINUTE + timedelta(seconds=15))
    assert watch.notes() == []


def test_a_provider_that_refuses_everything_is_told_and_that_it_takes_again(watch: Watch):
    watch.became("email", "failed", 5)
    watch.passes(MINUTE)
    [began] = watch.notes()
    assert began.startswith("E-mail could not be reached, or refuses what we send: 5 of the last 5 tries failed.")
    watch.passes(timedelta(minutes=30))
    assert len(watch.notes()) == 1
    watch.became("email", "sent", 3)
    watch.passes(MINUTE)
    assert watch.notes()[1:] == ["E-mail takes our messages again."]


def test_a_channel_that_nobody_uses_any_more_is_forgotten_and_the_log_says_so(watch: Watch, caplog: pytest.LogCaptureFixture):
    watch.became("email", "failed", 5)
    watch.passes(timedelta(hours=3))
    assert "refuses:email" not in alerts_kept(watch.house.store.database)
    assert [r.getMessage() for r in caplog.records if "forgotten" in r.getMessage()] == [
        "alert refuses:email forgotten: nothing was sent there for two hours, so nobody knows whether it is over"
    ]


def test_events_that_could_not_be_decided_are_told(watch: Watch):
    store = watch.house.store
    event = ProductEvent(source="product", key="1", who="ana", at=MONDAY, name="report.created")
    for _ in range(5):
        store.save_undecided(event, "ZeroDivisionError")
    watch.passes(MINUTE)
    [began] = watch.notes()
    assert began.startswith("1 event could not be decided after five tries and waits for a person.")
    watch.house.door.handle(event)
    watch.passes(MINUTE)
    assert watch.notes()[1:] == ["No event waits for a person any more."]


def test_unknown_fates_that_pile_up_are_told(watch: Watch):
    watch.slack.fates.extend(["lost"] * 5)
    for name in ("ana", "ben", "lia", "mia", "nora"):
        watch.house.joins(name, email=False)
    watch.passes(MINUTE)
    assert [note[:52] for note in watch.notes()] == ["Nobody knows of 5 messages whether they arrived; non"]


def test_of_two_processes_one_tells(watch: Watch):
    watch.clocks.passes(timedelta(minutes=5))
    other = watch.another()
    assert [watch.alerts.beat(), other.beat()] == [True, False]
    watch.house.delivery.drain()
    assert len(watch.notes()) == 1


def test_cut_off_before_it_is_written_down_it_is_told_once_all_the_same(watch: Watch, monkeypatch: pytest.MonkeyPatch):
    watch.clocks.passes(timedelta(minutes=5))
    with monkeypatch.context() as patched:
        patched.setattr("storage.alerts.keep", _killed)
        with pytest.raises(KeyboardInterrupt):
            watch.alerts.look()
    watch.clocks.passes(timedelta(seconds=15))
    watch.alerts.look()
    watch.house.delivery.drain()
    assert len(watch.notes()) == 1


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_team_that_speaks_german_reads_german(watch: Watch):
    watch.clocks.passes(timedelta(minutes=5))
    watch.another("de").look()
    watch.house.delivery.drain()
    assert watch.notes()[0].startswith("Die Uhr von Handrail steht seit 5 Minuten still: Niemand wird geweckt")


def test_where_nobody_owns_a_channel_the_log_says_it(watch: Watch, caplog: pytest.LogCaptureFixture):
    watch.clocks.passes(timedelta(minutes=5))
    watch.another(playbooks=lambda: Playbooks({})).look()
    assert all_rows(watch.house.outbox) == []
    assert [(r.levelno, r.getMessage()) for r in caplog.records if r.name == "handrail.alerts"] == [
        (logging.ERROR, "alert clock began: {'minutes': 5}")
    ]


# Judging


def standing(**given: Any) -> Standing:
    calm: dict[str, Any] = {
        "due_people": 0,
        "wake_age": 0.0,
        "outbox_age": 0.0,
        "untried_age": 0.0,
        "rows": {"unknown": 0},
        "waiting_again": 0,
        "unknown_left": 0,
        "undecided": 0,
        "parked": 0,
        "open_cases": 0,
        "clock_age": 1.0,
        "backup_at": None,
    }
    return Standing(**calm | given)


def wrong(found: Standing, *lately: Sending) -> list[str]:
    return [kind for kind, judged in judge(found, lately).items() if judged.wrong]


def became(fate: str, n: int, *, reached: bool = True) -> Sending:
    return Sending(channel="email", fate=fate, minute=MONDAY, n=n, late_n=n if reached else 0)


def test_a_minute_is_the_bound_and_what_nobody_can_say_stays_as_it_was():
    assert wrong(standing()) == []
    assert wrong(standing(clock_age=61.0)) == ["clock"]
    assert wrong(standing(wake_age=61.0)) == wrong(standing(untried_age=61.0)) == ["late"]
    assert judge(standing(clock_age=None), ())["clock"].wrong is None
    assert judge(standing(wake_age=45.0), ())["late"].wrong is None


def test_single_bad_addresses_are_no_refusing_provider():
    assert wrong(standing(), became("failed", 4)) == []
    assert wrong(standing(), became("failed", 19), became("sent", 1)) == []
    assert wrong(standing(), became("failed", 30), became("sent", 400)) == []


def test_a_run_of_failures_of_429s_and_of_calls_that_do_not_get_through_is():
    for fate in ("failed", "retried", "busy"):
        assert wrong(standing(), became(fate, 5)) == ["refuses:email"]
    assert wrong(standing(), became("busy", 60), became("sent", 40)) == ["refuses:email"]


def test_what_never_came_to_a_provider_was_refused_by_nobody():
    assert wrong(standing(), became("failed", 50, reached=False), became("expired", 50), became("suppressed", 50)) == []


def test_unknown_ones_that_somebody_left_are_no_pile():
    assert wrong(standing(rows={"unknown": 9})) == ["unknown"]
    assert wrong(standing(rows={"unknown": 9}, unknown_left=5)) == []


def test_the_numbers_of_the_moment_are_those_that_are_told():
    began, tells = settled(Alert(kind="parked"), Judged(True, {"n": 3}), MONDAY)
    assert (began.since, began.told, tells, began.facts) == (MONDAY, True, True, {"n": 3})
    later, tells = settled(began, Judged(True, {"n": 7}), MONDAY + MINUTE)
    assert (later.since, tells, later.facts) == (MONDAY, False, {"n": 7})


@pytest.mark.parametrize("kind", ["clock", "late", "unknown", "parked", "refuses:slack"])
@pytest.mark.parametrize("language", ["", "de"])
def test_every_alert_has_words_for_its_beginning_and_its_end(kind: str, language: str):
    facts = {"minutes": 2, "n": 7, "of": 9}
    said = [words_of(shipped_words(), Alert(kind=kind, told=told, facts=facts), language) for told in (True, False)]
    assert all(said)
    assert said[0] != said[1]
    assert (said[0] == words_of(shipped_words(), Alert(kind=kind, told=True, facts=facts))) == (language == "")
