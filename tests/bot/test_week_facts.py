"""What the weekly summary knows: their own week, no more and no less, with bars that every mail program draws."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from readers import ana, reads, shipped
from stories import MONDAY, Story

from bot import week
from bot.facts import message_facts
from bot.render import Text
from bot.words import shipped_words
from flows.checklist import checklist
from flows.events import ProductEvent
from flows.facts import standing, zone_for
from flows.hours import week_until
from flows.people import Account


def after_two_weeks(*done: tuple[str, float], zone: str = "Europe/Berlin") -> Story:
    """Somebody on the morning of their fifteenth day; `done` are events and the days after joining on which they happened."""
    story = Story(shipped()[0], zone=zone)
    story.joins()
    for name, days in done:
        story.now = MONDAY + timedelta(days=days)
        story.happens(ProductEvent, name=name)
    story.now = MONDAY + timedelta(days=14)
    return story


def facts(story: Story, now: datetime | None = None) -> dict[str, Any]:
    playbook, subject, at = shipped()[0]["smb"], story.subject, now or story.now
    until = week_until(at, zone_for(playbook, subject.person, subject.account))
    return week.week_facts(playbook, subject, checklist(playbook, subject, at), until)


BUSY = (
    ("source.connected", 1),
    ("report.opened", 6.5),
    ("report.opened", 7),
    ("report.created", 8),
    ("report.opened", 9),
    ("report.opened", 9.1),
    ("report.shared", 10),
    ("report.opened", 14),
)


def test_the_week_is_the_seven_whole_days_before_today():
    found = facts(after_two_weeks(*BUSY))
    assert [(row["title"], row["n"]) for row in found["rows"]] == [
        ("Reports you built", 1),
        ("Reports you looked at", 3),
        ("Reports you shared", 1),
    ]
    assert [day["n"] for day in found["days"]] == [1, 1, 2, 1, 0, 0, 0]
    assert (found["total"], found["active_days"]) == (5, 4)
    assert found["steps"] == ["Build your first report", "Share it with a colleague"]


def test_two_summaries_in_a_row_tell_everything_once():
    story = after_two_weeks(*BUSY)
    second = facts(story)["total"]
    first, third = (facts(story, story.now + timedelta(days=days))["total"] for days in (-7, 7))
    assert first + second + third == len(BUSY)


def test_shares_are_out_of_the_largest_and_nothing_that_happened_is_invisible():
    story = after_two_weeks(*((("report.opened", 8.0),) * 300), ("report.shared", 9))
    rows = {row["title"]: row["share"] for row in facts(story)["rows"]}
    assert rows == {"Reports you looked at": 100, "Reports you shared": 1}
    assert [day["share"] for day in facts(story)["days"]] == [0, 100, 1, 0, 0, 0, 0]


def test_what_a_teammate_did_is_not_told_as_their_own():
    story = after_two_weeks()
    at = MONDAY + timedelta(days=9)
    account = Account(id="acme", name="Acme", steps={"connect_source": at}, steps_by={"connect_source": "Ben"})
    story.subject = replace(story.subject, account=account)
    assert facts(story)["steps"] == []


@pytest.mark.parametrize(("zone", "today"), [("Pacific/Auckland", "2026-03-16"), ("America/Lima", "2026-03-16")])
def test_the_days_are_those_where_they_are(zone: str, today: str):
    story = after_two_weeks(zone=zone)
    days = [day["name"] for day in facts(story)["days"]]
    assert len(days) == 7
    assert (days[-1] + timedelta(days=1)).isoformat() == today


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Europe/Berlin", "Pacific/Honolulu"])
def test_the_message_counts_the_days_that_its_condition_counted(zone: str):
    story = after_two_weeks(*BUSY, ("integrations.viewed", 12), ("report.opened", 13.2), zone=zone)
    for hours in range(0, 48, 3):
        at = story.now + timedelta(hours=hours)
        assert facts(story, at)["active_days"] == standing(shipped()[0]["smb"], story.subject, at).facts["active_days"]


def test_a_round_that_waited_tells_of_its_own_week():
    story = after_two_weeks(*BUSY)
    told = message_facts(shipped()[0]["smb"], story.subject, None, {"week_until": "2026-03-08"}, company="Acme", now=story.now)
    assert [day["name"].isoformat() for day in told["week"]["days"]][-1] == "2026-03-08"
    assert told["week"]["total"] == 2
    assert "week_until" not in told["told"]


def test_a_week_is_worked_out_when_a_message_asks_and_once():
    asked = []
    found = week.Week(lambda: asked.append("asked") or {"total": 3})
    assert asked == []
    assert (found["total"], dict(found), len(found)) == (3, {"total": 3}, 1)
    assert asked == ["asked"]


def test_days_are_named_in_the_language_of_the_message():
    named = week.named(facts(after_two_weeks(*BUSY)), shipped_words(), "")
    assert [day["name"] for day in named["days"]] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def test_the_mail_has_a_row_for_each_thing_and_a_bar_for_each_day():
    read = reads(after_two_weeks(*BUSY), "weekly_summary")
    table = read.html[read.html.index('class="week"') : read.html.index('class="days"')]
    assert len(re.findall(r'<tr class="row">', table)) == 3
    assert len(re.findall(r'<td class="day"', read.html)) == 7
    assert "<img" not in read.html
    assert "Here is what you did this week, Ana. You were at it on four days." in read.text
    assert "Reports you looked at  ▇▇▇▇▇▇▇▇▇▇ 3" in read.text
    assert "Wed  ▇▇▇▇▇▇▇▇▇▇ 2" in read.text


def test_slack_shows_the_same_bars_in_a_block_of_their_own():
    read = reads(after_two_weeks(*BUSY), "weekly_summary")
    chart = next(part for part in read.slack_parts if isinstance(part, Text) and part.mrkdwn.startswith("```"))
    assert chart.mrkdwn.endswith("```")
    assert "Reports you shared     ▇▇▇▇ 1" in chart.mrkdwn


def test_a_week_without_anything_has_no_chart_and_no_reproach():
    read = reads(after_two_weeks(), "weekly_summary")
    assert "▇" not in read.text
    assert 'class="week"' not in read.html
    assert "A quiet week, Ana. That happens; everything is where you left it." in read.text
    assert not [part for part in read.slack_parts if isinstance(part, Text) and "```" in part.mrkdwn]


def test_what_they_chose_at_the_beginning_is_said_in_the_words_they_chose_it_by():
    story = ana()
    story.told(use_case="boss")
    assert "You said what brings you here: Reports for my boss." in reads(story, "quick_start").text
    assert "You said what brings you here" not in reads(ana(), "quick_start").text
