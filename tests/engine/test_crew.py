"""What a worker does while a provider keeps some of it waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest

from bot.engine.crew import WAITING, Crew


def bring(crew: Crew, jobs: Sequence[Callable[[], object]], at_once: int) -> None:
    """As a worker does: so many jobs at a time are in its hands."""

    async def all_of_them() -> None:
        places = asyncio.Semaphore(at_once)

        async def one(job: Callable[[], object]) -> None:
            async with places:
                await crew.do(job)

        await asyncio.gather(*map(one, jobs))

    asyncio.run(all_of_them())


def test_a_claim_that_waits_for_one_workspace_does_not_hold_up_the_others() -> None:
    answers, delivered = threading.Event(), list[str]()

    def stuck() -> None:
        assert answers.wait(10)
        delivered.append("stuck")

    crew = Crew("one", 1, patience=0.05)
    bring(crew, [stuck, *[lambda name=name: delivered.append(name) for name in "abc"]], at_once=1)
    assert delivered == ["a", "b", "c"]
    answers.set()
    crew.close()
    assert delivered == ["a", "b", "c", "stuck"]


def test_no_more_wait_for_providers_than_there_are_threads_for() -> None:
    answers, begun = threading.Event(), threading.Semaphore(0)

    def stuck() -> None:
        begun.release()
        assert answers.wait(10)

    crew = Crew("one", 1, patience=0.01)
    bringing = threading.Thread(target=bring, args=(crew, [stuck] * (WAITING + 3), 1))
    bringing.start()
    for _ in range(WAITING + 1):
        assert begun.acquire(timeout=10)
    assert not begun.acquire(timeout=0.2), "one more than there are threads for"
    assert bringing.is_alive()
    answers.set()
    bringing.join(10)
    crew.close()


def test_so_many_work_at_once_and_no_more() -> None:
    at_once, most, lock = [0], [0], threading.Lock()

    def work() -> None:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        threading.Event().wait(0.02)
        with lock:
            at_once[0] -= 1

    crew = Crew("two", 2, patience=30)
    bring(crew, [work] * 8, at_once=2)
    crew.close()
    assert most == [2]


def test_what_a_job_raises_is_heard() -> None:
    crew = Crew("one", 1)
    with pytest.raises(ZeroDivisionError):
        bring(crew, [lambda: 1 / 0], at_once=1)
    crew.close()
