"""What a worker does while a provider keeps some of it waiting."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

from bot.engine.gate import Gate
from bot.engine.hands import Hands


class SlowDelivery:
    """One claim is full of messages to a workspace that does not answer; the others are quick."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.delivered: list[str] = []

    def take_up(self, token: str) -> int:
        if token == "stuck":
            assert self.answers.wait(10)
        self.delivered.append(token)
        return 1


def test_a_claim_that_waits_for_one_workspace_does_not_hold_up_the_others() -> None:
    delivery = SlowDelivery()
    nobody = cast(Any, SimpleNamespace(messages=lambda: 0))
    hands = Hands(cast(Any, None), cast(Any, delivery), nobody, threads=1)
    hands._gate = Gate(1, patience=0.05)
    stuck = threading.Thread(target=hands.deliver, args=("stuck",))
    stuck.start()
    for token in ("a", "b", "c"):
        assert hands.deliver(token) == 1
    assert delivery.delivered == ["a", "b", "c"]
    delivery.answers.set()
    stuck.join()
    assert delivery.delivered[-1] == "stuck"


def test_so_many_work_at_once_and_no_more() -> None:
    gate, at_once, most = Gate(2, patience=30), [0], [0]
    lock = threading.Lock()

    def work() -> None:
        with gate.through():
            with lock:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            threading.Event().wait(0.02)
            with lock:
                at_once[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [2]


def test_a_place_that_was_given_up_is_not_given_back_twice() -> None:
    gate = Gate(1, patience=0.01)
    with gate.through():
        threading.Event().wait(0.05)
    assert gate._free._value == 1
