"""Cases, as the engine decides them: who has one, what passes between people, and what time does to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from stories import LITTLE, MONDAY, Story, a_playbook, day, messages

from flows.csms import Roster, roster_in
from flows.decision import Decision, Draw
from flows.desk import Desk, OpenCase
from flows.events import (
    Answered,
    CaseAssigned,
    CaseClaimed,
    CaseClosed,
    CaseOpened,
    CaseSnoozed,
    CsmChanged,
    CsmReplied,
    CsmTookBack,
    File,
    Replied,
    SaysStuck,
    Snoozed,
    StepDone,
    Tick,
    Undelivered,
)
from flows.people import Case
from flows.relaying import UNDO, last_word, reply_key

MAYA: dict[str, Any] = {"by": "U_MAYA", "name": "Maya Chen"}
TOM: dict[str, Any] = {"by": "U_TOM", "name": "Tom Okafor"}
LOG = File(id="F1", name="log.txt", mimetype="text/plain", size=9, url="https://files.test/1", team="T1")

HOURS = 'hours: {days: mon-fri, from: "09:00", to: "18:00"}'
TEAM = f'{{channel: "#csm", zone: Europe/Berlin, {HOURS}, remind_after: 2 working hours, escalate_to: "#leads"}}'
TWO = f"""
csms:
  - {{csm: U_MAYA, name: Maya Chen, email: maya@vendor.test, zone: Europe/Berlin, {HOURS}, max_open_cases: 2}}
  - {{csm: U_TOM, name: Tom Okafor, zone: Europe/Berlin, {HOURS}, max_open_cases: 1}}
"""


def a_roster(text: str = TWO) -> Roster:
    roster, problems = roster_in(text, "csms.yaml")
    assert not problems, problems
    return roster


def ana(*, roster: str = "", desk: Desk | None = None, owner: str = "", **changed: str) -> Story:
    """Ana has just joined, on a Monday at noon in Berlin."""
    playbooks = a_playbook(**({"team": TEAM} | changed))
    story = Story(playbooks.staffed(a_roster(roster)) if roster else playbooks)
    story.joins()
    account = story.subject.account
    assert account is not None
    story.subject = replace(story.subject, desk=desk or Desk(), account=replace(account, owner=owner))
    return story


def case_of(story: Story) -> Case:
    case = story.subject.case
    assert case is not None
    return case


def opened(decision: Decision) -> Case:
    assert decision.case is not None
    return decision.case


def claims(story: Story, who: dict[str, Any] = MAYA) -> Decision:
    return story.happens(CaseClaimed, case=case_of(story).id, **who)


def writes(story: Story, text: str, who: dict[str, Any] = MAYA, **more: Any) -> Decision:
    return story.happens(CsmReplied, case=case_of(story).id, text=text, **who, **more)


def notes(decision: Decision) -> list[str]:
    return [str(say.facts["note"]) for say in decision.says if say.message == "case_note"]


def heard(story: Story, since: datetime = MONDAY) -> list[tuple[datetime, str, str]]:
    """When which note or message was said to whom."""
    return [(at, str(s.facts.get("note", s.message)), s.to.ref) for at, s in story.said if at >= since]


def an_open_case(csm: str, n: int = 0, account: str = "other") -> OpenCase:
    return OpenCase(
        id=f"p{n}.1",
        person_id=f"p{n}",
        who="Ben",
        account_id=account,
        team="#csm",
        owner=csm,
        step="source",
        opened_at=MONDAY,
        channel="C1",
        thread="1.2",
    )


# Who takes it


def test_a_case_goes_to_the_owner_of_the_account_by_id_name_or_address() -> None:
    for name in ("U_TOM", "tom okafor"):
        assert opened(ana(roster=TWO, owner=name).happens(SaysStuck)).owner == "U_TOM"
    assert opened(ana(roster=TWO, owner="Maya@vendor.test").happens(SaysStuck)).owner_name == "Maya Chen"


def test_an_owner_who_is_full_gets_no_more_and_whose_turn_it_is_has_it() -> None:
    desk = Desk(open=(an_open_case("U_TOM"),))
    assert opened(ana(roster=TWO, owner="U_TOM", desk=desk).happens(SaysStuck)).owner == "U_MAYA"


def test_round_robin_gives_it_to_who_got_one_longest_ago() -> None:
    desk = Desk(last_given={"U_MAYA": MONDAY, "U_TOM": MONDAY - timedelta(days=1)})
    assert opened(ana(roster=TWO, desk=desk).happens(SaysStuck)).owner == "U_TOM"


def test_by_capacity_it_goes_to_who_has_most_room() -> None:
    desk = Desk(last_given={"U_MAYA": MONDAY})
    assert opened(ana(roster=f"assign: capacity\n{TWO}", desk=desk).happens(SaysStuck)).owner == "U_MAYA"


def test_somebody_who_is_at_work_goes_before_somebody_who_sleeps() -> None:
    asleep = TWO.replace("zone: Europe/Berlin, hours", "zone: Pacific/Auckland, hours", 1)
    desk = Desk(last_given={"U_TOM": MONDAY})
    assert opened(ana(roster=asleep, desk=desk).happens(SaysStuck)).owner == "U_TOM"


def test_who_helps_out_takes_one_only_when_the_others_are_full() -> None:
    helper = TWO.replace("max_open_cases: 1}", "max_open_cases: 1, overflow: true}")
    assert opened(ana(roster=helper, desk=Desk(last_given={"U_MAYA": MONDAY})).happens(SaysStuck)).owner == "U_MAYA"
    full = Desk(open=(an_open_case("U_MAYA", 1), an_open_case("U_MAYA", 2)))
    assert opened(ana(roster=helper, desk=full).happens(SaysStuck)).owner == "U_TOM"


def test_who_has_as_many_accounts_as_they_may_gets_no_new_ones_case() -> None:
    busy = TWO.replace("max_open_cases: 2}", "max_open_cases: 2, max_accounts: 3}")
    assert opened(ana(roster=busy, desk=Desk(accounts={"U_MAYA": 3}, last_given={"U_TOM": MONDAY})).happens(SaysStuck)).owner == "U_TOM"
    theirs = Desk(accounts={"U_MAYA": 3}, open=(an_open_case("U_MAYA", 1, "acme"),), last_given={"U_TOM": MONDAY})
    assert opened(ana(roster=busy, desk=theirs).happens(SaysStuck)).owner == "U_MAYA"


def test_when_everybody_is_full_the_card_knows_and_ana_is_told_a_time_that_we_keep() -> None:
    full = Desk(open=(an_open_case("U_MAYA", 1), an_open_case("U_MAYA", 2), an_open_case("U_TOM", 3)))
    story = ana(roster=TWO, desk=full)
    decision = story.happens(SaysStuck, text="it says invalid host")
    assert (opened(decision).full, opened(decision).owner, opened(decision).loads) == (True, "", ((2, 2), (1, 1)))
    (answer,) = [say for say in decision.says if say.to.kind == "person"]
    assert answer.message == "all_busy"
    by = datetime.fromisoformat(answer.facts["respond_by"])
    story.until(by)
    assert (by, "still_waiting", "ana") in heard(story)


def test_ana_who_was_answered_in_time_hears_no_excuse() -> None:
    full = Desk(open=(an_open_case("U_MAYA", 1), an_open_case("U_MAYA", 2), an_open_case("U_TOM", 3)))
    story = ana(roster=TWO, desk=full)
    story.happens(SaysStuck)
    claims(story)
    writes(story, "Try port 5432")
    assert "still_waiting" not in story.until(day(2))


def test_a_colleague_who_opens_a_case_by_hand_has_it_even_when_full() -> None:
    full = Desk(open=(an_open_case("U_TOM"),))
    decision = ana(roster=TWO, desk=full).happens(CaseOpened, text="She rang me", place="C7/1.2", **TOM)
    case = opened(decision)
    assert (case.owner, case.opened_by_name, case.place, case.said) == ("U_TOM", "Tom Okafor", "C7/1.2", "She rang me")


def test_a_case_by_hand_for_somebody_who_has_one_goes_into_its_thread() -> None:
    story = ana()
    story.happens(SaysStuck)
    decision = story.happens(CaseOpened, text="She rang me", **TOM)
    assert notes(decision) == ["by_hand"]
    assert opened(decision).opened_by == ""


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


# What passes between them


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
    decision = story.happens(CsmTookBack, case=case_of(story).id, reply="C1/1.5", **MAYA)
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
    decision = story.happens(CsmChanged, case=case_of(story).id, reply="C1/1.5", text="Try port 5432", **MAYA)
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

HELD = LITTLE.replace(
    "escalations:", "escalations:\n  - {escalation: silent, when: days_in >= 1, risk: account.employees + 1, instead: gone_quiet}"
)
FULL = f'{{channel: "#csm", zone: Europe/Berlin, {HOURS}, max_new_cases: 3}}'
KNOWN = "{person: {role: other}, account: {employees: 1}}"
ONLY_WELCOME = "[{message: welcome, right_away: true}]"


def a_full_day(**desk: Any) -> Story:
    story = Story(a_playbook(HELD, team=FULL, traits=KNOWN, sequence=ONLY_WELCOME))
    story.joins()
    story.subject = replace(story.subject, desk=Desk(opened_today={"#csm": 3}, **desk))
    return story


def test_on_a_full_day_a_rule_waits_for_the_next_and_ana_gets_the_next_best_thing() -> None:
    story = a_full_day()
    story.now = day(1, "10:00")
    decision = story.happens(Tick)
    held = decision.person.held
    assert held is not None
    assert (held.escalation, held.risk, held.team) == ("silent", 2.0, "#csm")
    assert held.until == day(2, "08:00"), "nine in Berlin"
    assert decision.case is None
    assert story.reasons()["escalation.silent"][0] == "held"
    assert messages(decision) == ["gone_quiet"]


def test_who_asks_for_a_human_on_a_full_day_gets_one() -> None:
    story = a_full_day(held={"#csm": 4})
    decision = story.happens(SaysStuck)
    assert opened(decision).waiting == 4


def test_what_waited_opens_when_the_next_day_starts() -> None:
    story = a_full_day()
    story.now = day(1, "10:00")
    story.happens(Tick)
    story.subject = replace(story.subject, desk=Desk())
    story.now = day(2, "08:00")
    assert "case_card" in messages(story.happens(Tick))
    assert story.subject.person.held is None


def test_what_is_not_so_any_more_when_the_day_starts_is_let_go_with_a_reason() -> None:
    held = HELD.replace("when: days_in >= 1,", 'when: "days_in >= 1 and steps_done == 0",')
    story = Story(a_playbook(held, team=FULL, traits=KNOWN))
    story.joins()
    story.subject = replace(story.subject, desk=Desk(opened_today={"#csm": 3}))
    story.now = day(1, "10:00")
    story.happens(Tick)
    assert story.does("source.connected").person.held is None
    story.now = day(2, "08:00")
    assert "case_card" not in messages(story.happens(Tick))


def test_by_night_a_counting_team_opens_nothing_so_that_the_riskiest_can_be_first() -> None:
    story = Story(a_playbook(HELD, team=FULL, traits=KNOWN))
    story.joins()
    story.now = day(1, "02:00")
    decision = story.happens(Tick)
    assert decision.person.held is not None
    assert decision.person.held.until == day(1, "08:00")
