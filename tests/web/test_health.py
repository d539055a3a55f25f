"""What /healthz tells, and what becomes of an event that cannot be decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from town import Town

from bot import handle
from bot.clock import retry_undecided
from flows.decision import Decision
from flows.events import AnyEvent, Tick
from flows.library import Playbooks
from flows.people import Subject, Tally
from storage.reports import Reports

OPENED = {"userId": "ana", "event": "report.opened", "messageId": "m-1"}


class Defect:
    """A defect in the rules that one kind of event runs into, until it is mended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.there = True
        self.hits: Any = lambda event: event.key == "track:m-1"
        self._decide, self._later = handle.decide, timedelta()
        monkeypatch.setattr("bot.handle.decide", self)
        monkeypatch.setattr("bot.clock.machine_now", lambda: datetime.now(UTC) + self._later)

    def __call__(self, playbooks: Playbooks, subject: Subject, event: AnyEvent, now: datetime) -> Decision:
        if self.there and self.hits(event):
            raise ZeroDivisionError("a rule divides by the number of seats")
        return self._decide(playbooks, subject, event, now)

    def tried_again(self, town: Town, times: int = 1) -> None:
        """The sweep comes by, each time half a minute later."""
        for _ in range(times):
            self._later += timedelta(seconds=31)
            retry_undecided(town.house.door)


@pytest.fixture
def town(towns: Callable[..., Town]) -> Town:
    """One for each test: a defect leaves its traces."""
    return towns()


@pytest.fixture
def defect(monkeypatch: pytest.MonkeyPatch) -> Defect:
    return Defect(monkeypatch)


def health(town: Town) -> tuple[int, dict[str, Any]]:
    answer = town.fetch("GET", "/healthz?strict")
    assert answer.headers["content-type"] == "application/json"
    return answer.status, answer.json


def counted(town: Town) -> int:
    person = town.house.reports.find_person("ana")
    assert person is not None
    subject = town.house.door.view(person.id)
    assert subject is not None
    return subject.activity.get("report.opened", Tally()).n


def test_a_quiet_house_is_well(town: Town):
    status, told = health(town)
    assert (status, told["status"], told["database"], told["problems"]) == (200, "ok", "ok", [])
    assert datetime.fromisoformat(told["last_tick"]) > datetime.now(UTC) - timedelta(minutes=1)
    numbers = ("late_seconds", "outbox_age_seconds", "pending", "undecided", "parked", "unknown")
    assert [told[name] for name in numbers] == [0, 0, 0, 0, 0, 0]


def test_a_clock_that_stands_still_while_people_wait_is_told(town: Town):
    town.demo.clock.set(town.demo.now() + timedelta(days=2))
    status, told = health(town)
    assert (status, told["problems"]) == (503, ["the clock or the delivery is behind"])
    assert told["late_seconds"] > 24 * 3600
    assert told["oldest_wake"].startswith("2026-03-0")
    town.settle()
    assert health(town)[0] == 200


def test_messages_that_wait_two_minutes_are_told(town: Town):
    town.acts.say("U_ANA", "what's next?")
    assert health(town)[1]["pending"] >= 1
    assert health(town)[0] == 200  # a moment is nothing
    town.demo.clock.set(town.demo.now() + timedelta(minutes=3))
    status, told = health(town)
    assert (status, told["late_seconds"]) == (503, 0)
    assert told["outbox_age_seconds"] >= 180
    assert told["problems"] == ["a message is due for more than two minutes: it waits for its turn, or for another try"]
    town.settle()
    assert health(town)[0] == 200


def test_a_database_that_does_not_answer_is_told_and_no_riddle(town: Town, monkeypatch: pytest.MonkeyPatch):
    def gone(*_: object) -> None:
        raise OSError("disk I/O error")

    monkeypatch.setattr(Reports, "health", gone)
    assert health(town) == (503, {"status": "problems", "database": "unreachable", "problems": ["the database can't be asked"]})


def test_an_event_that_cannot_be_decided_is_kept_and_its_sender_is_thanked(town: Town, defect: Defect):
    assert town.tells("/v1/track", OPENED).status == 200
    assert (counted(town), town.why()[-1]["undecided"], town.why()[-1]["error"][:17]) == (0, True, "ZeroDivisionError")
    status, told = health(town)
    assert (status, told["undecided"], told["parked"]) == (200, 1, 0)
    town.uses("source.connected")  # what comes after it is not held up
    assert town.why()[-1]["name"] == "source.connected"
    assert not town.why()[-1]["undecided"]
    defect.there = False
    defect.tried_again(town)
    assert (counted(town), health(town)[1]["undecided"]) == (1, 0)


def test_it_is_left_alone_for_half_a_minute_between_two_tries(town: Town, defect: Defect):
    town.tells("/v1/track", OPENED)
    assert retry_undecided(town.house.door) == 0
    defect.tried_again(town)
    assert town.why()[-1]["attempts"] == 2


def test_after_five_tries_it_is_parked_where_people_see_it_and_a_repeat_decides_it(town: Town, defect: Defect):
    town.tells("/v1/track", OPENED)
    defect.tried_again(town, times=3)
    assert health(town)[0] == 200
    defect.tried_again(town)
    status, told = health(town)
    assert (status, told["undecided"], told["parked"], told["problems"]) == (503, 0, 1, ["1 event could not be decided"])
    defect.tried_again(town, times=2)
    assert town.why()[-1]["attempts"] == 5
    defect.there = False
    town.tells("/v1/track", OPENED)
    assert (counted(town), health(town)[0], town.why()[-1]["undecided"]) == (1, 200, False)
    town.tells("/v1/track", OPENED)
    assert counted(town) == 1


def test_a_repeat_decides_it_even_before_it_is_parked(town: Town, defect: Defect):
    town.tells("/v1/track", OPENED)
    defect.there = False
    town.tells("/v1/track", OPENED)
    defect.tried_again(town, times=2)
    assert (counted(town), health(town)[1]["undecided"]) == (1, 0)


def test_a_press_in_slack_that_cannot_be_decided_is_kept_too(town: Town, defect: Defect):
    defect.hits = lambda event: event.source == "slack"
    town.presses("Show me how")
    defect.there = False
    defect.tried_again(town)
    town.settle()
    assert "the address of the database" in town.last().text


def test_somebody_whose_waking_fails_is_asked_again_tomorrow_and_holds_nobody_up(town: Town, defect: Defect):
    town.newcomer("Ben")
    ana = town.house.reports.find_person("ana")
    assert ana is not None
    defect.hits = lambda event: isinstance(event, Tick) and event.who == ana.id
    town.days(1.5)
    assert "day1" in town.messages("ben@solo.test")
    assert "day1" not in town.messages()
    assert health(town)[1]["late_seconds"] == 0
    assert health(town)[1]["undecided"] >= 1
    defect.there = False
    defect.tried_again(town)
    town.days(2)
    assert "day3" in town.messages()
