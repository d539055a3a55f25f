"""How a case ends."""

from __future__ import annotations

from casework import MAYA, ana, case_of, claims, notes, opened, writes
from stories import day

from flows.events import (
    CaseClosed,
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
