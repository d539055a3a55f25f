"""The one door out: what was said arrives once, or we know that we don't know."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from houses import Clocks, Fate, House, Killed, Post
from sqlalchemy.exc import OperationalError
from stories import MONDAY, day

from bot.channels import SendError
from bot.clock import tick
from bot.deliver import FENCE, LEASE, LONGEST_CALL, Delivery
from bot.pacing import OwnPace
from bot.rates import Rate
from flows.decision import Draw, Say, To
from flows.events import Answered, AnyEvent, CaseClaimed, CaseClosed, CsmReplied, OptedOut, Replied, SaysStuck, StepDone, Undelivered
from flows.relaying import UNDO
from storage.migrate import upgrade

NINE_THIRTY = day(1, "08:30")
"""When day1 is due where Ana lives."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "handrail.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def house(empty: Path, tmp_path: Path) -> Iterator[House]:
    shutil.copy(empty, tmp_path / "handrail.db")
    clocks = Clocks()
    house = House(tmp_path / "handrail.db", clocks, Post("slack", clocks), Post("email", clocks))
    yield house
    house.store.close()


@pytest.fixture
def ana(house: House) -> str:
    """Ana has just joined; her welcome waits."""
    return house.joins()


def waits_for_day1(house: House, ana: str) -> None:
    """Tuesday, half past nine: day1 is decided and waits."""
    house.goes_on(NINE_THIRTY - timedelta(minutes=1))
    house.clocks.passes(timedelta(minutes=1))
    tick(house.door, house.chores)
    assert house.row(ana, "day1").state == "pending"


# Accepted


def test_what_a_provider_accepts_is_sent(house: House, ana: str) -> None:
    house.delivery.drain()
    welcome = house.row(ana, "welcome")
    assert (welcome.state, welcome.channel, welcome.sent_at) == ("sent", "slack", MONDAY)
    assert welcome.provider_id == f"C1/{welcome.id}"
    assert [taken.message for taken in house.slack.taken] == ["welcome"]
    assert house.email.taken == []
    assert "Ana" in house.slack.taken[0].text


@pytest.mark.usefixtures("ana")
def test_a_second_drain_sends_nothing_again(house: House) -> None:
    assert house.delivery.drain() > 0
    assert house.delivery.drain() == 0
    assert len(house.slack.taken) == 1


# Refused


def test_a_refused_channel_hands_over_to_the_next_of_reach(house: House, ana: str) -> None:
    house.slack.fates.append("refused")
    house.delivery.drain()
    welcome = house.row(ana, "welcome")
    assert (welcome.state, welcome.channel) == ("sent", "email")
    assert [taken.message for taken in house.email.taken] == ["welcome"]


def test_who_has_no_slack_gets_a_mail(house: House) -> None:
    ben = house.joins("ben", slack=False)
    house.delivery.drain()
    assert house.row(ben, "welcome").channel == "email"
    assert house.slack.taken == []


def test_refused_everywhere_it_failed_and_the_budget_is_given_back(house: House, ana: str) -> None:
    waits_for_day1(house, ana)
    assert [spent.message for spent in house.person(ana).spent] == ["day1"]
    house.slack.fates.append("refused")
    house.email.fates.append("refused")
    house.delivery.drain()
    assert house.row(ana, "day1").state == "failed"
    assert house.row(ana, "day1").error == "account_inactive"
    assert house.person(ana).spent == ()


def test_a_channel_that_is_switched_off_is_passed_over(house: House, ana: str) -> None:
    del house.channels["slack"]
    house.delivery.drain()
    assert (house.row(ana, "welcome").state, house.row(ana, "welcome").channel) == ("sent", "email")


# Not now


def test_a_row_that_waits_for_another_holds_nobody_up(house: House, ana: str) -> None:
    """Only a provider that has had enough rests its lane: Ben's message goes out although Ana's is not possible yet."""
    ben = house.joins("ben")
    house.slack.fates.append("not yet")
    house.settle()
    states = sorted(house.row(who, "welcome").state for who in (ana, ben))
    assert states == ["pending", "sent"]


def test_a_busy_provider_is_asked_again_when_it_said(house: House, ana: str) -> None:
    house.slack.fates.append("busy")
    house.delivery.drain()
    assert house.row(ana, "welcome").state == "pending"
    house.clocks.machine += timedelta(seconds=89)
    house.delivery.drain()
    assert house.slack.taken == []
    house.clocks.machine += timedelta(seconds=1)
    house.delivery.drain()
    assert house.row(ana, "welcome").state == "sent"


@pytest.mark.usefixtures("ana")
def test_backoff_runs_in_machine_time_however_far_the_world_is_moved(house: House) -> None:
    house.slack.fates.append("busy")
    house.delivery.drain()
    house.clocks.at(MONDAY + timedelta(hours=3))
    house.delivery.drain()
    assert house.slack.taken == []
    house.clocks.machine += timedelta(seconds=90)
    house.delivery.drain()
    assert len(house.slack.taken) == 1


def test_a_provider_out_of_reach_is_tried_again_ever_more_rarely(house: House, ana: str) -> None:
    house.slack.fates.extend(["unreachable"] * 6)
    tried = [0]
    for second in range(200):
        before = len(house.slack.fates)
        house.delivery.drain()
        if len(house.slack.fates) < before:
            tried.append(second)
        house.clocks.machine += timedelta(seconds=1)
    waits = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert house.row(ana, "welcome").state == "sent"
    assert waits[1] <= 3
    assert waits[-1] >= 16


def test_an_outage_of_hours_loses_no_case(house: House, ana: str) -> None:
    house.settle()
    house.slack.fates.extend(["unreachable"] * 60)
    house.hears(SaysStuck, ana, text="invalid host")
    for _ in range(400):
        house.delivery.drain()
        house.clocks.machine += timedelta(minutes=1)
    assert house.row(ana, "case_card").state == "sent"


# Nobody knows


@pytest.mark.parametrize("fate", ["lost", "answer lost", "defect"])
def test_no_answer_means_unknown_and_is_never_repeated_by_itself(house: House, ana: str, fate: Fate) -> None:
    house.slack.fates.append(fate)
    house.delivery.drain()
    assert house.row(ana, "welcome").state == "unknown"
    arrived = len(house.slack.taken)
    house.clocks.passes(timedelta(hours=2))
    house.delivery.sweep(all_dead=True)
    house.delivery.drain()
    assert len(house.slack.taken) == arrived


def test_evidence_of_an_unknown_message_makes_it_sent(house: House, ana: str) -> None:
    house.slack.fates.append("answer lost")
    house.delivery.drain()
    house.delivery.reconcile()
    welcome = house.row(ana, "welcome")
    assert (welcome.state, welcome.provider_id) == ("sent", f"C1/{welcome.id}")


def test_a_customers_message_without_evidence_is_left_to_people_and_they_can_see_why(house: House, ana: str) -> None:
    waits_for_day1(house, ana)
    house.slack.fates.append("lost")
    house.delivery.drain()
    house.delivery.reconcile()
    house.delivery.reconcile()
    assert house.row(ana, "day1").state == "unknown"
    assert house.slack.searched == [house.row(ana, "day1").id]
    assert house.person(ana).reasons["delivery.day1"] == ("unknown", "timed out")
    assert [spent.message for spent in house.person(ana).spent] == ["day1"]  # it may have cost her attention


def test_a_case_card_without_evidence_is_posted_again(house: House, ana: str) -> None:
    house.settle()
    house.hears(SaysStuck, ana, text="invalid host")
    house.slack.fates.extend(["lost", "lost"])  # the answer to Ana and the card, in either order
    house.delivery.drain()
    assert house.row(ana, "case_card").state == "unknown"
    house.delivery.reconcile()
    house.delivery.drain()
    assert house.row(ana, "case_card").state == "sent"
    assert house.row(ana, "stuck").state == "unknown"


def test_a_search_that_fails_is_made_again_and_does_not_hold_up_the_others(house: House, ana: str) -> None:
    ben = house.joins("ben", account="other")
    house.slack.fates.extend(["answer lost", "answer lost"])
    house.delivery.drain()
    house.slack.search_fails = SendError("slow down", retry_after=30)
    house.delivery.reconcile()
    assert {house.row(who, "welcome").state for who in (ana, ben)} == {"unknown"}
    house.slack.search_fails = RuntimeError("a bug")
    house.delivery.reconcile()
    assert len(house.slack.searched) == 4
    house.slack.search_fails = None
    house.delivery.reconcile()
    assert {house.row(who, "welcome").state for who in (ana, ben)} == {"sent"}


def test_a_place_that_is_gone_holds_no_evidence(house: House, ana: str) -> None:
    house.slack.fates.append("lost")
    house.delivery.drain()
    house.slack.search_fails = SendError("channel_not_found", permanent=True)
    house.delivery.reconcile()
    house.delivery.reconcile()
    assert len(house.slack.searched) == 1
    assert house.person(ana).reasons["delivery.welcome"][0] == "unknown"


def test_an_unknown_word_in_a_closed_case_is_looked_for_in_its_thread(house: House, ana: str) -> None:
    case = stuck(house, ana)
    house.slack.fates.append("answer lost")
    house.hears(Replied, ana, text="and now?")
    house.delivery.drain()
    said = house.row(ana, "case_said")
    assert said.state == "unknown"
    close(house, ana, case)
    house.delivery.reconcile()
    assert house.row(ana, "case_said").state == "sent"


def stuck(house: House, ana: str) -> str:
    house.settle()
    house.hears(SaysStuck, ana, text="invalid host")
    house.settle()
    ref = house.person(ana).case
    assert ref is not None
    return ref.id


def close(house: House, ana: str, case: str) -> None:
    house.hears(CaseClaimed, ana, case=case, by="U9", name="Maya")
    house.hears(CaseClosed, ana, case=case, by="U9", name="Maya")
    house.hears(Answered, ana, survey="solved", value="yes")
    assert house.person(ana).case is None


# Not rendered, not sent


def test_what_cannot_be_rendered_failed_and_nothing_was_sent(house: House, ana: str) -> None:
    house.settle()
    say = Say(key="odd", to=To("person", ana, ("slack",)), message="day99", person=ana)
    house.outbox.enqueue(say, MONDAY)
    house.delivery.drain()
    assert house.row(ana, "day99").state == "failed"
    assert [taken.message for taken in house.slack.taken] == ["welcome"]
    assert house.person(ana).reasons["delivery.day99"][0] == "failed"


def test_one_row_with_a_defect_does_not_stop_the_others(house: House, ana: str) -> None:
    def bad_for_ana() -> None:
        house.slack.before_fence = lambda: None
        raise RuntimeError("a bug")

    ben = house.joins("ben", account="other")
    house.slack.before_fence = bad_for_ana
    house.delivery.drain()
    assert {house.row(who, "welcome").state for who in (ana, ben)} == {"failed", "sent"}


# Stopped


def test_stop_before_the_fence_is_obeyed(house: House, ana: str) -> None:
    waits_for_day1(house, ana)
    house.slack.before_fence = lambda: house.hears(OptedOut, ana, key="stop", channel="all")
    house.delivery.drain()
    assert house.row(ana, "day1").state in ("withdrawn", "suppressed")
    assert [taken.message for taken in house.slack.taken] == ["welcome", "stopped"]  # an answer still goes


def test_a_bounced_address_is_suppressed_and_the_budget_is_given_back(house: House) -> None:
    ben = house.joins("ben", slack=False)
    waits_for_day1(house, ben)
    house.store.suppress("email", "ben@acme.test", "bounce", "sendgrid", MONDAY)
    house.delivery.drain()
    assert house.row(ben, "day1").state == "suppressed"
    assert house.person(ben).spent == ()


def test_a_case_opened_while_a_message_is_rendered_takes_the_message_back(house: House, ana: str) -> None:
    waits_for_day1(house, ana)
    house.slack.before_fence = lambda: house.hears(SaysStuck, ana, key="stuck", text="invalid host")
    house.delivery.drain()
    assert house.row(ana, "day1").state == "withdrawn"
    assert [taken.message for taken in house.slack.taken if taken.to.kind == "person"] == ["welcome", "stuck"]


# Too late


def test_what_waited_too_long_expires_and_the_budget_is_given_back(house: House, ana: str) -> None:
    waits_for_day1(house, ana)
    house.clocks.passes(timedelta(hours=9))
    house.delivery.drain()
    assert house.row(ana, "day1").state == "expired"
    assert house.person(ana).spent == ()
    assert [taken.message for taken in house.slack.taken] == ["welcome"]


def test_what_expires_during_rendering_is_not_sent(house: House, ana: str) -> None:
    waits_for_day1(house, ana)
    house.slack.before_fence = lambda: house.clocks.at(day(1, "18:00"))
    house.delivery.drain()
    assert house.row(ana, "day1").state == "expired"
    assert house.person(ana).spent == ()


# In order


def test_words_in_the_thread_wait_for_the_cases_card(house: House, ana: str) -> None:
    house.settle()
    house.hears(SaysStuck, ana, text="invalid host")
    house.hears(Replied, ana, text="it is port 5432")
    house.slack.fates.extend(["busy"] * 2)
    house.delivery.drain()
    assert "case_said" not in [taken.message for taken in house.slack.taken]
    house.clocks.passes(timedelta(seconds=90))
    house.delivery.drain()
    to_the_team = [taken.message for taken in house.slack.taken if taken.to.kind == "case"]
    assert to_the_team == ["case_card", "case_said"]


def test_a_message_of_unknown_fate_does_not_block_the_next(house: House, ana: str) -> None:
    house.slack.fates.append("lost")
    house.hears(StepDone, ana, step="word", typed=True)
    house.delivery.drain()
    assert house.row(ana, "welcome").state == "unknown"
    assert [taken.message for taken in house.slack.taken] == ["step_done"]


# Drawings


def test_a_view_is_drawn_and_a_lost_drawing_is_done_again(house: House, ana: str) -> None:
    house.settle()
    house.slack.drawn.clear()
    house.slack.drawing_fates.extend(["lost", "lost"])
    house.hears(StepDone, ana, step="word")
    house.delivery.drain()
    assert house.draws("home", ana) == []
    house.clocks.passes(timedelta(seconds=10))
    house.delivery.drain()
    assert len(house.draws("home", ana)) == 1
    assert [row for row in house.rows() if row.state not in ("sent", "withdrawn")] == []


def test_a_surface_that_is_down_is_not_hammered(house: House, ana: str) -> None:
    house.settle()
    house.slack.drawing_fates.extend(["lost", "defect"] * 50)
    house.door.redraw(Draw("home", ana))
    house.delivery.drain()
    assert len(house.slack.drawing_fates) == 99


def test_a_card_in_place_is_drawn_on_the_message_that_was_sent(house: House, ana: str) -> None:
    house.settle()
    house.hears(StepDone, ana, step="word")
    house.delivery.drain()
    card = house.draws("card", ana)[-1]
    assert card.sent_id == house.row(ana, "welcome").provider_id
    assert card.sent == {"blocks": [house.row(ana, "welcome").id]}
    assert card.sight is not None
    assert card.sight.checklist is not None
    assert [step.step for step in card.sight.checklist.steps if step.status == "done"] == ["word"]


def test_a_claimed_cases_card_is_drawn_again_and_a_csms_words_get_their_tick(house: House, ana: str) -> None:
    case = stuck(house, ana)
    house.hears(CaseClaimed, ana, case=case, by="U9", name="Maya")
    house.hears(CsmReplied, ana, case=case, by="U9", name="Maya", text="Try port 5432", channel="C9", ts="17.1")
    house.settle()
    assert [d.draw for d in house.slack.drawn if d.draw.surface == "tick"] == []
    house.goes_on(house.clocks.now + UNDO)
    assert house.draws("case", case)[-1].case is not None
    assert [d.draw for d in house.slack.drawn if d.draw.surface == "tick"] == [Draw("tick", "C9/17.1")]


# Leases


def test_a_row_whose_lease_is_nearly_over_is_handed_back_unsent(house: House, ana: str) -> None:
    ben = house.joins("ben", account="other")

    def slow(_: object) -> None:
        house.slack.before_taking = lambda _: None
        house.clocks.machine += LEASE - LONGEST_CALL + timedelta(seconds=1)

    house.slack.before_taking = slow
    house.delivery.drain()
    assert {house.row(who, "welcome").state for who in (ana, ben)} == {"sent"}
    late = max((house.row(who, "welcome") for who in (ana, ben)), key=lambda row: row.id)
    assert late.attempt == 2
    assert len(house.slack.taken) == 2


def test_a_process_that_slept_through_its_lease_sends_nothing(house: House, ana: str) -> None:
    """Paused between claim and fence, as a laptop or a virtual machine is; meanwhile another process took over."""
    other = house.another()

    def asleep() -> None:
        house.slack.before_fence = lambda: None
        house.clocks.passes(LEASE + timedelta(seconds=1))
        other.delivery.sweep()
        other.delivery.drain()

    house.slack.before_fence = asleep
    house.delivery.drain()
    assert [taken.message for taken in house.slack.taken] == ["welcome"]
    assert house.row(ana, "welcome").state == "sent"
    other.store.close()


def test_a_call_answered_after_the_sweep_gave_it_up_counts_as_sent(house: House, ana: str) -> None:
    def asleep(_: object) -> None:
        house.clocks.passes(LEASE + timedelta(seconds=1))
        house.delivery.sweep()
        assert house.row(ana, "welcome").state == "unknown"

    house.slack.before_taking = asleep
    house.delivery.drain()
    assert house.row(ana, "welcome").state == "sent"


# Killed


@pytest.mark.parametrize(("fate", "arrived", "becomes"), [("killed before", 0, "unknown"), ("killed after", 1, "sent")])
def test_killed_while_sending_nobody_knows_until_there_is_evidence(house: House, ana: str, fate: Fate, arrived: int, becomes: str) -> None:
    house.slack.fates.append(fate)
    with pytest.raises(Killed):
        house.delivery.drain()
    again = house.another()
    again.delivery.sweep(all_dead=True)
    again.settle()
    assert again.row(ana, "welcome").state == "unknown"
    again.delivery.reconcile()
    assert again.row(ana, "welcome").state == becomes
    assert len(house.slack.taken) == arrived
    again.store.close()


@pytest.mark.usefixtures("ana")
def test_killed_before_the_fence_it_is_sent_once_by_the_next(house: House) -> None:
    killed_at(house, "before_fence")
    again = house.another()
    again.delivery.sweep(all_dead=True)
    again.settle()
    assert [taken.message for taken in house.slack.taken] == ["welcome"]
    again.store.close()


@pytest.mark.usefixtures("ana")
def test_killed_while_its_clock_was_an_hour_ahead_the_next_does_not_wait_for_that_hour(house: House) -> None:
    house.clocks.machine += timedelta(hours=1)
    killed_at(house, "before_fence")
    house.clocks.machine -= timedelta(hours=1)
    again = house.another()
    again.delivery.sweep(all_dead=True)
    again.settle()
    assert [taken.message for taken in house.slack.taken] == ["welcome"]
    again.store.close()


def killed_at(house: House, point: str) -> None:
    def dies(*_: object) -> None:
        setattr(house.slack, point, lambda *_: None)
        raise Killed

    setattr(house.slack, point, dies)
    with pytest.raises(Killed):
        house.delivery.drain()


@pytest.mark.parametrize("why", ["refused", "expired", "suppressed"])
def test_killed_before_a_failure_was_told_the_budget_is_still_given_back(house: House, why: str) -> None:
    ben = house.joins("ben", slack=False)
    waits_for_day1(house, ben)

    def dies(events: tuple[AnyEvent, ...]) -> None:
        if any(isinstance(event, Undelivered) for event in events):
            raise Killed

    house.door.before = dies
    match why:
        case "refused":
            house.email.fates.append("refused")
        case "expired":
            house.clocks.passes(timedelta(hours=9))
        case "suppressed":
            house.store.suppress("email", "ben@acme.test", "bounce", "sendgrid", MONDAY)
    with pytest.raises(Killed):
        house.delivery.drain()
    again = house.another()
    again.delivery.sweep(all_dead=True)
    again.settle()
    assert again.person(ben).spent == ()
    assert again.row(ben, "day1").state in ("failed", "expired", "suppressed")
    again.store.close()


def test_a_kill_leaves_at_most_one_fences_worth_of_unknowns(house: House) -> None:
    for n in range(FENCE + 15):
        house.joins(f"p{n}", account=f"a{n}")
    killed_at(house, "before_taking")
    again = house.another()
    again.delivery.sweep(all_dead=True)
    again.settle()
    states = [row.state for row in again.rows() if row.message == "welcome"]
    assert states.count("unknown") <= FENCE
    assert states.count("sent") == FENCE + 15 - states.count("unknown")
    again.store.close()


# Told to end


def test_told_to_end_it_finishes_the_message_at_hand_and_hands_the_rest_back(house: House) -> None:
    for n in range(5):
        house.joins(f"p{n}", account=f"a{n}")
    house.slack.before_taking = lambda _: house.delivery.stop()
    house.delivery.drain()
    states = sorted(row.state for row in house.rows() if row.message == "welcome")
    assert states == ["pending"] * 4 + ["sent"]
    assert not [row for row in house.rows() if row.state in ("claimed", "sending", "unknown")]


def test_told_to_end_while_it_looks_for_evidence_it_looks_for_no_more(house: House) -> None:
    for n in range(3):
        house.joins(f"p{n}", account=f"a{n}")
    house.slack.fates.extend(["answer lost"] * 3)
    house.delivery.drain()
    find = house.slack.find

    def last_find(*asked: Any) -> str | None:
        house.delivery.stop()
        return find(*asked)

    house.slack.find = last_find
    house.delivery.reconcile()
    assert len(house.slack.searched) == 1
    assert sorted(row.state for row in house.rows() if row.message == "welcome") == ["sent", "unknown", "unknown"]


@pytest.mark.usefixtures("ana")
def test_what_was_handed_back_is_sent_by_the_next_process(house: House) -> None:
    house.delivery.stop()
    house.delivery.drain()
    assert house.slack.taken == []
    again = house.another()
    again.settle()
    assert len(house.slack.taken) == 1
    again.store.close()


# When the database goes away for a moment

GONE = OperationalError("COMMIT", {}, psycopg.OperationalError("server closed the connection unexpectedly"), connection_invalidated=True)


@pytest.mark.parametrize(("fate", "becomes"), [("taken", "sent"), ("busy", "pending"), ("lost", "unknown")])
def test_what_a_provider_said_is_written_down_when_the_database_is_back(
    house: House, ana: str, fate: Fate, becomes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, fails = house.outbox.settle_and_fence, [0]

    def written(*what: Any) -> tuple[set[int], set[int]]:
        fails[0] -= 1
        if fails[0] >= 0:
            raise GONE
        return write(*what)

    def goes_away(_: object) -> None:
        fails[0] = 4

    monkeypatch.setattr(house.outbox, "settle_and_fence", written)
    house.slack.before_taking = goes_away
    house.slack.fates.append(fate)
    house.delivery.drain()
    assert house.row(ana, "welcome").state == becomes


def test_a_look_that_only_counts_holds_up_no_message(house: House, ana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = house.joins("ben", account="b")

    def ben_says_stop() -> None:
        house.slack.before_fence = lambda: None
        house.hears(OptedOut, ben, key="stop", channel="all")

    def gone(_: object) -> dict[int, str]:
        raise GONE

    house.slack.before_fence = ben_says_stop
    monkeypatch.setattr(house.outbox, "states", gone)
    house.delivery.drain()
    assert (house.row(ana, "welcome").state, house.row(ben, "welcome").state) == ("sent", "withdrawn")


# At the pace of a provider


def test_an_answer_does_not_wait_behind_all_who_joined_before(house: House, ana: str) -> None:
    house.settle()
    house.delivery = Delivery(
        house.outbox,
        house.door,
        house.shelf,
        house.channels,
        house.composer,
        house.clocks.machine_now,
        OwnPace({"slack": Rate(5.0)}, lambda: house.clocks.machine.timestamp()),
    )
    for n in range(60):
        house.joins(f"p{n}", email=False)
    house.delivery.drain()
    asked = house.clocks.machine
    facts = house.row(ana, "welcome").facts
    house.outbox.enqueue(
        Say(key="answer", to=To("person", ana, ("slack",)), message="welcome", person=ana, facts=facts, priority=50), house.clocks.now
    )
    while house.outbox.row("answer").state != "sent":
        house.delivery.drain()
        house.clocks.passes(timedelta(seconds=0.5))
    assert house.clocks.machine - asked <= timedelta(seconds=2.5)
