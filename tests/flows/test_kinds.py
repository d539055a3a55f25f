"""People may do without some kinds of messages. Answers to what they did come all the same."""

from __future__ import annotations

import pytest
from stories import Story, a_playbook, day, messages

from flows.events import StepDone, Tick
from flows.library import SHIPPED
from flows.parts.rules import KINDS
from flows.reading import read_playbook, read_playbooks


def ana_without(*kinds: str, **changed: str) -> Story:
    ana = Story(a_playbook(**changed) if changed else None)
    ana.joins()
    ana.changed(chosen={"without": ", ".join(kinds)})
    return ana


def test_every_part_of_a_playbook_has_a_kind_unless_it_says_another() -> None:
    rules = """  - {series: features, from: 1 day, to: 9 days, messages: [{message: sharing}, {message: news, kind: steps}]}
recurring: [{message: weekly, every: 7 days}]
invitations: [{session: webinar, message: invite}]"""
    playbook = next(iter(a_playbook(series=rules)))
    kinds = {rule.message: rule.kind for _, rule in playbook.rules()}
    assert kinds["welcome"] == kinds["saw_page"] == kinds["gone_quiet"] == kinds["news"] == "steps"
    assert (kinds["sharing"], kinds["weekly"], kinds["invite"]) == ("tips", "summaries", "invitations")
    assert {kinds[survey.message] for survey in playbook.surveys} == {"questions"}


def test_a_dated_message_of_a_kind_ana_does_without_is_skipped_and_does_not_wait() -> None:
    ana = ana_without("steps")
    ana.until(day(1))
    assert ana.journey.sent["sequence.day1"].skipped == "they do without steps"
    assert ana.reasons()["sequence.day1"] == ("skipped", "they do without steps")
    ana.changed(chosen={})
    assert "day1" not in ana.until(day(2))


def test_a_nudge_is_quiet_until_ana_wants_it_again() -> None:
    ana = ana_without("steps", sequence="[{message: welcome, right_away: true}]", nudges="[{message: hint, when: days_in >= 1}]")
    assert "hint" not in ana.until(day(3))
    assert ana.reasons()["nudge.hint"] == ("held", "they do without steps")
    ana.changed(chosen={})
    assert "hint" in ana.until(day(4, "18:00"))


def test_a_trigger_that_answers_at_once_comes_whatever_ana_does_without() -> None:
    ana = ana_without("steps", triggers="[{message: well_done, on: milestone}]")
    assert "well_done" in messages(ana.does("report.created"))


def test_a_trigger_that_waited_is_no_answer_and_ana_does_without_it() -> None:
    ana = ana_without("steps", triggers="[{message: well_done, on: milestone, wait: 1 hour}]")
    ana.does("report.created")
    assert "well_done" not in ana.until(day(2))
    assert ana.reasons()["trigger.well_done"] == ("skipped", "they do without steps")


def test_a_series_gives_its_day_to_a_message_of_a_kind_she_wants() -> None:
    two = '  - {series: f, from: 1 day, to: 9 days, at: "10:00", messages: [{message: sharing}, {message: news, kind: steps}]}\n'
    ana = ana_without("tips", series=two, sequence="[{message: welcome, right_away: true}]", nudges="[]")
    assert ana.until(day(1)) == ["news"]
    ana.until(day(2))
    assert ana.reasons()["series.f"] == ("skipped", "they do without tips")
    ana.changed(chosen={})
    assert "sharing" in ana.until(day(3))


def test_a_round_is_skipped_and_the_next_comes_when_she_wants_them_again() -> None:
    ana = ana_without(
        "summaries", recurring='[{message: weekly, every: 7 days, at: "09:30"}]', sequence="[{message: hi, right_away: true}]"
    )
    ana.until(day(8))
    assert ana.journey.sent["recurring.weekly#1"].skipped == "they do without summaries"
    ana.changed(chosen={})
    assert "weekly" in ana.until(day(15))


def test_a_question_is_not_asked_of_who_does_without_questions() -> None:
    ana = ana_without("questions", surveys="[{survey: ease, message: ask_ease, when: days_in >= 1, answers: 1 to 5}]")
    ana.now = day(1)
    assert "ask_ease" not in messages(ana.happens(Tick))
    assert ana.reasons()["survey.ease"] == ("held", "they do without questions")


def test_what_ana_does_is_answered_whatever_she_does_without() -> None:
    ana = ana_without(*KINDS)
    assert messages(ana.happens(StepDone, step="word", typed=True)) == ["step_done"]


def test_a_kind_there_is_not_is_refused_with_the_one_that_was_meant() -> None:
    text = (SHIPPED / "smb.yaml").read_text(encoding="utf-8").replace("right_away: true,", "right_away: true, kind: step,", 1)
    (problem,) = read_playbook(text, "smb.yaml")[1]
    assert problem.message.endswith("not 'step', did you mean steps?")


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_playbook_goes_on_without_any_kind(kind: str) -> None:
    ana = Story(read_playbooks([SHIPPED])[0])
    ana.joins()
    ana.changed(chosen={"without": kind})
    ana.until(day(50))
    rules = {rule.message: rule.kind for _, rule in ana.playbooks["smb"].rules()}
    late = [say.message for at, say in ana.said if at > day(0) and not say.essential]
    assert [name for name in late if rules.get(name) == kind] == []
