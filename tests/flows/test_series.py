"""A series: a message a day for some days, from a budget of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from stories import LITTLE, Story, a_playbook, day, messages

from flows.events import CaseClaimed, CsmReplied, OptedOut, SaysStuck, Snoozed, Tick
from flows.library import Playbooks

TIPS = """  - series: highlights
    title: A feature a day
    from: 1 day
    to: 10 days
    at: "10:00"
    limit: {per_day: 1, per_week: 5}
    messages:
      - {message: sharing, when: not done.report}
      - {message: alerts}
      - {message: dashboards}
"""


def with_tips(tips: str = TIPS, **changed: str) -> Playbooks:
    quiet = {"sequence": "[{message: welcome, right_away: true}]", "nudges": "[]", "surveys": "[]", "triggers": "[]", "escalations": "[]"}
    return a_playbook(LITTLE, **(quiet | changed), series=tips)


def said_on(ana: Story, *names: str) -> list[tuple[str, str]]:
    return [(f"{at:%a %H:%M}", say.message) for at, say in ana.said if say.message in names]


def test_ana_hears_of_one_feature_a_day_at_ten_where_she_lives() -> None:
    ana = Story(with_tips())
    ana.joins()
    ana.until(day(12))
    assert said_on(ana, "sharing", "alerts", "dashboards") == [
        ("Tue 09:00", "sharing"),
        ("Wed 09:00", "alerts"),
        ("Thu 09:00", "dashboards"),
    ]


def test_what_does_not_hold_that_day_gives_its_day_to_the_next_and_may_come_later() -> None:
    ana = Story(with_tips(TIPS.replace("not done.report", "views >= 1")))
    ana.joins()
    ana.until(day(1))
    ana.does("page.viewed")
    ana.until(day(12))
    assert [name for _, name in said_on(ana, "sharing", "alerts", "dashboards")] == ["alerts", "sharing", "dashboards"]


def test_closed_days_are_skipped_and_not_made_up_for() -> None:
    ana = Story(with_tips())
    ana.now = day(3)  # a Thursday: the series begins on Friday
    ana.joins()
    ana.until(day(20))
    assert [at for at, _ in said_on(ana, "sharing", "alerts", "dashboards")] == ["Fri 09:00", "Mon 09:00", "Tue 09:00"]


def test_days_we_were_away_are_gone() -> None:
    ana = Story(with_tips())
    ana.joins()
    assert ana.sleeps_until(day(3, "08:00")) == []
    assert ana.until(day(3, "09:00")) == ["sharing"]


def test_when_the_last_is_said_the_series_wakes_nobody() -> None:
    ana = Story(with_tips())
    ana.joins()
    ana.until(day(3, "09:00"))
    with_none = Story(with_tips("[]"))
    with_none.joins()
    assert ana.subject.person.wake_at == with_none.subject.person.wake_at


def test_when_the_span_is_over_the_series_wakes_nobody() -> None:
    ana = Story(with_tips(TIPS.replace("to: 10 days", "to: 2 days")))
    ana.joins()
    ana.until(day(2))
    assert [name for _, name in said_on(ana, "sharing", "alerts", "dashboards")] == ["sharing", "alerts"]
    assert ana.subject.person.wake_at is not None
    assert ana.subject.person.wake_at > day(28)


def test_the_series_is_asked_once_on_its_day() -> None:
    ana = Story(with_tips(TIPS.replace("messages:", "when: views >= 1\n    messages:")))
    ana.joins()
    ana.until(day(1, "09:30"))
    assert ana.reasons()["series.highlights"][0] == "quiet"
    assert messages(ana.does("page.viewed")) == []
    assert ana.until(day(2)) == ["sharing"]


def test_it_neither_pays_from_the_common_budget_nor_is_kept_back_by_it() -> None:
    dated = '[{message: day1, after: 1 day, at: "09:30"}, {message: day2, after: 2 days, at: "09:30"}]'
    ana = Story(with_tips(sequence=dated, limit="{per_day: 1, per_week: 2}"))
    ana.joins()
    assert ana.until(day(1)) == ["day1", "sharing"]
    assert ana.until(day(2)) == ["day2", "alerts"]
    assert ana.until(day(3)) == ["dashboards"]
    assert [spent.series for spent in ana.subject.person.spent] == ["", "highlights", "", "highlights", "highlights"]


def test_what_its_own_budget_has_no_room_for_is_dropped_that_day_and_the_reason_names_it() -> None:
    ana = Story(with_tips(TIPS.replace("per_week: 5", "per_week: 2")))
    ana.joins()
    ana.until(day(3))
    assert ana.reasons()["series.highlights.dashboards"] == ("skipped", "no room in its own budget on 2026-03-05")
    ana.until(day(8))
    assert said_on(ana, "dashboards") == [("Tue 09:00", "dashboards")]


def test_quiet_that_ends_on_the_same_day_is_waited_for() -> None:
    ana = Story(with_tips())
    ana.joins()
    ana.happens(Snoozed, until=day(1, "12:00"))
    ana.until(day(1, "11:00"))
    assert ana.reasons()["series.highlights.sharing"] == ("held", "they asked for quiet")
    assert "sharing" in ana.until(day(1, "12:00"))


def test_a_day_that_went_by_in_quiet_is_skipped_and_the_next_has_its_own() -> None:
    ana = Story(with_tips())
    ana.joins()
    ana.happens(Snoozed, until=day(2, "05:00"))
    ana.until(day(1, "18:00"))
    assert ana.reasons()["series.highlights"] == ("skipped", "they asked for quiet")
    assert "sharing" in ana.until(day(2, "09:00"))


def test_while_a_human_has_it_nothing_of_it_is_said() -> None:
    ana = Story(with_tips())
    ana.joins()
    ana.happens(SaysStuck)
    ana.happens(CaseClaimed, case=ana.subject.person.case.id, by="U_MAYA", name="Maya Chen")
    ana.happens(CsmReplied, case=ana.subject.person.case.id, by="U_MAYA", name="Maya Chen", text="I'm looking at it")
    ana.until(day(1, "12:00"))
    assert said_on(ana, "sharing", "alerts") == []
    assert ana.reasons()["series.highlights.sharing"] == ("held", "a human has it")


def test_who_stopped_messages_gets_none_of_it() -> None:
    ana = Story(with_tips())
    ana.joins()
    ana.happens(OptedOut, channel="all")
    ana.until(day(12))
    assert said_on(ana, "sharing", "alerts", "dashboards") == []


def test_a_series_added_in_the_middle_of_its_day_begins_on_the_next() -> None:
    ana = Story(with_tips("[]"))
    ana.joins()
    ana.until(day(1))
    ana.playbooks = with_tips()
    assert messages(ana.happens(Tick)) == []
    assert ana.until(day(2)) == ["sharing"]


def test_a_renamed_series_remembers_what_it_said() -> None:
    ana = Story(with_tips())
    ana.joins()
    ana.until(day(1))
    renamed = TIPS.replace("series: highlights", "series: features\n    was: highlights").replace(
        "message: sharing", "message: share, was: sharing"
    )
    ana.playbooks = with_tips(renamed)
    assert ana.until(day(2)) == ["alerts"]
    assert not any("highlights" in name for name in ana.journey.sent)


def test_hours_that_run_to_midnight_give_the_next_day_its_own_message() -> None:
    hours = '{days: mon-fri, from: "18:00", to: "00:00", zone: theirs}'
    ana = Story(with_tips(TIPS.replace('"10:00"', '"20:00"'), hours=hours))
    ana.joins()
    ana.happens(Snoozed, until=datetime(2026, 3, 4, 4, 0, tzinfo=UTC))
    assert "sharing" in ana.until(day(2, "20:00"))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Lima", "Pacific/Auckland", "Asia/Kolkata"])
def test_wherever_she_lives_there_is_one_a_day_and_the_clock_comes_to_rest(zone: str) -> None:
    ana = Story(with_tips(TIPS.replace('at: "10:00"', 'between: ["09:00", "12:00"]')), zone=zone)
    ana.joins()
    ana.until(day(40))
    days = [at.date() for at, say in ana.said if say.message in ("sharing", "alerts", "dashboards")]
    assert len(days) == len(set(days)) == 3
    assert ana.subject.person.wake_at is None


def test_a_renamed_series_keeps_what_it_spent() -> None:
    ana = Story(with_tips(TIPS.replace("per_week: 5", "per_week: 2")))
    ana.joins()
    ana.until(day(2))
    renamed = TIPS.replace("series: highlights", "series: features\n    was: highlights").replace("per_week: 5", "per_week: 2")
    ana.playbooks = with_tips(renamed)
    assert ana.until(day(4)) == []
    assert [spent.series for spent in ana.subject.person.spent] == ["features", "features"]
