"""The pace of a lane: nobody is faster than it, alone or together, and a provider that had enough is left alone by all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bot.pacing import OwnPace, Pace, SharedPace
from bot.rates import NO_LIMIT, Rate, read_rate
from storage.migrate import open_database
from storage.paces import Paces

RATES = {"slack": Rate(5.0), "email": Rate(100.0)}


class AClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("words", "per_second"), [("300 a minute", 5.0), ("2 a second", 2.0), ("36 an hour", 0.01), ("No limit", NO_LIMIT[0])]
)
def test_a_rate_reads_as_people_write_it(words: str, per_second: float) -> None:
    assert read_rate(words).per_second == per_second


@pytest.mark.parametrize("words", ["", "fast", "0 a minute", "-3 a minute", "300", "300 a day"])
def test_words_that_say_no_rate_are_refused(words: str) -> None:
    with pytest.raises(ValueError, match="300 a minute"):
        read_rate(words)


def test_after_a_rest_some_go_at_once_and_then_so_many_a_second() -> None:
    clock = AClock()
    pace = OwnPace(RATES, clock)
    assert pace.take({"slack:T1": 30})["slack:T1"] == (20, 2.0)
    assert pace.take({"slack:T1": 5})["slack:T1"] == (0, 3.0)  # behind those who came before
    clock.now += 1
    assert pace.take({"slack:T1": 10, "slack:T2": 3}) == {"slack:T1": (5, 3.0), "slack:T2": (3, 0.0)}


def test_those_who_wait_come_one_after_the_other() -> None:
    granted = OwnPace(RATES, AClock()).take({"slack:T1": 24})["slack:T1"]
    assert [granted.turn(place, 4) for place in range(4)] == pytest.approx([0.2, 0.4, 0.6, 0.8])


def test_a_paused_lane_gives_none_also_when_it_has_no_limit() -> None:
    clock = AClock()
    pace = OwnPace(RATES, clock)
    pace.pause("hook:crm", 30)
    pace.pause("hook:crm", 10)  # a pause is never shortened
    assert pace.take({"hook:crm": 1, "hook:other": 1}) == {"hook:crm": (0, pytest.approx(30, abs=0.01)), "hook:other": (1, 0.0)}
    clock.now += 31
    assert pace.take({"hook:crm": 1})["hook:crm"].n == 1


def test_a_promise_goes_no_further_than_a_minute_for_who_was_promised_may_be_gone() -> None:
    clock = AClock()
    pace = OwnPace(RATES, clock)
    assert pace.take({"slack:T1": 1000})["slack:T1"] == (20, 60.0)
    clock.now += 4
    assert pace.take({"slack:T1": 24})["slack:T1"] == (20, pytest.approx(56.8))  # and not behind those 980 for three minutes


def test_what_is_urgent_goes_first_and_promises_to_it_hold_up_nobody() -> None:
    clock = AClock()
    pace = OwnPace(RATES, clock)
    assert pace.take({"slack:T1": 20})["slack:T1"].n == 20
    for _ in range(5):
        assert pace.take({"slack:T1": 10}, {"slack:T1": 10})["slack:T1"] == (0, 0.0)
    assert pace.take({"slack:T1": 15}, {"slack:T1": 10})["slack:T1"] == (0, 1.0)
    clock.now += 2
    assert pace.take({"slack:T1": 12}, {"slack:T1": 4})["slack:T1"] == (10, pytest.approx(0.4))


# Shared


@pytest.fixture
def workers(url: str) -> Iterator[Callable[[], Pace]]:
    """Paces of several workers on one database."""
    databases = []

    def worker() -> Pace:
        databases.append(open_database(url))
        return SharedPace(Paces(databases[-1]), RATES)

    yield worker
    for database in databases:
        database.close()


on_postgresql = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)


@on_postgresql
def test_four_workers_together_are_no_faster_than_one(workers: Callable[[], Pace]) -> None:
    granted: list[int] = []
    paces = [workers() for _ in range(4)]
    paces[0].take({"email": 0})
    began = time.monotonic()

    def work(pace: Pace) -> None:
        while time.monotonic() < began + 0.5:
            granted.append(pace.take({"email": 7, "slack:T1": 1})["email"].n)

    threads = [threading.Thread(target=work, args=(pace,)) for pace in paces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 100 + 100 * 0.5 - 7 <= sum(granted) <= 100 + 100 * (time.monotonic() - began)


@on_postgresql
def test_what_one_worker_took_is_gone_for_the_other_and_both_wait_in_one_line(workers: Callable[[], Pace]) -> None:
    ana, ben = workers(), workers()
    assert ana.take({"slack:T1": 20})["slack:T1"] == (20, 0.0)
    assert ana.take({"slack:T1": 10})["slack:T1"] == (0, pytest.approx(2.0, abs=0.3))
    assert ben.take({"slack:T1": 10, "slack:T2": 1}) == {"slack:T1": (0, pytest.approx(4.0, abs=0.5)), "slack:T2": (1, 0.0)}


@on_postgresql
def test_a_shared_promise_goes_no_further_either(workers: Callable[[], Pace]) -> None:
    assert workers().take({"slack:T1": 1000})["slack:T1"] == (20, pytest.approx(60, abs=0.5))


@on_postgresql
def test_what_is_urgent_goes_first_also_when_all_share_the_pace(workers: Callable[[], Pace]) -> None:
    ana, ben = workers(), workers()
    assert ana.take({"slack:T1": 20})["slack:T1"].n == 20
    for _ in range(5):
        assert ben.take({"slack:T1": 10}, {"slack:T1": 10})["slack:T1"] == (0, 0.0)
    assert ana.take({"slack:T1": 15}, {"slack:T1": 10})["slack:T1"] == (0, pytest.approx(1.0, abs=0.2))


@on_postgresql
def test_of_a_quick_lane_a_worker_takes_some_in_advance_and_keeps_them_a_moment(url: str) -> None:
    database, clock = open_database(url), AClock()
    try:
        ana, ben = (SharedPace(Paces(database), {"email": Rate(1000.0), "slack": Rate(5.0)}, clock) for _ in range(2))
        assert ana.take({"email": 20, "slack:T1": 1}) == {"email": (20, 0.0), "slack:T1": (1, 0.0)}  # and 100 in advance
        assert ben.take({"email": 2000})["email"].n <= 1000 - 120 + 50
        assert ana.take({"email": 100})["email"].n == 100
        assert ana.take({"email": 200})["email"].n < 200
        time.sleep(0.5)
        assert ana.take({"email": 20})["email"].n == 20
        clock.now += 1
        ben.pause("email", 30)
        assert ana.take({"email": 20})["email"].n == 0  # what is left of them is old by now
    finally:
        database.close()


@on_postgresql
def test_when_one_worker_is_told_to_wait_all_do(workers: Callable[[], Pace]) -> None:
    ana, ben = workers(), workers()
    ana.pause("slack:T1", 30)
    ana.pause("slack:T1", 1)
    assert ben.take({"slack:T1": 5, "email": 1}) == {"slack:T1": (0, pytest.approx(31, abs=0.5)), "email": (1, 0.0)}


@on_postgresql
def test_a_lane_without_a_limit_and_one_with_it_are_asked_together(url: str) -> None:
    database = open_database(url)
    pace = SharedPace(Paces(database), {"slack": NO_LIMIT, "email": read_rate("10000 a second")})
    assert pace.take({"slack:T1": 3, "email": 3}) == {"slack:T1": (3, 0.0), "email": (3, 0.0)}
    database.close()
