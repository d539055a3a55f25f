"""A case changes hands."""

from __future__ import annotations

from dataclasses import replace

from casework import MAYA, TOM, TWO, an_open_case, ana, case_of, claims, opened, writes
from stories import messages

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
