"""What time does to a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from casework import MAYA, TEAM, TOM, TWO, an_open_case, ana, case_of, claims, heard, writes
from stories import a_playbook, day

from flows.desk import Desk
from flows.events import (
    CaseSnoozed,
    SaysStuck,
    Snoozed,
    Tick,
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


def test_a_promise_is_kept_although_the_case_is_put_aside() -> None:
    full = Desk(open=(an_open_case("U_MAYA", 1), an_open_case("U_MAYA", 2), an_open_case("U_TOM", 3)))
    story = ana(roster=TWO, desk=full)
    (answer,) = [say for say in story.happens(SaysStuck).says if say.to.kind == "person"]
    story.happens(CaseSnoozed, case=case_of(story).id, until=day(3), **MAYA)
    by = datetime.fromisoformat(answer.facts["respond_by"])
    story.until(by)
    assert (by, "still_waiting", "ana") in heard(story)


def test_an_excuse_that_waits_for_her_hours_is_taken_back_when_somebody_answers() -> None:
    story = ana()
    story.changed(zone="America/Los_Angeles")
    story.happens(SaysStuck)
    claims(story)
    story.until(day(1, "10:00"))
    (late,) = [say for _, say in story.said if say.message == "still_waiting"]
    assert late.due_at is not None
    assert late.due_at > story.now
    assert late.key in claims(story, TOM).withdraw


def test_the_channel_that_is_reminded_is_the_one_with_the_card_and_nobody_is_beyond_it_where_nobody_is_named() -> None:
    story = ana()
    story.happens(SaysStuck)
    case = case_of(story)
    story.subject = replace(story.subject, case=replace(case, team="#csm-smb"))
    story.playbooks = a_playbook(team=TEAM.replace(', escalate_to: "#leads"', ""))
    story.until(day(3))
    assert [to for _, what, to in heard(story) if what == "case_late"] == ["#csm-smb"]


def test_the_bot_stays_quiet_while_a_case_is_put_aside() -> None:
    story = ana()
    story.happens(SaysStuck)
    story.happens(CaseSnoozed, case=case_of(story).id, until=day(3, "09:00"), **MAYA)
    story.until(day(3, "09:00"))
    assert "unclaimed" not in [what for _, what, _ in heard(story)]
    story.until(day(4, "12:00"))
    assert "unclaimed" in [what for _, what, _ in heard(story)]


def test_a_colleagues_pause_shortens_no_quiet_of_anas_own_and_its_end_says_nothing() -> None:
    story = ana()
    story.happens(Snoozed, until=day(4))
    story.happens(Snoozed, until=day(2), by="Maya Chen")
    assert story.subject.person.snoozed_until == day(4)
    story = ana()
    story.happens(Snoozed, until=day(1, "23:30"), by="Maya Chen")
    assert story.until(day(1, "23:30")) == []


def test_a_case_of_before_gets_a_team_and_a_clock() -> None:
    story = ana()
    story.happens(SaysStuck)
    ref = story.subject.person.case
    assert ref is not None
    story.subject = replace(story.subject, case=replace(case_of(story), team=""))
    story.changed(case=replace(ref, remind_at=None))
    story.happens(Tick)
    assert case_of(story).team == "#csm"
    story.until(day(1))
    assert "case_late" in [what for _, what, _ in heard(story)]
