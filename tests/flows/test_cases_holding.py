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
    Undelivered,
)
from flows.simulate import live

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


TWO_RULES = HELD.replace(
    "escalations:\n", "escalations:\n  - {escalation: riskier, title: No step, when: days_in >= 1 and steps_done == 0, risk: 100}\n"
)


def two_held() -> Story:
    story = Story(a_playbook(TWO_RULES, team=FULL, traits=KNOWN, sequence=ONLY_WELCOME))
    story.joins()
    story.subject = replace(story.subject, desk=Desk(opened_today={"#csm": 3}))
    story.now = day(1, "10:00")
    story.happens(Tick)
    return story


def test_the_less_risky_of_two_rules_takes_the_place_of_the_one_let_go() -> None:
    story = two_held()
    assert story.subject.person.held is not None
    assert story.subject.person.held.escalation == "riskier"
    story.subject = replace(story.subject, desk=Desk(opened_today={"#csm": 3}))
    held = story.does("source.connected").person.held
    assert held is not None
    assert held.escalation == "silent"


def test_who_asks_while_a_rule_waits_has_its_reason_in_the_thread() -> None:
    story = two_held()
    decision = story.happens(SaysStuck)
    assert [say.facts["why"] for say in decision.says if say.facts.get("note") == "also"] == ["No step"]


def test_a_larger_number_of_new_cases_frees_who_was_held_today() -> None:
    story = a_full_day()
    story.now = day(1, "10:00")
    story.happens(Tick)
    story.playbooks = a_playbook(HELD, team=FULL.replace("3}", "9}"), traits=KNOWN, sequence=ONLY_WELCOME)
    story.subject = replace(story.subject, desk=Desk(opened_today={"#csm": 3}))
    story.now = day(1, "11:00")
    assert "case_card" in messages(story.happens(Tick))


def test_a_simulated_life_wakes_when_what_waited_may_open() -> None:
    story = a_full_day()
    story.now = day(1, "10:00")
    person = story.happens(Tick).person
    assert person.held is not None
    turns = live(story.playbooks, story.subject, [], day(2, "08:30"))
    assert any(say.message == "case_card" for turn in turns for say in turn.decision.says)


def test_two_rules_that_turn_true_at_once_are_two_notes() -> None:
    rules = "[{escalation: b, when: views >= 1, title: B}, {escalation: c, when: views >= 1, title: C}]"
    story = Story(a_playbook(escalations=rules))
    story.joins()
    story.happens(SaysStuck)
    keys = [say.key for say in story.does("page.viewed").says if say.facts.get("note") == "also"]
    assert len(keys) == len(set(keys)) == 2


def test_what_they_get_instead_and_never_read_was_no_nudge() -> None:
    story = a_full_day()
    story.now = day(1, "10:00")
    (say,) = [say for say in story.happens(Tick).says if say.message == "gone_quiet"]
    assert story.journey.nudged
    story.happens(Undelivered, message_key=say.key, message="gone_quiet", fate="expired")
    assert story.journey.nudged == ()
