"""From one playbook to another: who moves, what they keep, and what a colleague's choice is worth."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from stories import LITTLE, MONDAY, Story, a_text, messages

from flows.checklist import checklist
from flows.events import SaysStuck, Tick, Traits
from flows.library import Playbooks
from flows.reading import read_playbook

BIG = a_text(
    LITTLE.replace("playbook: little", "playbook: big").replace(
        "{message: welcome, right_away: true}", "{message: hello_big, right_away: true}"
    ),
    enroll_when="account.employees >= 100",
    ends="60 days",
    segments="  size:\n    - {is: large, when: account.employees >= 500}\n    - {is: large_enough}",
    triggers="[{message: well_done, on: milestone}]",
    experiments="[]",
)


def shelf(*, big: str = BIG, little: str = LITTLE, **more: Any) -> Playbooks:
    """The big playbook before the little one, which takes everybody."""
    found = {}
    for text in (big, little):
        playbook, problems = read_playbook(text, "x.yaml")
        assert playbook is not None, problems
        found[playbook.playbook] = playbook
    return Playbooks(found, {}, **more)


def ana_on_little(playbooks: Playbooks | None = None) -> Story:
    ana = Story(playbooks or shelf())
    ana.joins()
    assert ana.journey.playbook == "little"
    return ana


def grows(ana: Story, employees: int = 200) -> list[str]:
    return messages(ana.happens(Traits, account={"employees": employees}))


def test_ana_whose_company_turns_out_large_moves_on_the_same_journey_with_her_steps_done() -> None:
    ana = ana_on_little()
    ana.does("source.connected")
    id, started = ana.journey.id, ana.journey.started
    grows(ana)
    assert (ana.journey.playbook, ana.journey.id, ana.journey.started) == ("big", id, started)
    assert ana.journey.moved == ("little",)
    assert ana.reasons()["journey"] == ("moved", "little → big: account.employees >= 100: account.employees is 200")
    drawn = checklist(ana.playbooks["big"], ana.subject, ana.now)
    assert drawn.steps[0].status == "done"


def test_she_is_not_welcomed_twice_even_when_both_come_within_a_moment() -> None:
    ana = ana_on_little()
    assert [say.message for _, say in ana.said] == ["welcome"]
    assert "hello_big" not in grows(ana)
    ana.now += timedelta(days=1)
    ana.until(MONDAY + timedelta(days=5))
    assert "hello_big" not in [say.message for _, say in ana.said]
    assert ana.reasons()["sequence.hello_big"] == ("skipped", "they were welcomed before")


def test_messages_of_days_gone_by_are_skipped_and_those_to_come_are_said() -> None:
    late = BIG.replace('{message: day1, after: 1 day, at: "09:30"}', '{message: first_call, after: 2 days, at: "09:30"}')
    late = late.replace(
        '{message: day3, after: 3 days, at: "09:30", when: not done.source}', '{message: check_in, after: 7 days, at: "09:30"}'
    )
    ana = ana_on_little(shelf(big=late))
    ana.until(MONDAY + timedelta(days=3))
    grows(ana)
    assert ana.reasons()["sequence.first_call"][0] == "skipped"
    assert ana.until(MONDAY + timedelta(days=8)) == ["check_in"]


def test_what_waited_for_the_old_playbook_is_dropped_with_a_reason_and_an_open_case_stays() -> None:
    ana = ana_on_little()
    ana.does("page.viewed")
    assert ana.journey.waiting
    ana.happens(SaysStuck)
    case = ana.subject.person.case
    grows(ana)
    assert ana.journey.waiting == ()
    assert ana.reasons()["trigger.saw_page"] == ("skipped", "they moved to big")
    assert case is not None
    assert ana.subject.person.case is not None
    assert ana.subject.person.case.id == case.id


def test_segments_of_the_old_playbook_go_and_those_of_the_new_one_are_settled() -> None:
    ana = ana_on_little()
    assert list(ana.journey.segments) == ["stage"]
    grows(ana)
    assert {name: one.name for name, one in ana.journey.segments.items()} == {"size": "large_enough"}


def test_who_no_playbook_takes_any_more_stays() -> None:
    ana = ana_on_little(shelf(little=a_text(enroll_when="account.plan == 'starter'")))
    ana.happens(Traits, account={"plan": "gold"})
    assert ana.journey.playbook == "little"


def test_a_paused_or_resting_playbook_takes_nobody() -> None:
    for playbooks in (shelf(big=BIG + "paused: true\n"), shelf(resting=frozenset({"big"}))):
        ana = ana_on_little(playbooks)
        grows(ana)
        assert ana.journey.playbook == "little"


def test_whoever_is_done_is_not_moved() -> None:
    ana = ana_on_little(shelf(little=a_text(complete_when="done.source")))
    ana.does("source.connected")
    assert ana.journey.done_at is not None
    grows(ana)
    assert "little" in ana.subject.person.past
    assert ana.journey.moved == ()


def test_a_choice_by_hand_wins_and_is_kept_until_it_is_lifted() -> None:
    ana = ana_on_little()
    ana.told(playbook="big")
    assert ana.journey.playbook == "big"
    assert ana.reasons()["journey"] == ("moved", "little → big: chosen by hand")
    grows(ana, 3)
    assert ana.journey.playbook == "big"
    ana.told(playbook="")
    assert ana.journey.playbook == "little"
    assert ana.journey.moved == ("little", "big")


def test_a_choice_for_the_company_moves_teammates_at_their_next_wake_and_their_own_goes_before_it() -> None:
    ana = ana_on_little()
    ana.happens(Traits, account={"playbook": "big"})
    assert ana.journey.playbook == "big"
    ben = ana_on_little()
    ben.subject = type(ben.subject)(person=ben.subject.person, account=ana.subject.account)
    ben.happens(Tick)
    assert ben.journey.playbook == "big"
    ben.told(playbook="little")
    assert ben.journey.playbook == "little"


def test_a_choice_that_leads_nowhere_is_refused_in_words_and_nothing_moves() -> None:
    ana = ana_on_little()
    ana.told(playbook="bigg")
    assert ana.journey.playbook == "little"
    assert ana.reasons()["journey.choice"] == ("refused", "unknown playbook bigg, did you mean big?")


def test_a_choice_made_before_they_join_decides_how_they_begin() -> None:
    ana = Story(shelf())
    ana.told(playbook="big")
    assert messages(ana.joins()) == ["hello_big"]
    assert ana.journey.playbook == "big"


def test_due_days_count_from_the_move_so_that_nobody_is_late_at_once() -> None:
    due = BIG.replace(
        "{step: word, title: Say hello, done_by: their word}", "{step: word, title: Say hello, done_by: their word, due: 3 days}"
    )
    due = due.replace("{is: large, when: account.employees >= 500}", "{is: late, when: behind_days >= 1}").replace(
        "expect_within: 2 days, ", ""
    )
    ana = ana_on_little(shelf(big=due))
    ana.until(MONDAY + timedelta(days=10))
    grows(ana)
    assert ana.journey.segments["size"].name == "large_enough"
    ana.until(MONDAY + timedelta(days=15))
    assert ana.journey.segments["size"].name == "late"


def test_whoever_came_to_the_end_does_not_begin_again_where_they_came_from() -> None:
    ana = ana_on_little(shelf(big=BIG.replace("ends: 60 days", "ends: 20 days") + "complete_when: done.source\n"))
    grows(ana)
    ana.does("source.connected")
    grows(ana, 3)
    assert ana.subject.person.past == ("little", "big")
    assert ana.journey.ended_at is not None


def test_two_systems_that_disagree_about_her_company_do_not_send_her_to_and_fro() -> None:
    ana = ana_on_little()
    for employees in (100, 99, 100, 99):
        ana.now += timedelta(hours=1)
        grows(ana, employees)
    assert (ana.journey.playbook, ana.journey.moved) == ("big", ("little",))
    assert ana.reasons()["journey.back"] == ("refused", "they came from little, and only a colleague leads back")
    ana.told(playbook="little")
    assert ana.journey.playbook == "little"


def test_who_came_from_the_playbook_that_takes_her_goes_to_no_later_one_either() -> None:
    huge = BIG.replace("playbook: big", "playbook: huge").replace("account.employees >= 100", "account.employees >= 1000")
    playbook, _ = read_playbook(huge, "x.yaml")
    assert playbook is not None
    books = shelf()
    ana = ana_on_little(Playbooks({"huge": playbook, **books.by_name}, {}))
    for employees, then in ((100, "big"), (1000, "huge"), (100, "huge")):
        grows(ana, employees)
        assert ana.journey.playbook == then


def test_a_trait_of_the_products_own_that_is_called_playbook_switches_nothing_off() -> None:
    ana = ana_on_little()
    ana.told(playbook="growth 2026")
    assert ana.reasons()["journey.choice"] == ("refused", "unknown playbook growth 2026")
    grows(ana)
    assert ana.journey.playbook == "big"
