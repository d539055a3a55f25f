"""Lanes: one that is slow holds up nobody else, and none is given what nobody could carry."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from bot.lanes import OTHERS, STUCK, Lanes


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What calls wait for that do not end."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def lanes(gate: threading.Event) -> Iterator[Lanes]:
    made = Lanes()
    yield made
    gate.set()
    made.close()


def test_a_workspace_that_always_answers_in_nearly_a_second_is_not_waited_for(lanes: Lanes) -> None:
    lanes.go("slack:T1", [lambda: time.sleep(STUCK * 0.6)] * 4)
    began = time.monotonic()
    assert lanes.wait(10)
    assert time.monotonic() - began < STUCK * 1.5
    assert lanes.stuck("slack:T1")
    assert not lanes.stuck("slack:T2")


def test_while_slack_as_a_whole_does_not_answer_no_lane_is_given_what_nobody_could_carry(lanes: Lanes, gate: threading.Event) -> None:
    for n in range(OTHERS):
        assert lanes.free(f"slack:T{n}") == [f"slack:T{n}"]
        lanes.go(f"slack:T{n}", [gate.wait])
    assert lanes.free("slack:T99") == []
    assert lanes.free("hook:crm") == ["hook:crm"]
    gate.set()
    assert lanes.wait(10)
    assert lanes.free("slack:T99") == ["slack:T99"]


def test_who_was_killed_in_a_call_that_ended_before_anybody_looked_is_heard_all_the_same(lanes: Lanes) -> None:
    lanes.go("slack:T1", [_killed])
    while lanes.free("slack:T1") == []:
        time.sleep(0.001)
    assert lanes.busy
    with pytest.raises(SystemExit):
        lanes.wait(0)


def _killed() -> None:
    raise SystemExit
