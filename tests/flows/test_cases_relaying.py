"""What passes between Ana and Maya, and the ten seconds in which it can be taken back."""

from __future__ import annotations

from datetime import timedelta

from casework import LOG, MAYA, TOM, TWO, ana, case_of, claims, heard, notes, writes
from stories import day, messages

from flows.events import (
    CsmChanged,
    CsmTookBack,
    Replied,
    SaysStuck,
    Snoozed,
    StepDone,
    Undelivered,
)
from flows.relaying import UNDO, last_word, reply_key


def test_mayas_words_wait_ten_seconds_under_a_key_that_can_be_found() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    (say,) = writes(story, "Try the read-only user", key="C1/1.5", face="https://face.test/maya", files=(LOG,)).says
    assert say.key == reply_key(case_of(story).id, "C1/1.5")
    assert say.due_at == story.now + UNDO
    assert (say.facts["csm"], say.facts["face"], say.facts["files"][0]["name"]) == ("Maya Chen", "https://face.test/maya", "log.txt")


def test_what_maya_takes_back_in_time_never_leaves() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    (say,) = writes(story, "Are you kidding", key="C1/1.5").says
    story.now += timedelta(seconds=8)
    decision = story.happens(CsmTookBack, case=case_of(story).id, reply="C1/1.5", **MAYA)
    assert decision.withdraw == (say.key,)
    assert notes(decision) == []
    assert case_of(story).our_word_at is None


def test_what_maya_takes_back_too_late_is_said_aloud() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    writes(story, "Are you kidding", key="C1/1.5")
    story.now += timedelta(seconds=11)
    decision = story.happens(CsmTookBack, case=case_of(story).id, reply="C1/1.5", sent=True, **MAYA)
    assert (decision.withdraw, notes(decision)) == ((), ["too_late_to_take_back"])


def test_what_maya_changes_in_time_goes_out_in_the_new_words_each_time() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    (first,) = writes(story, "Try port 5433", key="C1/1.5").says
    story.now += timedelta(seconds=5)
    second = story.happens(CsmChanged, case=case_of(story).id, reply="C1/1.5", text="Try port 5432", **MAYA)
    story.now += timedelta(seconds=5)
    third = story.happens(CsmChanged, case=case_of(story).id, reply="C1/1.5", text="Try port 5432, please", **MAYA)
    assert second.withdraw == (first.key,)
    assert third.withdraw == (second.says[0].key,)
    assert len({first.key, second.says[0].key, third.says[0].key}) == 3
    assert third.says[0].facts["text"] == "Try port 5432, please"
    assert third.says[0].due_at == story.now + UNDO


def test_what_maya_changes_too_late_is_offered_as_a_correction() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    writes(story, "Try port 5433", key="C1/1.5")
    story.now += timedelta(minutes=1)
    decision = story.happens(CsmChanged, case=case_of(story).id, reply="C1/1.5", text="Try port 5432", sent=True, **MAYA)
    (say,) = decision.says
    assert (say.facts["note"], say.facts["text"]) == ("too_late_to_change", "Try port 5432")


def test_words_that_stayed_in_the_thread_can_be_changed_and_deleted_in_peace() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    writes(story, "I know the answer too", TOM, key="C1/1.6")
    story.now += timedelta(minutes=5)
    assert messages(story.happens(CsmChanged, case=case_of(story).id, reply="C1/1.6", text="hm", **TOM)) == []
    assert messages(story.happens(CsmTookBack, case=case_of(story).id, reply="C1/1.6", **TOM)) == []


def test_anas_words_and_files_go_into_the_thread_at_once_and_wait_for_an_answer() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    (say,) = story.happens(Replied, text="now it hangs", files=(LOG,)).says
    assert (say.message, say.due_at, say.facts["files"][0]["id"]) == ("case_said", None, "F1")
    assert last_word(case_of(story)) == story.now
    story.now += timedelta(minutes=1)
    writes(story, "Leave out https://")
    assert last_word(case_of(story)) is None


def test_words_that_did_not_reach_ana_are_said_aloud() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    (say,) = writes(story, "Leave out https://").says
    decision = story.happens(Undelivered, message_key=say.key, message="csm_reply", fate="failed", why="account_inactive")
    assert notes(decision) == ["undelivered"]


def test_what_a_colleague_does_for_ana_is_told_in_the_thread() -> None:
    story = ana()
    story.happens(SaysStuck)
    assert notes(story.happens(StepDone, step="word", by="Maya Chen")) == ["ticked"]
    assert notes(story.happens(Snoozed, until=day(2), by="Maya Chen")) == ["paused"]


# Time


def test_an_undo_brings_back_the_clock_of_the_claim_and_of_the_reminders() -> None:
    story = ana(roster=TWO)
    story.happens(SaysStuck)
    claims(story)
    writes(story, "Are you kidding", key="C1/1.5")
    story.happens(CsmTookBack, case=case_of(story).id, reply="C1/1.5", **MAYA)
    assert case_of(story).claim_ends_at is not None
    story.until(day(1, "12:00"))
    said = [what for _, what, _ in heard(story)]
    assert "late_owner" in said
    assert "claim_over" in said


def test_words_that_did_not_reach_ana_are_no_answer_and_the_clock_goes_on() -> None:
    story = ana(roster=TWO)
    story.happens(SaysStuck)
    claims(story)
    (say,) = writes(story, "Leave out https://").says
    story.happens(Undelivered, message_key=say.key, message="csm_reply", fate="failed", why="account_inactive")
    assert case_of(story).our_word_at is None
    story.until(day(1, "12:00"))
    assert "late_owner" in [what for _, what, _ in heard(story)]


def test_words_that_can_go_nowhere_are_no_answer() -> None:
    story = ana(roster=TWO)
    story.happens(SaysStuck)
    claims(story)
    story.changed(slack="", email="")
    assert notes(writes(story, "Leave out https://")) == ["undelivered"]
    assert case_of(story).our_word_at is None


def test_words_of_which_nobody_knows_whether_they_arrived_are_told_in_the_thread() -> None:
    story = ana()
    story.happens(SaysStuck)
    claims(story)
    (say,) = writes(story, "Leave out https://").says
    decision = story.happens(Undelivered, message_key=say.key, message="csm_reply", fate="unknown")
    assert notes(decision) == ["undelivered"]
    assert "nobody knows" in str(decision.says[0].facts["reason"])
    assert case_of(story).our_word_at is not None


def test_what_ana_writes_after_an_answer_waits_for_one_too() -> None:
    story = ana(roster=TWO)
    story.happens(SaysStuck)
    claims(story)
    writes(story, "Try port 5432")
    story.now = day(1, "09:00")
    story.happens(Replied, text="now it hangs")
    assert case_of(story).respond_by == day(1, "13:00"), "four working hours later"
    assert case_of(story).claim_ends_at == day(2, "09:00")
    first = case_of(story).respond_by
    story.now = day(1, "10:00")
    story.happens(Replied, text="and hangs")
    assert case_of(story).respond_by == first, "who adds a word does not wait longer for it"
    story.until(day(1, "13:00"))
    assert "late_owner" in [what for _, what, _ in heard(story, day(1, "13:00"))]


def test_ana_who_wants_no_messages_and_asked_for_nothing_gets_none_about_a_case() -> None:
    story = ana(escalations='[{escalation: silent, when: "days_in >= 1 and steps_done == 0"}]')
    story.changed(consent=False)
    story.until(day(1, "12:00"))
    assert case_of(story).escalation == "silent"
    assert messages(claims(story)) == []
    assert notes(writes(story, "Shall we look at it together?")) == ["undelivered"]
    story.happens(Replied, text="yes please")
    assert messages(writes(story, "Tuesday at ten?")) == ["csm_reply"]
