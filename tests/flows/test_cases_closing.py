"""How a case ends."""

from __future__ import annotations

from casework import MAYA, TOM, TWO, ana, case_of, claims, heard, notes, opened, writes
from stories import Story, day, messages

from flows.events import (
    CaseAssigned,
    CaseClosed,
    Left,
    Replied,
    SaysStuck,
    Tick,
)


def test_why_it_was_and_a_note_stay_with_the_case_and_never_reach_ana() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    decision = story.happens(CaseClosed, case=case_of(story).id, reason="A fault of ours", note="the importer again", **MAYA)
    assert (opened(decision).reason, opened(decision).note) == ("A fault of ours", "the importer again")
    assert "importer" not in str([say.facts for say in decision.says])


def test_a_claimed_case_never_closes_by_itself_and_the_thread_hears_once_that_it_could_be() -> None:
    story = ana(escalations='[{escalation: silent, when: "days_in >= 1 and steps_done == 0", close_when: steps_done >= 1}]')
    story.until(day(1, "12:00"))
    claims(story)
    writes(story, "Shall we look at it together?")
    assert notes(story.does("source.connected")) == ["suggest_close"]
    assert case_of(story).suggested
    assert notes(story.happens(Tick)) == []
    assert case_of(story).state == "claimed"


def test_an_unclaimed_case_closes_by_itself() -> None:
    story = ana(escalations='[{escalation: silent, when: "days_in >= 1 and steps_done == 0", close_when: steps_done >= 1}]')
    story.until(day(1, "12:00"))
    assert notes(story.does("source.connected")) == ["solved_by_itself"]
    assert story.subject.person.case is None


# A full day


def asked_whether_it_is_solved() -> Story:
    story = ana(roster=TWO)
    story.happens(SaysStuck)
    claims(story)
    writes(story, "Try port 5432")
    story.now = day(1, "09:00")
    story.happens(CaseClosed, case=case_of(story).id, **MAYA)
    return story


def test_words_while_we_ask_whether_it_is_solved_mean_not_yet() -> None:
    story = asked_whether_it_is_solved()
    assert messages(story.happens(Replied, text="no, still broken")) == ["case_said"]
    assert (case_of(story).state, case_of(story).claimed_by) == ("claimed", "U_MAYA")
    story.until(day(4))
    assert story.subject.person.case is not None


def test_being_stuck_again_while_we_ask_means_not_yet() -> None:
    story = asked_whether_it_is_solved()
    story.happens(SaysStuck)
    assert case_of(story).state == "claimed"
    story.until(day(2))
    assert "late_owner" in [what for _, what, _ in heard(story)]


def test_a_word_of_mayas_after_asking_starts_the_two_days_again() -> None:
    story = asked_whether_it_is_solved()
    story.now = day(2, "09:00")
    writes(story, "And the importer is repaired too")
    story.until(day(3, "12:00"))
    assert story.subject.person.case is not None
    story.until(day(6))
    assert story.subject.person.case is None


def test_an_asked_case_given_back_to_everybody_does_not_close_by_itself() -> None:
    story = asked_whether_it_is_solved()
    story.happens(CaseAssigned, case=case_of(story).id, to="", to_name="", **MAYA)
    claims(story, TOM)
    story.until(day(4))
    assert story.subject.person.case is not None


def test_who_cannot_be_asked_is_not_said_to_have_kept_silent() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    story.changed(slack="", email="")
    assert notes(story.happens(CaseClosed, case=case_of(story).id, **MAYA)) == ["unasked"]
    assert story.subject.person.case is None


WAITS = '[{escalation: silent, when: "days_in >= 1 and not goal_met", close_when: views >= 1}]'


def test_a_claim_that_ends_takes_its_suggestion_along_so_that_the_case_can_close() -> None:
    story = ana(escalations=WAITS)
    story.until(day(1, "12:00"))
    claims(story)
    assert notes(story.does("page.viewed")) == ["suggest_close"]
    story.until(day(3))
    assert story.subject.person.case is None


def test_nobodys_case_closes_when_ana_leaves_and_of_mayas_she_hears() -> None:
    story = ana()
    story.happens(SaysStuck)
    assert notes(story.happens(Left)) == ["left"]
    assert story.subject.person.case is None
    story = ana(roster=TWO)
    story.happens(SaysStuck)
    claims(story)
    assert notes(story.happens(Left)) == ["suggest_close"]
    story.until(day(3))
    assert not [what for _, what, _ in heard(story) if what in ("late_owner", "case_late")]


def test_who_left_and_asks_for_help_all_the_same_gets_it() -> None:
    story = ana()
    story.happens(Left)
    story.now = day(1)
    story.happens(SaysStuck)
    assert story.subject.person.case is not None
    story.until(day(2))
    assert "case_late" in [what for _, what, _ in heard(story)]


def test_what_could_be_closed_and_now_could_not_is_no_suggestion_any_more() -> None:
    story = ana(escalations="[{escalation: silent, when: days_in >= 1, close_when: days_idle < 1}]")
    story.until(day(1, "12:00"))
    claims(story)
    writes(story, "Shall we look at it together?")
    story.does("page.viewed")
    assert case_of(story).suggested
    story.now = day(3)
    story.happens(Tick)
    assert case_of(story).suggested == ""
