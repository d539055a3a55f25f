"""Who takes a case, and what opening one does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from casework import TOM, TWO, an_open_case, ana, claims, heard, notes, opened, writes
from stories import MONDAY, day

from flows.assigning import after
from flows.desk import Desk
from flows.events import (
    CaseOpened,
    SaysStuck,
    Tick,
)


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


FULL_DESK = Desk(open=(an_open_case("U_MAYA", 1), an_open_case("U_MAYA", 2), an_open_case("U_TOM", 3)))


def test_who_asked_nothing_is_promised_nothing() -> None:
    story = ana(roster=TWO, desk=FULL_DESK, escalations='[{escalation: silent, when: "days_in >= 1 and steps_done == 0"}]')
    story.now = day(1, "12:00")
    story.subject = replace(story.subject, desk=FULL_DESK)
    assert opened(story.happens(Tick)).full
    assert "still_waiting" not in story.until(day(4))
    story = ana(roster=TWO.replace("U_TOM", "U_NOBODY"), desk=Desk(open=(*FULL_DESK.open[:2], an_open_case("U_NOBODY", 3))))
    story.happens(CaseOpened, text="She rang me", **TOM)
    assert "still_waiting" not in story.until(day(4))


def test_being_stuck_again_promises_no_time_that_has_passed() -> None:
    story = ana()
    story.happens(SaysStuck)
    story.until(day(1, "12:00"))
    answer = story.happens(SaysStuck).says[-1]
    assert answer.message == "still_waiting"
    assert not answer.facts["csm"]


def test_cases_of_one_moment_go_round_too() -> None:
    desk, given = Desk(), []
    plenty = TWO.replace("max_open_cases: 1", "max_open_cases: 9").replace("max_open_cases: 2", "max_open_cases: 9")
    for _ in range(3):
        story = ana(roster=plenty, desk=desk)
        before = story.subject
        decision = story.happens(SaysStuck)
        given.append(opened(decision).owner)
        desk = replace(after(desk, before.person, before.case, decision), open=())
    assert given == ["U_MAYA", "U_TOM", "U_MAYA"]
    assert opened(ana(roster=plenty, desk=desk).happens(SaysStuck)).owner == "U_TOM"
