"""What time does to a case."""

from __future__ import annotations

from datetime import timedelta

from casework import TOM, TWO, ana, case_of, claims, heard, writes
from stories import day

from flows.events import (
    CaseSnoozed,
    SaysStuck,
)


def test_a_late_answer_reminds_the_owner_then_the_channel_then_whoever_is_above_each_once() -> None:
    story = ana(roster=TWO, owner="U_TOM")
    story.happens(SaysStuck)  # noon in Berlin on Monday; the answer is due at four in the afternoon
    due = case_of(story).respond_by
    assert due is not None
    story.until(due + timedelta(days=5))
    late = [(at, what, to) for at, what, to in heard(story) if what in ("late_owner", "case_late")]
    assert [(what, to) for _, what, to in late] == [("late_owner", "ana.1"), ("case_late", "#csm"), ("case_late", "#leads")]
    assert late[0][0] == due
    assert late[1][0] == due + timedelta(hours=2)
    assert late[2][0] > late[1][0] + timedelta(hours=12), "two working hours later it is Tuesday"


def test_nobodys_case_reminds_the_channel_first() -> None:
    story = ana()
    story.happens(SaysStuck)
    due = case_of(story).respond_by
    assert due is not None
    story.until(due)
    assert [(what, to) for _, what, to in heard(story) if what in ("late_owner", "case_late")] == [("case_late", "#csm")]


def test_an_answer_in_time_reminds_nobody() -> None:
    story = ana(roster=TWO)
    story.happens(SaysStuck)
    claims(story, TOM)
    writes(story, "Hello Ana", TOM)
    story.until(day(2))
    assert not [what for _, what, _ in heard(story) if what in ("late_owner", "case_late", "claim_over")]


def test_a_claim_without_a_word_is_over_after_a_working_day_and_ana_hears_honestly_that_it_is_late() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    story.until(day(1, "12:00"))
    case = case_of(story)
    assert (case.state, case.owner, case.claimed_by) == ("open", "", "")
    said = [what for _, what, _ in heard(story)]
    assert "claim_over" in said
    assert "still_waiting" in said
    claims(story, TOM)
    assert case_of(story).claimed_name == "Tom Okafor"


def test_a_claim_that_ends_before_the_answer_is_due_is_the_teams_business_alone() -> None:
    story = ana(escalations="[{escalation: asked, on: says_stuck, respond_within: 3 working days}]")
    story.happens(SaysStuck)
    claims(story)
    story.until(day(1, "12:00"))
    said = [what for _, what, _ in heard(story)]
    assert "claim_over" in said
    assert "still_waiting" not in said


def test_a_word_keeps_the_claim() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    writes(story, "I'm looking at it")
    story.until(day(2))
    assert case_of(story).claimed_by == "U_MAYA"


def test_what_is_put_aside_reminds_nobody_until_then_and_is_due_again_afterwards() -> None:
    story = ana(roster=TWO, owner="U_TOM")
    story.happens(SaysStuck)
    claims(story, TOM)
    until = day(1, "15:00")
    story.happens(CaseSnoozed, case=case_of(story).id, until=until, **TOM)
    story.until(until - timedelta(minutes=1))
    assert not [what for _, what, _ in heard(story) if what in ("late_owner", "case_late", "claim_over")]
    story.until(until)
    assert [what for at, what, _ in heard(story) if at == until] == ["due_again"]
    story.until(until + timedelta(hours=3))
    assert "late_owner" in [what for _, what, _ in heard(story, until)]


# The end
