"""A full day: what rules open waits for the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from casework import HOURS, opened
from stories import LITTLE, Story, a_playbook, day, messages

from flows.desk import Desk
from flows.events import (
    SaysStuck,
    Tick,
)

HELD = LITTLE.replace(
    "escalations:", "escalations:\n  - {escalation: silent, when: days_in >= 1, risk: account.employees + 1, instead: gone_quiet}"
)
FULL = f'{{channel: "#csm", zone: Europe/Berlin, {HOURS}, max_new_cases: 3}}'
KNOWN = "{person: {role: other}, account: {employees: 1}}"
ONLY_WELCOME = "[{message: welcome, right_away: true}]"


def a_full_day(**desk: Any) -> Story:
    story = Story(a_playbook(HELD, team=FULL, traits=KNOWN, sequence=ONLY_WELCOME))
    story.joins()
    story.subject = replace(story.subject, desk=Desk(opened_today={"#csm": 3}, **desk))
    return story


def test_on_a_full_day_a_rule_waits_for_the_next_and_ana_gets_the_next_best_thing() -> None:
    story = a_full_day()
    story.now = day(1, "10:00")
    decision = story.happens(Tick)
    held = decision.person.held
    assert held is not None
    assert (held.escalation, held.risk, held.team) == ("silent", 2.0, "#csm")
    assert held.until == day(2, "08:00"), "nine in Berlin"
    assert decision.case is None
    assert story.reasons()["escalation.silent"][0] == "held"
    assert messages(decision) == ["gone_quiet"]


def test_who_asks_for_a_human_on_a_full_day_gets_one() -> None:
    story = a_full_day(held={"#csm": 4})
    decision = story.happens(SaysStuck)
    assert opened(decision).waiting == 4


def test_what_waited_opens_when_the_next_day_starts() -> None:
    story = a_full_day()
    story.now = day(1, "10:00")
    story.happens(Tick)
    story.subject = replace(story.subject, desk=Desk())
    story.now = day(2, "08:00")
    assert "case_card" in messages(story.happens(Tick))
    assert story.subject.person.held is None


def test_what_is_not_so_any_more_when_the_day_starts_is_let_go_with_a_reason() -> None:
    held = HELD.replace("when: days_in >= 1,", 'when: "days_in >= 1 and steps_done == 0",')
    story = Story(a_playbook(held, team=FULL, traits=KNOWN))
    story.joins()
    story.subject = replace(story.subject, desk=Desk(opened_today={"#csm": 3}))
    story.now = day(1, "10:00")
    story.happens(Tick)
    assert story.does("source.connected").person.held is None
    story.now = day(2, "08:00")
    assert "case_card" not in messages(story.happens(Tick))


def test_by_night_a_counting_team_opens_nothing_so_that_the_riskiest_can_be_first() -> None:
    story = Story(a_playbook(HELD, team=FULL, traits=KNOWN))
    story.joins()
    story.now = day(1, "02:00")
    decision = story.happens(Tick)
    assert decision.person.held is not None
    assert decision.person.held.until == day(1, "08:00")
