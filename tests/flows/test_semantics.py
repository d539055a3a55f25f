"""The semantics that are fixed, each test with its number (docs/architecture.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stories import LITTLE, MONDAY, Story, a_playbook, day, messages

from flows.events import (
    Answered,
    Asked,
    CaseClaimed,
    CaseClosed,
    CsmReplied,
    Joined,
    Left,
    OptedIn,
    OptedOut,
    ProductEvent,
    Replied,
    SaysStuck,
    Snoozed,
    StepDone,
    Tick,
    Traits,
    Undelivered,
)
from flows.facts import standing, steps_done
from flows.people import Account


def test_1_day_3_goes_out_at_half_past_nine_where_ana_lives() -> None:
    ana = Story(zone="America/Lima")
    ana.now = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    ana.joins()
    ana.until(day(8))
    assert [(at, say.message) for at, say in ana.said if say.message == "day3"] == [(datetime(2026, 3, 5, 14, 30, tzinfo=UTC), "day3")]


def test_1_a_day_counts_from_the_local_date_of_joining() -> None:
    ana = Story(zone="Pacific/Auckland")
    ana.now = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)  # already Tuesday 00:30 there
    ana.joins()
    ana.until(day(4))
    day1 = next(at for at, say in ana.said if say.message == "day1")
    assert day1 == datetime(2026, 3, 3, 20, 30, tzinfo=UTC)  # Wednesday 09:30 there


def test_1_without_any_zone_the_accounts_holds_and_else_the_playbooks() -> None:
    ana = Story(zone="")
    ana.subject = ana.subject.__class__(person=ana.subject.person, account=Account(id="acme", zone="Asia/Tokyo"))
    ana.joins()
    ana.until(day(2))
    assert next(at for at, say in ana.said if say.message == "day1") == datetime(2026, 3, 3, 0, 30, tzinfo=UTC)


def test_1_an_unknown_zone_is_a_reason_and_never_a_lost_message() -> None:
    ana = Story(zone="")
    ana.told(timezone="Mars/Olympus")
    ana.joins()
    assert ana.reasons()["zone"][0] == "unknown"
    assert "day1" in ana.until(day(2))


def test_1_a_closed_day_moves_to_the_next_open_one() -> None:
    ana = Story()
    ana.now = day(4)  # a Friday: day 1 is Saturday
    ana.joins()
    ana.until(day(9))
    assert next(at for at, say in ana.said if say.message == "day1") == datetime(2026, 3, 9, 8, 30, tzinfo=UTC)


def test_2_a_dated_message_asks_its_condition_once_on_its_day() -> None:
    ana = Story()
    ana.joins()
    ana.does("source.connected")
    assert "day3" not in ana.until(day(8))
    assert ana.journey.sent["sequence.day3"].skipped.startswith("not done.source")


def test_2_a_message_whose_moment_never_came_is_skipped_as_too_late() -> None:
    ana = Story()
    ana.joins()
    ana.sleeps_until(day(6))
    assert "too late" in ana.journey.sent["sequence.day1"].skipped


def test_2_a_catch_up_never_brings_two_at_once() -> None:
    ana = Story(a_playbook(limit="{per_day: 3, per_week: 9}"))
    ana.joins()
    assert [m for m in ana.sleeps_until(day(3, "12:00")) if m.startswith("day")] == ["day1"]
    ana.until(day(8))
    dated = [at.date() for at, say in ana.said if say.message in ("day1", "day3")]
    assert len(dated) == len(set(dated))


def test_2_no_room_in_the_budget_waits_and_then_says_so() -> None:
    ana = Story(a_playbook(limit="{per_day: 1, per_week: 1}"))
    ana.joins()
    ana.until(day(9))
    assert ana.journey.sent["sequence.day3"].skipped == "no room in the budget"


def test_2_while_a_human_has_it_a_dated_message_waits_and_then_is_skipped() -> None:
    ana = Story()
    ana.joins()
    ana.happens(SaysStuck)
    ana.happens(CaseClaimed, case=ana.subject.person.case.id, by="U_MAYA", name="Maya Chen")
    ana.happens(CsmReplied, case=ana.subject.person.case.id, by="U_MAYA", name="Maya Chen", text="I'm looking at it")
    ana.until(day(2))
    assert ana.journey.sent["sequence.day1"].held == "a human has it"
    for n in range(2, 8):
        ana.until(day(n))
        if ana.subject.person.case:
            ana.happens(CsmReplied, case=ana.subject.person.case.id, by="U_MAYA", name="Maya Chen", text="still on it")
    assert ana.journey.sent["sequence.day1"].skipped == "a human has it"


def test_3_the_welcome_is_an_answer_to_someone_who_joined_within_the_hour() -> None:
    ana = Story()
    ana.now = datetime(2026, 3, 7, 22, 0, tzinfo=UTC)  # Saturday night
    assert messages(ana.joins(at=ana.now - timedelta(minutes=5))) == ["welcome"]
    assert ana.subject.person.spent == ()


def test_3_a_late_import_waits_for_the_morning() -> None:
    ana = Story()
    ana.now = day(0, "22:00")
    assert messages(ana.joins(at=day(0, "12:00"))) == []
    assert "welcome" in ana.until(day(1, "08:05"))


def test_3_what_they_just_did_is_answered_at_any_hour() -> None:
    ana = Story()
    ana.joins()
    ana.now = day(5, "23:00")
    assert messages(ana.happens(StepDone, step="word", typed=True)) == ["step_done"]


def test_4_one_budget_a_day_across_channels_the_higher_priority_first() -> None:
    rules = """  - {message: low, when: days_in >= 0, priority: 1}
  - {message: high, when: days_in >= 0, priority: 5}"""
    ana = Story(a_playbook(nudges=rules, sequence="[]"))
    assert messages(ana.joins()) == ["high"]
    assert ana.reasons()["nudge.low"] == ("held", "no room in the budget")


def test_4_a_nudge_does_not_take_the_room_of_a_message_that_is_due_later_that_day() -> None:
    ana = Story(a_playbook(nudges="[{message: gone_quiet, when: days_in == 3}]"))
    ana.joins()
    ana.until(day(3, "08:10"))
    ana.happens(Tick)
    assert ana.reasons()["nudge.gone_quiet"] == ("held", "the room is kept for today's dated message")
    assert ana.until(day(3, "16:00")) == ["day3"]


def test_4_what_did_not_arrive_is_given_back() -> None:
    ana = Story()
    ana.joins()
    ana.until(day(1))
    key = ana.subject.person.spent[0].key
    ana.happens(Undelivered, message_key=key, message="day1", fate="failed", why="mailbox full")
    assert ana.subject.person.spent == ()


def test_5_undated_rules_are_asked_once_a_day_at_a_minute_of_their_own() -> None:
    minutes = set()
    for n in range(40):
        ana = Story()
        ana.changed(id=f"person-{n}")
        ana.joins()
        ana.until(day(5, "00:00"))
        minutes.add(ana.subject.person.wake_at)
    assert len(minutes) > 30


def test_5_at_most_one_wake_a_day_beside_the_dated_ones() -> None:
    ana = Story()
    ana.joins()
    ana.until(day(29))
    assert len(ana.decisions) <= 29 + 1 + 4  # a day each, the joining, and the dated messages


def test_5_a_nudge_of_today_is_not_unanswered_yet() -> None:
    ana = Story(a_playbook(escalations="[{escalation: silent, when: nudges_unanswered >= 1}]"))
    ana.joins()
    ana.until(day(7, "23:00"))
    nudge = next(at for at, say in ana.said if say.message == "gone_quiet")
    card = next((at for at, say in ana.said if say.message == "case_card"), None)
    assert card is None or card.date() > nudge.date()


def test_5_a_nudge_comes_again_only_after_its_pause_and_at_most_twice() -> None:
    ana = Story(a_playbook(escalations="[]"))
    ana.joins()
    said = ana.until(day(28))
    assert said.count("gone_quiet") == 2
    first, second = [at for at, say in ana.said if say.message == "gone_quiet"]
    assert second - first >= timedelta(days=4)


def test_5_an_escalation_fires_on_turning_true_and_again_only_after_it_was_false() -> None:
    ana = Story()
    ana.joins()
    ana.does("source.connected")
    ana.does("report.created")
    ana.until(day(9))
    assert "case_card" in messages(ana.happens(Answered, survey="ease", value=1))
    ana.happens(CaseClosed, case=ana.subject.person.case.id, by="U_MAYA", name="Maya Chen")
    ana.happens(Answered, survey="solved", value="yes")
    assert "case_card" not in ana.until(day(12))


def test_6_any_teammate_may_finish_an_account_step() -> None:
    ana = Story()
    ana.joins()
    finished = ana.does("source.connected")
    assert finished.account is not None
    assert "source" in finished.account.steps
    ben = Story()
    ben.subject = ben.subject.__class__(person=ben.subject.person, account=finished.account)
    ben.joins()
    assert "Value" in ben.journey.opened


def test_7_a_dated_message_added_after_its_day_is_skipped() -> None:
    ana = Story(a_playbook(sequence="[{message: welcome, right_away: true}]"))
    ana.joins()
    ana.until(day(2))
    ana.playbooks = a_playbook()
    ana.until(day(4))
    assert ana.journey.sent["sequence.day1"].skipped == "it was added to the playbook after its day"


def test_7_a_renamed_step_keeps_its_state() -> None:
    ana = Story()
    ana.joins()
    ana.happens(StepDone, step="word")
    ana.playbooks = a_playbook(LITTLE.replace("step: word,", "step: greet, was: word,"))
    ana.happens(Tick)
    assert "greet" in ana.decisions[-1].person.journey.steps or ana.reasons()
    assert "greet" in steps_done(next(iter(ana.playbooks)), ana.subject)


def test_7_paused_works_on_a_message() -> None:
    ana = Story(
        a_playbook(LITTLE.replace('{message: day1, after: 1 day, at: "09:30"}', '{message: day1, after: 1 day, at: "09:30", paused: true}'))
    )
    ana.joins()
    assert "day1" not in ana.until(day(8))


def test_8_the_first_match_wins_and_a_kept_segment_stays() -> None:
    ana = Story()
    ana.joins()
    assert ana.journey.segments["stage"].name == "new"
    ana.does("source.connected")
    ana.happens(StepDone, step="word")
    assert ana.journey.segments["stage"].name == "fast"
    ana.until(day(10))
    assert ana.journey.segments["stage"].name == "fast"


def test_9_while_a_case_is_open_free_words_go_to_the_thread() -> None:
    ana = Story()
    ana.joins()
    ana.happens(SaysStuck, text="it says invalid host")
    assert messages(ana.happens(Replied, text="and now it hangs")) == ["case_said"]


def test_9_silence_ends_after_a_working_day_unclaimed_and_the_card_says_so() -> None:
    ana = Story()
    ana.joins()
    ana.happens(SaysStuck)
    said = ana.until(day(1, "12:00"))
    assert "case_note" in said
    assert ana.subject.person.case.loud


def test_9_the_claimants_words_reach_the_person_and_others_stay() -> None:
    ana = Story()
    ana.joins()
    ana.happens(SaysStuck)
    case = ana.subject.person.case.id
    ana.happens(CaseClaimed, case=case, by="U_MAYA", name="Maya Chen")
    assert messages(ana.happens(CsmReplied, case=case, by="U_MAYA", name="Maya Chen", text="Try the read-only user")) == ["csm_reply"]
    assert messages(ana.happens(CsmReplied, case=case, by="U_TOM", name="Tom", text="hm")) == []
    assert messages(ana.happens(CsmReplied, case=case, by="U_TOM", name="Tom", text="hm", sent_on=True)) == ["csm_reply"]


def test_9_two_claim_and_one_wins() -> None:
    ana = Story()
    ana.joins()
    ana.happens(SaysStuck)
    case = ana.subject.person.case.id
    ana.happens(CaseClaimed, case=case, by="U_MAYA", name="Maya Chen")
    ana.happens(CaseClaimed, case=case, by="U_TOM", name="Tom Okafor")
    assert ana.subject.case is not None
    assert ana.subject.case.claimed_name == "Maya Chen"


def test_9_not_yet_reopens_and_yes_closes() -> None:
    ana = Story()
    ana.joins()
    ana.happens(SaysStuck)
    case = ana.subject.person.case.id
    ana.happens(CaseClaimed, case=case, by="U_MAYA", name="Maya Chen")
    assert messages(ana.happens(CaseClosed, case=case, by="U_MAYA", name="Maya Chen")) == ["resolved"]
    assert "reopened" in messages(ana.happens(Answered, survey="solved", value="not_yet"))
    ana.happens(CaseClosed, case=case, by="U_MAYA", name="Maya Chen")
    assert "solved_thanks" in messages(ana.happens(Answered, survey="solved", value="yes"))
    assert ana.subject.person.case is None


def test_9_outside_the_teams_hours_nobody_is_free_and_it_says_until_when() -> None:
    ana = Story()
    ana.now = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)  # Friday evening
    ana.joins()
    say = next(s for s in ana.happens(SaysStuck).says if s.message == "nobody_free")
    assert say.facts["back_at"] == "2026-03-09T08:00:00+00:00"


def test_10_stop_closes_all_and_undo_reopens() -> None:
    ana = Story()
    ana.joins()
    assert messages(ana.happens(OptedOut, channel="all")) == ["stopped"]
    assert ana.subject.person.wake_at is None
    assert messages(ana.happens(OptedIn, channel="all")) == ["resumed"]
    assert "day1" in ana.until(day(2))


def test_10_what_still_waits_is_withdrawn_on_stop() -> None:
    ana = Story()
    ana.joins()
    ana.until(day(1, "08:31"))
    assert any(key.endswith("sequence.day1:1") for key in ana.happens(OptedOut, channel="all").withdraw)


def test_10_unsubscribing_by_mail_closes_email_only() -> None:
    ana = Story()
    ana.joins()
    ana.happens(OptedOut, channel="email", mouth="page")
    ana.until(day(2))
    assert [say.to.via for _, say in ana.said if say.message == "day1"] == [("slack",)]


def test_10_who_stopped_a_channel_is_not_reminded_there() -> None:
    ana = Story()
    ana.joins()
    ana.happens(Snoozed, until=day(0, "13:00"), mouth="slack")
    ana.happens(OptedOut, channel="slack")
    assert ana.until(day(0, "14:00")) == ["next_step"]
    assert ana.said[-1][1].to.via == ("email",)
    ana.happens(Snoozed, until=day(0, "15:00"), mouth="slack")
    ana.happens(OptedOut, channel="email", mouth="page")
    assert ana.until(day(0, "16:00")) == []


def test_10_reopening_one_channel_after_a_stop_leaves_the_other_closed() -> None:
    ana = Story()
    ana.joins()
    ana.happens(OptedOut, channel="all")
    ana.happens(OptedIn, channel="slack")
    assert ana.subject.person.opted_out == ("email",)
    ana.until(day(2))
    assert [say.to.via for _, say in ana.said if say.message == "day1"] == [("slack",)]


def test_11_variants_are_stable_and_shared_by_an_account() -> None:
    experiment = "[{experiment: tone, hypothesis: x, split: {a: 50, b: 50}, measure: report, within: 7 days}]"
    text = LITTLE.replace("when: not done.source}", "when: not done.source, experiment: tone}")
    seen = set()
    for who in ("ana", "ben", "cleo"):
        person = Story(a_playbook(text, experiments=experiment))
        person.changed(id=who)
        person.joins()
        person.until(day(4))
        seen.add(next(say.variant for _, say in person.said if say.message == "day3"))
    assert len(seen) == 1


def test_two_times_a_future_event_counts_as_now() -> None:
    ana = Story()
    ana.joins()
    ana.does("page.viewed", at=ana.now + timedelta(days=400))
    assert ana.subject.person.last_active == ana.now


def test_two_times_an_event_more_than_a_day_old_fires_no_trigger_but_counts() -> None:
    ana = Story()
    ana.joins()
    ana.now = day(3)
    ana.does("page.viewed", at=day(1))
    assert ana.subject.activity["page.viewed"].n == 1
    assert "saw_page" not in ana.until(day(6))


def test_a_trigger_waits_its_two_hours_and_comes_once() -> None:
    ana = Story(a_playbook(sequence="[]"))
    ana.joins()
    ana.does("page.viewed")
    ana.does("page.viewed")
    said = ana.until(day(2))
    assert said.count("saw_page") == 1


def test_a_step_that_needs_two_events_is_done_by_the_second() -> None:
    ana = Story()
    ana.joins()
    ana.does("member.invited")
    assert "invite" not in ana.journey.steps
    ana.does("member.invited")
    assert ana.journey.steps["invite"].how == "product"


def test_done_but_unseen_is_kept_and_answered_and_ticked_when_it_arrives() -> None:
    ana = Story()
    ana.joins()
    assert messages(ana.happens(StepDone, step="source")) == ["done_unseen"]
    assert messages(ana.does("source.connected")) == ["step_done"]


def test_a_milestone_is_celebrated_at_once() -> None:
    ana = Story()
    ana.joins()
    ana.does("source.connected")
    assert "well_done" in messages(ana.does("report.created"))


def test_a_snooze_is_echoed_and_kept_and_they_are_reminded() -> None:
    ana = Story()
    ana.joins()
    until = day(2, "08:00")
    assert messages(ana.happens(Snoozed, until=until)) == ["snoozed"]
    said = ana.until(day(2, "07:59"))
    assert said == []
    assert "next_step" in ana.until(day(2, "08:01"))


def test_who_left_is_left_alone() -> None:
    ana = Story()
    ana.joins()
    ana.happens(Left)
    assert ana.until(day(40)) == []
    assert ana.subject.person.wake_at is None


def test_a_journey_ends_after_its_days() -> None:
    ana = Story(a_playbook(escalations="[]"))
    ana.joins()
    ana.until(day(33))
    assert ana.journey.ended_why == "30 days are over"
    assert ana.subject.person.wake_at is None


def test_traits_arrive_in_any_order_and_the_latest_holds() -> None:
    ana = Story()
    ana.happens(Traits, person={"role": "admin"}, at=MONDAY - timedelta(hours=1))
    ana.happens(Traits, person={"role": "developer"}, at=MONDAY - timedelta(hours=3))
    assert ana.subject.person.traits["role"] == "admin"


def test_enrolment_waits_a_little_for_what_the_crm_says() -> None:
    ana = Story(a_playbook(wait_for="{trait: account.employees, up_to: 2 hours}"))
    ana.joins()
    assert ana.journey is None
    assert messages(ana.happens(Traits, account={"employees": 4}, account_id="acme")) == ["welcome"]


def test_who_never_answers_for_the_crm_is_enrolled_after_the_wait() -> None:
    ana = Story(a_playbook(wait_for="{trait: account.employees, up_to: 2 hours}"))
    ana.joins()
    assert ana.until(day(0, "12:01")) == ["welcome"]


def test_only_changed_reasons_are_told() -> None:
    ana = Story()
    ana.joins()
    ana.happens(Tick)
    assert ana.decisions[-1].reasons == () or all(r.rule != "nudge.gone_quiet" for r in ana.decisions[-1].reasons)


def test_someone_nobody_can_reach_is_not_written_to_and_it_says_why() -> None:
    ana = Story(email="", slack="")
    ana.joins()
    ana.until(day(8))
    assert ana.said == []
    assert ana.journey.sent["sequence.day1"].skipped == "no channel they can be reached by"


def test_a_repeat_of_joining_changes_nothing() -> None:
    ana = Story()
    ana.joins()
    assert messages(ana.happens(Joined)) == []


def test_the_same_story_told_twice_is_the_same() -> None:
    def life() -> list[tuple[datetime, str]]:
        ana = Story()
        ana.joins()
        ana.happens(ProductEvent, name="source.connected")
        ana.until(day(30))
        return [(at, say.key) for at, say in ana.said]

    assert life() == life()


def test_the_product_says_who_left_and_the_journey_ends() -> None:
    text = LITTLE.replace("ends: 30 days", "ends: 30 days\nleaves_on: user.gone")
    ana = Story(a_playbook(text.replace("events:\n", "events:\n  user.gone: Gone\n")))
    ana.joins()
    ana.does("user.gone")
    assert ana.journey.ended_why == "they left"
    assert ana.until(day(40)) == []


def test_someone_imported_long_after_joining_is_not_mailed() -> None:
    ana = Story()
    ana.joins(at=MONDAY - timedelta(days=200))
    assert ana.journey is None
    assert ana.reasons()["enrol.little"] == ("late", "they joined more than 30 days ago")
    ben = Story()
    ben.joins(at=MONDAY - timedelta(days=12))
    assert ben.until(day(9)) == []


def test_a_journey_whose_time_is_over_says_nothing_more() -> None:
    ana = Story(a_playbook(escalations="[]"))
    ana.joins()
    ana.until(day(3))
    assert ana.sleeps_until(day(60)) == []
    assert ana.journey.ended_why == "30 days are over"


def test_7_paused_works_on_a_whole_playbook() -> None:
    idle = "[{escalation: idle, when: days_idle >= 2}]"
    ana = Story(a_playbook(escalations=idle))
    ana.joins()
    ana.playbooks = a_playbook(LITTLE.replace("playbook: little", "playbook: little\npaused: true"), escalations=idle)
    assert ana.until(day(12)) == []
    assert messages(ana.happens(StepDone, step="word", typed=True)) == ["step_done"]  # whoever asks is still answered


def a_solved_case() -> Story:
    ana = Story()
    ana.joins()
    ana.happens(SaysStuck)
    ana.happens(CaseClaimed, case="ana.1", by="U_MAYA", name="Maya Chen")
    ana.happens(CaseClosed, case="ana.1", by="U_MAYA", name="Maya Chen")
    ana.happens(Answered, survey="solved", value="yes", case="ana.1")
    return ana


def test_9_an_old_yes_does_not_close_a_new_case() -> None:
    ana = a_solved_case()
    ana.happens(SaysStuck, text="something else")
    ana.happens(Answered, survey="solved", value="yes", case="ana.1")
    assert ana.subject.person.case is not None


def test_9_a_not_yet_after_the_case_was_closed_reaches_a_human() -> None:
    ana = a_solved_case()
    assert "case_card" in messages(ana.happens(Answered, survey="solved", value="not_yet", case="ana.1"))


def test_9_a_reopened_case_is_quiet_again() -> None:
    ana = Story()
    ana.joins()
    ana.happens(SaysStuck)
    ana.happens(CaseClosed, case="ana.1", by="U_MAYA", name="Maya Chen")
    ana.now = day(2, "09:00")
    ana.happens(Answered, survey="solved", value="not_yet", case="ana.1")
    assert ana.subject.person.case is not None
    assert not ana.subject.person.case.loud


def test_9_what_would_close_a_case_does_not_close_it_as_it_opens() -> None:
    rule = "[{escalation: silent, when: days_idle >= 3, close_when: steps_done >= 1}]"
    ana = Story(a_playbook(escalations=rule, nudges="[]"))
    ana.joins()
    ana.does("source.connected")
    ana.until(day(4))
    assert ana.subject.person.case is not None


def test_2_a_dated_message_waits_for_the_case_that_opens_with_it() -> None:
    rule = "[{escalation: silent, when: days_idle >= 3}]"
    ana = Story(a_playbook(escalations=rule, nudges="[]"))
    ana.joins()
    ana.until(day(3, "08:29"))
    said = ana.until(day(3, "08:31"))
    assert ("case_card" in said) != ("day3" in said)


def test_7_whose_playbook_is_gone_is_answered_and_not_moved_to_another() -> None:
    ana = Story()
    ana.joins()
    ana.playbooks = a_playbook(LITTLE.replace("playbook: little", "playbook: other"))
    assert messages(ana.happens(Tick)) == []
    assert ana.subject.person.wake_at is None
    assert ana.journey.playbook == "little"


def test_7_a_welcome_added_later_does_not_go_to_those_in_flight() -> None:
    ana = Story(a_playbook(sequence="[{message: day1, after: 1 day}]"))
    ana.joins()
    ana.now = day(0, "11:00")
    ana.playbooks = a_playbook()
    assert "welcome" not in messages(ana.happens(Tick))


def test_two_milestones_by_one_event_are_both_celebrated() -> None:
    text = LITTLE.replace("minutes: 5}", "minutes: 5, milestone: true}").replace("done_by: report.created", "done_by: source.connected")
    ana = Story(a_playbook(text))
    ana.joins()
    said = ana.does("source.connected").says
    assert len({say.key for say in said if say.message == "well_done"}) == 2


def test_who_comes_back_goes_on_where_they_were() -> None:
    ana = Story()
    ana.joins()
    ana.does("source.connected")
    ana.happens(Left)
    ana.now = day(2)
    ana.does("page.viewed")
    assert ana.journey.ended_at is None
    assert "source" in ana.journey.steps


def test_a_goal_we_asked_for_long_ago_is_not_every_sentence_since() -> None:
    ana = Story()
    ana.joins()
    ana.happens(Asked, about="goal")
    ana.until(day(2))
    assert "did_you_mean" in messages(ana.happens(Replied, text="the export gives me error 500"))


def test_a_survey_that_never_arrived_waits_for_no_answer() -> None:
    ana = Story(a_playbook(surveys="[{survey: ease, message: ask_ease, when: days_in >= 1, answers: 1 to 5}]", sequence="[]"))
    ana.joins()
    ana.until(day(2))
    key = next(say.key for _, say in ana.said if say.message == "ask_ease")
    ana.happens(Undelivered, message_key=key, message="ask_ease", fate="failed")
    ana.now = day(6)
    assert standing(next(iter(ana.playbooks)), ana.subject, ana.now).facts["waiting"]["ease"] == 0


def test_7_a_renamed_nudge_does_not_begin_to_count_again() -> None:
    nudge = "[{message: quiet, when: days_idle >= 2, again_after: 1 day, at_most: 2}]"
    ana = Story(a_playbook(escalations="[]", nudges=nudge))
    ana.joins()
    ana.until(day(7))
    assert [say.message for _, say in ana.said].count("quiet") == 2
    ana.playbooks = a_playbook(
        escalations="[]", nudges="[{message: still, was: quiet, when: days_idle >= 2, again_after: 1 day, at_most: 2}]"
    )
    assert ana.until(day(20)) == []


def test_7_what_waits_for_a_rule_that_is_gone_waits_no_more() -> None:
    ana = Story()
    ana.joins()
    ana.does("page.viewed")
    ana.playbooks = a_playbook(triggers="[{message: well_done, on: milestone}]")
    ana.happens(Tick)
    assert ana.journey.waiting == ()


def test_ana_is_not_asked_something_in_the_minute_in_which_she_is_answered() -> None:
    ana = Story(
        a_playbook(
            triggers="[{message: well_done, on: milestone}]",
            surveys="[{survey: ease, message: ask_ease, when: done.report, answers: 1 to 5}]",
            sequence="[{message: welcome, right_away: true}]",
            nudges="[]",
        )
    )
    ana.joins()
    ana.until(day(1, "11:00"))
    said = messages(ana.does("report.created"))
    assert "well_done" in said
    assert "ask_ease" not in said
    assert "ask_ease" in ana.until(day(2, "18:00"))
