"""Requests that come while others are at work are taken together: one commit costs little more for thirty of them than for one."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

from bot.ingest.calls import Call, Refusal, Track
from bot.ingest.taking import MOST_TOGETHER, Intake

T = TypeVar("T")
R = TypeVar("R")

log = logging.getLogger("handrail.ingest")


class Together(Generic[T, R]):
    """Gathers what comes while the group before is at work, and has it done as one group. Where nobody is at work, nobody waits.

    One group at a time: two at once would be smaller ones, and cost more.

    `work` gets a group, in the order in which they came, in a thread of ours, and gives for each what came of it: an error is raised where
    that one is waited for, and nowhere else. A group weighs at most `most`, or is one alone. For one event loop.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R | Exception]], *, most: int) -> None:
        self._work = work
        self._most = most
        self._at_work = False
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="together")
        self._waiting: deque[tuple[T, int, asyncio.Future[R]]] = deque()

    async def done(self, one: T, weight: int) -> R:
        """What came of it. Whoever no longer waits for that when its turn comes is left out."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[R] = loop.create_future()
        self._waiting.append((one, weight, answer))
        loop.call_soon(self._begin, loop)
        return await answer

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._at_work and (group := self._gathered()):
            self._at_work = True
            under_way = loop.run_in_executor(self._threads, self._work, [one for one, _ in group])
            under_way.add_done_callback(partial(self._over, loop, [answer for _, answer in group]))

    def _gathered(self) -> list[tuple[T, asyncio.Future[R]]]:
        group: list[tuple[T, asyncio.Future[R]]] = []
        whole = 0
        while self._waiting and (not group or whole + self._waiting[0][1] <= self._most):
            one, weight, answer = self._waiting.popleft()
            if not answer.done():
                group.append((one, answer))
                whole += weight
        return group

    def _over(
        self, loop: asyncio.AbstractEventLoop, answers: Sequence[asyncio.Future[R]], done: asyncio.Future[Sequence[R | Exception]]
    ) -> None:
        self._at_work = False
        self._begin(loop)
        error = done.exception()
        for answer, said in zip(answers, [error] * len(answers) if error else done.result(), strict=True):
            if answer.done():
                continue
            if isinstance(said, BaseException):
                answer.set_exception(said)
            else:
                answer.set_result(said)


def take_together(intake: Intake, requests: Sequence[Sequence[Call]]) -> list[Sequence[Refusal] | Exception | None]:
    """Let in the calls of several requests with as few commits as they fit in; gives for each request what `Intake.take` gives, or raises.

    None for a request that has to be taken alone: because it may ask Slack about somebody, because it is large, or because its group
    failed and one of the others may be why. Its calls keep their keys, so that what is in already stays as it is.
    """
    answers: list[Sequence[Refusal] | Exception | None] = [None] * len(requests)
    for group in _groups(requests):
        calls = [call for place in group for call in requests[place]]
        try:
            refused = intake.take(calls)
        except Exception as error:
            if len(group) == 1:
                answers[group[0]] = error
            else:
                log.warning("%d requests could not be taken together, now each is alone: %s", len(group), type(error).__name__)
            continue
        start = 0
        for place in group:
            end = start + len(requests[place])
            answers[place] = [_moved(one, -start) for one in refused if start <= one.index < end]
            start = end
    return answers


def _groups(requests: Sequence[Sequence[Call]]) -> Iterator[list[int]]:
    """The places of requests that fit into one commit."""
    group: list[int] = []
    room = MOST_TOGETHER
    for place, calls in enumerate(requests):
        if len(calls) > MOST_TOGETHER or not all(isinstance(call, Track) for call in calls):
            continue
        if len(calls) > room:
            yield group
            group, room = [], MOST_TOGETHER
        group.append(place)
        room -= len(calls)
    if group:
        yield group


def _moved(refusal: Refusal, by: int) -> Refusal:
    return Refusal(index=refusal.index + by, code=refusal.code, message=refusal.message)
