"""A case changes hands."""

from __future__ import annotations

from dataclasses import replace

from casework import MAYA, TOM, TWO, an_open_case, ana, case_of, claims, heard, notes, opened, writes
from stories import day, messages

from flows.decision import Draw
from flows.desk import Desk
from flows.events import (
    Answered,
    CaseAssigned,
    CaseClosed,
    SaysStuck,
)


def test_assigning_to_somebody_else_does_not_claim_and_ana_hears_nothing() -> None:
    story = ana()
    story.happens(SaysStuck)
    decision = story.happens(CaseAssigned, case=case_of(story).id, to="U_TOM", to_name="Tom Okafor", **MAYA)
    assert (opened(decision).owner, opened(decision).state) == ("U_TOM", "open")
    assert messages(decision) == ["case_note"]


def test_assigning_to_oneself_is_a_claim() -> None:
    story = ana()
    story.happens(SaysStuck)
    decision = story.happens(CaseAssigned, case=case_of(story).id, to="U_TOM", to_name="Tom Okafor", **TOM)
    assert (opened(decision).claimed_by, messages(decision)) == ("U_TOM", ["claimed"])


def test_a_claimed_case_can_be_handed_over_and_ana_who_knew_a_name_hears_the_new_one() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    decision = story.happens(CaseAssigned, case=case_of(story).id, to="U_TOM", to_name="Tom Okafor", **MAYA)
    assert (opened(decision).claimed_by, opened(decision).owner) == ("U_TOM", "U_TOM")
    assert "handed_over" in messages(decision)
    assert messages(writes(story, "hm")) == []
    assert messages(writes(story, "Hello Ana", TOM)) == ["csm_reply"]


def test_a_claimed_case_can_go_back_to_everybody() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    decision = story.happens(CaseAssigned, case=case_of(story).id, to="", to_name="", **MAYA)
    assert (opened(decision).state, opened(decision).owner, opened(decision).claimed_by) == ("open", "", "")
    assert "handed_over" in messages(decision)
    assert claims(story, TOM).case is not None
    assert case_of(story).claimed_name == "Tom Okafor"


def test_a_case_that_tom_was_given_can_be_claimed_by_maya() -> None:
    story = ana(roster=TWO, owner="U_TOM")
    story.happens(SaysStuck)
    claims(story)
    assert (case_of(story).owner, case_of(story).claimed_by) == ("U_MAYA", "U_MAYA")


# The other cases of an account


def test_the_second_case_of_an_account_draws_the_card_of_the_first_again_and_so_does_its_end() -> None:
    story = ana(desk=Desk(open=(an_open_case("U_TOM", 1, "acme"),)))
    assert Draw("case", "p1.1") in story.happens(SaysStuck).draws
    story.subject = replace(story.subject, desk=Desk(open=(an_open_case("U_TOM", 1, "acme"),)))
    story.happens(CaseClosed, case=case_of(story).id, **MAYA)
    story.subject = replace(story.subject, desk=Desk(open=(an_open_case("U_TOM", 1, "acme"),)))
    assert Draw("case", "p1.1") in story.happens(Answered, survey="solved", value="yes").draws


def test_what_was_answered_stays_answered_when_another_has_it() -> None:
    story = ana(roster=TWO)
    story.happens(SaysStuck)
    claims(story)
    writes(story, "Try port 5432")
    story.now = day(1, "09:00")
    story.happens(CaseAssigned, case=case_of(story).id, to="U_TOM", to_name="Tom Okafor", **MAYA)
    assert case_of(story).our_word_at is not None
    assert case_of(story).claim_ends_at == day(2, "09:00"), "Tom has a clock of his own"
    assert "still_waiting" not in story.until(day(3))
    assert not [what for _, what, _ in heard(story) if what in ("late_owner", "case_late")]


def test_a_case_given_back_is_unclaimed_from_that_moment() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    writes(story, "Try port 5432")
    story.now = day(2, "09:00")
    decision = story.happens(CaseAssigned, case=case_of(story).id, to="", to_name="", **MAYA)
    assert notes(decision) == ["back"]


def test_giving_it_to_who_has_it_says_nothing_again() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    decision = story.happens(CaseAssigned, case=case_of(story).id, to="U_MAYA", to_name="Maya Chen", **TOM)
    assert messages(decision) == []


def test_who_loses_a_case_sees_it_leave_their_home() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    decision = story.happens(CaseAssigned, case=case_of(story).id, to="U_TOM", to_name="Tom Okafor", **MAYA)
    assert {Draw("team", "U_MAYA"), Draw("team", "U_TOM")} <= set(decision.draws)
