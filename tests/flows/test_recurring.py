"""Messages that come again and again, each round with one chance."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from stories import LITTLE, Story, a_playbook, day

from flows.events import Snoozed, Tick
from flows.library import Playbooks

WEEKLY = '[{message: weekly, every: 7 days, at: "09:30"}]'


def with_rounds(recurring: str = WEEKLY, **changed: str) -> Playbooks:
    quiet = {"sequence": "[{message: welcome, right_away: true}]", "nudges": "[]", "surveys": "[]", "triggers": "[]", "escalations": "[]"}
    return a_playbook(LITTLE, **(quiet | changed), recurring=recurring)


def rounds(ana: Story, message: str = "weekly") -> list[str]:
    return [f"{at:%d %b %H:%M}" for at, say in ana.said if say.message == message]


def test_ana_gets_it_every_week_from_joining_until_her_journey_ends() -> None:
    ana = Story(with_rounds())
    ana.joins()
    ana.until(day(60))
    assert rounds(ana) == ["09 Mar 08:30", "16 Mar 08:30", "23 Mar 08:30", "30 Mar 07:30"]  # summer time begins
    assert ana.subject.person.wake_at is None


def test_each_round_asks_its_condition_on_its_day() -> None:
    ana = Story(with_rounds('[{message: weekly, every: 7 days, at: "09:30", when: active_days >= 1}]'))
    ana.joins()
    ana.until(day(9))
    assert ana.journey.sent["recurring.weekly#1"].skipped == "active_days >= 1: active_days is 0"
    ana.does("page.viewed")
    ana.until(day(23))
    assert rounds(ana) == ["16 Mar 08:30"]
    assert ana.journey.sent["recurring.weekly#3"].skipped


def test_a_round_on_a_closed_day_comes_on_the_next_open_one() -> None:
    ana = Story(with_rounds())
    ana.now = day(5)  # a Saturday
    ana.joins()
    ana.until(day(15))
    assert rounds(ana) == ["16 Mar 08:30"]


def test_who_was_away_for_three_weeks_gets_one_and_not_three() -> None:
    ana = Story(with_rounds())
    ana.joins()
    assert ana.sleeps_until(day(21)) == ["weekly"]
    ana.until(day(24))
    assert len(rounds(ana)) == 1
    assert ana.journey.sent["recurring.weekly#1"].skipped == "the next one has come"


def test_quiet_over_several_rounds_does_not_pile_them_up() -> None:
    ana = Story(with_rounds())
    ana.joins()
    ana.happens(Snoozed, until=day(21, "10:00"))
    ana.until(day(24))
    assert rounds(ana) == ["23 Mar 10:00"]
    assert ana.journey.sent["recurring.weekly#2"].skipped == "they asked for quiet"


def test_the_rounds_of_a_weekend_are_one_on_monday() -> None:
    ana = Story(with_rounds("[{message: weekly, every: 1 day}]", limit="{per_day: 3, per_week: 20}"))
    ana.now = day(3)  # a Thursday
    ana.joins()
    ana.until(day(7, "20:00"))
    assert [stamp[:6] for stamp in rounds(ana)] == ["06 Mar", "09 Mar"]


def test_a_round_waits_for_the_budget_and_says_so() -> None:
    ana = Story(with_rounds(limit="{per_day: 1, per_week: 1}", sequence='[{message: day6, after: 6 days, at: "09:30"}]'))
    ana.joins()
    ana.until(day(13))
    assert ana.journey.sent["recurring.weekly#1"].skipped == "no room in the budget"


def test_the_room_of_a_round_later_today_is_kept_from_nudges() -> None:
    ana = Story(with_rounds('[{message: weekly, every: 7 days, at: "15:00"}]', nudges="[{message: gone_quiet, when: days_in == 7}]"))
    ana.joins()
    ana.until(day(7, "08:10"))
    ana.happens(Tick)
    assert ana.reasons()["nudge.gone_quiet"] == ("held", "the room is kept for today's dated message")
    assert ana.until(day(7, "15:00")) == ["weekly"]


def test_a_message_added_in_the_middle_begins_with_its_next_round() -> None:
    ana = Story(with_rounds("[]"))
    ana.joins()
    ana.until(day(8))
    ana.playbooks = with_rounds()
    ana.happens(Tick)
    assert ana.journey.sent["recurring.weekly#1"].skipped == "it was added to the playbook after its day"
    ana.until(day(15))
    assert rounds(ana) == ["16 Mar 08:30"]


def test_a_renamed_message_remembers_its_rounds() -> None:
    ana = Story(with_rounds())
    ana.joins()
    ana.until(day(7))
    ana.playbooks = with_rounds('[{message: your_week, was: weekly, every: 7 days, at: "09:30"}]')
    ana.happens(Tick)
    assert [name for name in ana.journey.sent if "week" in name] == ["recurring.your_week#1", "recurring.your_week#2"]
    ana.until(day(10))
    assert rounds(ana, "your_week") == []


def test_days_with_something_done_are_counted_within_the_seven_before_today() -> None:
    ana = Story(with_rounds("[{message: weekly, every: 7 days, when: active_days >= 7}]"))
    ana.joins()
    for n in (0, 1, 1, 3):
        ana.now = day(n)
        ana.does("page.viewed")
    assert _facts(ana)["active_days"] == 2
    ana.now = day(7)
    assert _facts(ana)["active_days"] == 3
    ana.now = day(8)
    assert _facts(ana)["active_days"] == 2


def test_where_a_summary_is_told_its_events_are_those_that_count() -> None:
    ana = Story(with_rounds(summary="{report.created: Reports}"))
    ana.joins()
    ana.does("page.viewed")
    ana.now = day(1)
    ana.does("report.created")
    ana.now = day(2)
    assert _facts(ana)["active_days"] == 1


def test_who_is_there_on_mondays_after_the_summary_is_told_of_it_every_week() -> None:
    ana = Story(with_rounds('[{message: weekly, every: 7 days, at: "09:30", when: active_days >= 1}]'))
    ana.joins()
    for n in (0, 7, 14):
        ana.until(day(n, "10:30"))
        ana.does("page.viewed")
    ana.until(day(22))
    assert rounds(ana) == ["09 Mar 08:30", "16 Mar 08:30", "23 Mar 08:30"]


def test_a_round_that_waited_asks_and_tells_of_the_week_before_its_own_day() -> None:
    weekly = '[{message: weekly, every: 7 days, at: "09:30", when: active_days >= 1}]'
    ana = Story(with_rounds(weekly))
    ana.joins()
    ana.does("page.viewed")
    ana.until(day(6))
    ana.happens(Snoozed, until=day(8, "07:00"))
    ana.until(day(10))
    ((at, say),) = [(at, say) for at, say in ana.said if say.message == "weekly"]
    assert at.date() == day(8).date()
    assert say.facts == {"week_until": "2026-03-08"}


@pytest.mark.parametrize(
    "zone", ["Australia/Sydney", "Pacific/Auckland", "Asia/Tokyo", "Europe/London", "America/Lima", "Pacific/Honolulu"]
)
@pytest.mark.parametrize("at", ["09:00", "12:30", "16:30"])
def test_rounds_tell_every_day_once_and_none_before_it_is_over(zone: str, at: str) -> None:
    ana = Story(with_rounds(f'[{{message: weekly, every: 7 days, at: "{at}"}}]', ends="80 days"), zone=zone)
    ana.joins()
    ana.until(day(80))
    told = [(when, date.fromisoformat(say.facts["week_until"])) for when, say in ana.said if say.message == "weekly"]
    assert len(told) >= 10
    assert {(b - a).days for (_, a), (_, b) in itertools.pairwise(told)} == {7}
    assert all(until < when.date() <= until + timedelta(days=2) for when, until in told)


def test_rounds_long_over_are_forgotten_and_none_is_said_twice() -> None:
    ana = Story(with_rounds("[{message: weekly, every: 1 day}]", ends="100 days", limit="{per_day: 1, per_week: 7}"))
    ana.joins()
    ana.until(day(90))
    kept = [name for name in ana.journey.sent if name.startswith("recurring.")]
    assert len(kept) <= 5
    assert len([name for name in ana.reasons() if name.startswith("recurring.")]) <= 5
    assert ana.journey.sent["recurring.weekly"].rounds == len(rounds(ana)) - sum(ana.journey.sent[n].rounds for n in kept if "#" in n)
    ana.told(timezone="America/Lima")
    ana.told(timezone="Pacific/Auckland")
    ana.until(day(120))
    keys = [say.key for _, say in ana.said]
    assert len(keys) == len(set(keys))


def _facts(ana: Story) -> dict[str, object]:
    from flows.facts import standing

    return standing(next(iter(ana.playbooks)), ana.subject, ana.now).facts
