"""A job that many ask for and one does."""

from __future__ import annotations

import threading

import pytest

from bot.engine.again import Again


def test_whoever_asks_while_it_runs_goes_on_and_it_runs_once_more() -> None:
    began, may_end, runs = threading.Event(), threading.Event(), list[str]()

    def job() -> int:
        runs.append(threading.current_thread().name)
        began.set()
        assert may_end.wait(10)
        return 1

    again, given = Again(job), list[int]()
    first = threading.Thread(target=lambda: given.append(again()), name="first")
    first.start()
    assert began.wait(10)
    assert [again() for _ in range(5)] == [0] * 5
    may_end.set()
    first.join(10)
    assert given == [2]
    assert runs == ["first", "first"]


def test_a_job_that_fails_is_done_when_it_is_asked_for_anew() -> None:
    goes_well = [False, True]

    def job() -> int:
        if not goes_well.pop(0):
            raise LookupError
        return 1

    again = Again(job)
    with pytest.raises(LookupError):
        again()
    assert again() == 1


def test_nobody_s_asking_is_lost() -> None:
    """Whatever was there when somebody asked has been seen when all are done."""
    there, seen = list[int](), list[int]()

    def job() -> int:
        n = len(there)
        new = there[len(seen) : n]
        seen.extend(new)
        return len(new)

    again = Again(job)

    def asks(name: int) -> None:
        for one in range(300):
            there.append(name * 1000 + one)
            again()

    threads = [threading.Thread(target=asks, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1800
