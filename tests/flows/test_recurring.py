"""Messages that come again and again, each round with one chance."""

from __future__ import annotations

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
    ana.does("page.viewed")
    ana.until(day(23))
    assert rounds(ana) == ["16 Mar 08:30"]
    assert ana.journey.sent["recurring.weekly#1"].skipped == "active_days >= 1: active_days is 0"
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
    assert ana.journey.sent["recurring.weekly#1"].skipped == "they asked for quiet"


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


def test_days_with_something_done_are_counted_within_the_last_seven() -> None:
    ana = Story(with_rounds("[{message: weekly, every: 7 days, when: active_days >= 7}]"))
    ana.joins()
    for n in (0, 1, 1, 3):
        ana.now = day(n)
        ana.does("page.viewed")
    facts = _facts(ana)
    assert facts["active_days"] == 3
    ana.now = day(8)
    assert _facts(ana)["active_days"] == 1


def _facts(ana: Story) -> dict[str, object]:
    from flows.facts import standing

    return standing(next(iter(ana.playbooks)), ana.subject, ana.now).facts
