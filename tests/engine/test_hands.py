"""What a worker does while a provider keeps some of it waiting."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.engine import hands
from bot.engine.gate import Gate
from bot.engine.hands import Hands
from storage.jobs import BULK, URGENT


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


def some_hands(delivery: SlowDelivery) -> Hands:
    return Hands(cast(Any, None), cast(Any, delivery), cast(Any, SimpleNamespace(messages=lambda: 0)), threads=1)


def test_a_claim_that_waits_for_one_workspace_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "PATIENCE", 0.05)
    delivery = SlowDelivery()
    ours = some_hands(delivery)
    stuck = threading.Thread(target=ours.deliver, args=(BULK, "stuck"))
    stuck.start()
    for token in ("a", "b", "c"):
        assert ours.deliver(BULK, token) == 1
    assert delivery.delivered == ["a", "b", "c"]
    delivery.answers.set()
    stuck.join()
    assert delivery.delivered[-1] == "stuck"


def test_an_answer_does_not_stand_in_the_line_of_the_newsletter() -> None:
    delivery = SlowDelivery()
    ours = some_hands(delivery)
    newsletters = [threading.Thread(target=ours.deliver, args=(BULK, "stuck")) for _ in range(3)]
    for newsletter in newsletters:
        newsletter.start()
    answer = threading.Thread(target=ours.deliver, args=(URGENT, "answer"))
    answer.start()
    answer.join(hands.PATIENCE / 2)
    assert delivery.delivered == ["answer"]
    delivery.answers.set()
    for thread in (*newsletters, answer):
        thread.join()
    assert delivery.delivered == ["answer", "stuck", "stuck", "stuck"]


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
