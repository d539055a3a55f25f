"""What `handrail check` says about series, rounds, invitations, summaries and the last question."""

from __future__ import annotations

from pathlib import Path

import pytest
from stories import a_text

from flows.checks import check_playbooks
from flows.reading import read_playbook, read_playbooks

CAMPAIGN = {
    "summary": "{report.created: Reports you built}",
    "series": """  - series: features
    from: 8 days
    to: 12 days
    at: "11:00"
    messages:
      - {message: sharing, when: views == 0}
      - {message: alerts, experiment: tone}
""",
    "recurring": '[{message: weekly, every: 7 days, at: "09:30", when: active_days >= 1}]',
    "invitations": "[{session: webinar, message: invite, recording: seen, attended: page.viewed}]",
    "experiments": '[{experiment: tone, hypothesis: "", split: {tips: 50, story: 50}, measure: report, within: 7 days}]',
    "nudges": "[{message: gone_quiet, when: days_idle >= 3}]",
}


def said(old: str = "", new: str = "", **changed: str) -> list[str]:
    text = a_text(**(CAMPAIGN | changed))
    assert old in text, old
    return [problem.message for problem in read_playbook(text.replace(old, new, 1) if old else text, "little.yaml")[1]]


def test_a_good_campaign_has_nothing_wrong() -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("to: 12 days", "to: 7 days", "features ends before it begins: from 8 days to 7 days"),
        (
            "from: 8 days\n    to: 12 days",
            "from: 31 days\n    to: 32 days",
            "features begins after 31 days, and the journey ends after 30 days",
        ),
        ("from: 8 days", "from: 8 hours", "`from` counts days of the calendar: write 7 days, not 8 hours"),
        ('at: "11:00"', 'at: "08:59"', "08:59 is outside the hours, and nothing is said then"),
        ('at: "11:00"', 'between: ["16:00", "17:30"]', "16:00 to 17:30 is not within the hours"),
        ('at: "11:00"', 'at: "11:00"\n    between: ["10:00", "12:00"]', "a message has `at` or `between`, not both"),
        ('at: "11:00"', "limit: {per_day: 2}", "a series says one message a day; `per_day` is 1"),
        ("views == 0", "days_in > 20", "nobody gets sharing: this is never true from day 8 to day 12"),
        ("views == 0", "view == 0", "unknown name view, did you mean views?"),
        ("{message: alerts,", "{message: sharing,", "message sharing is there twice in features; each message has a name of its own"),
        ("experiment: tone}", "experiment: tones}", "unknown experiment tones, did you mean tone?"),
        ("{message: sharing,", "{message: sharing, kind: tip,", "did you mean tips?"),
        ("every: 7 days", "every: 12 hours", "`every` counts days of the calendar: write 7 days, not 12 hours"),
        ("every: 7 days", "every: 0 days", "`every` needs a length above 0"),
        ("every: 7 days", "every: 31 days", "weekly comes every 31 days, and the journey ends after 30 days"),
        ("every: 7 days, ", "", "`every` is missing"),
        ('every: 7 days, at: "09:30"', 'every: 7 days, at: "17:00"', "17:00 is outside the hours, and nothing is said then"),
        ("message: invite,", "message: invite, ahead: 1 hour,", "nobody is invited in the last hour; `ahead` needs more than 1 hour"),
        ("message: invite,", "message: invite, ahead: 2 working days,", "2 working days counts somebody's working time"),
        ("recording: seen, ", "", "`attended` tells who needs no recording, and there is no `recording` here"),
        ("attended: page.viewed", "attended: page.view", "unknown event page.view, did you mean page.viewed?"),
        ("{report.created: Reports", "{report.creatd: Reports", "unknown event report.creatd, did you mean report.created?"),
        ("report.created: Reports you built", 'report.created: ""', "report.created needs words: people read them in their summary"),
        ("when: done.report and days_in >= 1, ", "on: left, after: 3 days, ", "on: left stands alone"),
    ],
)
def test_what_cannot_be_meant_is_named(old: str, new: str, words: str) -> None:
    surveys = "[{survey: ease, message: ask_ease, when: done.report and days_in >= 1, answers: 1 to 5}]"
    assert any(words in message for message in said(old, new, surveys=surveys)), said(old, new, surveys=surveys)


def test_a_session_may_be_planned_later_and_invited_to_once() -> None:
    twice = "[{session: webinar, message: invite}, {session: webinar, message: invite2}]"
    assert said(invitations=twice) == ["session webinar is there twice in invitations; each session has a name of its own"]


def test_rounds_and_days_of_a_series_do_not_fall_on_the_hour_of_a_dated_message() -> None:
    day9 = '[{message: welcome, right_away: true}, {message: day9, after: 9 days, at: "11:30"}]'
    assert said(sequence=day9) == ["features always falls on the same hour as day9; move one, or let its `when` exclude the other"]
    day7 = '[{message: day7, after: 7 days, at: "09:00"}]'
    assert said(sequence=day7) == ["weekly always falls on the same hour as day7; move one, or let its `when` exclude the other"]
    assert said("active_days >= 1", "days_in >= 14", sequence=day7) == []
    at_ten = '[{message: weekly, every: 9 days, at: "11:10"}]'
    assert said(recurring=at_ten) == ["features always falls on the same hour as weekly; move one, or let its `when` exclude the other"]


def test_a_dated_message_outside_the_hours_is_named() -> None:
    assert said(sequence='[{message: day1, after: 1 day, at: "18:30"}]') == ["18:30 is outside the hours, and nothing is said then"]
    open_late = {"hours": '{days: mon-fri, from: "09:00", to: "00:00", zone: theirs}'}
    assert said(sequence='[{message: day1, after: 1 day, at: "18:30"}]', **open_late) == []


def test_files_that_series_rounds_and_recordings_need_are_named(tmp_path: Path) -> None:
    (tmp_path / "little.yaml").write_text(a_text(**CAMPAIGN), encoding="utf-8")
    there = dict.fromkeys(["welcome", "day1", "day3", "saw_page", "gone_quiet", "ask_ease", "alerts", "invite"], frozenset({"tips"}))
    found = [problem.message for problem in check_playbooks(read_playbooks([tmp_path])[0], messages=there, articles=())]
    for name in ("sharing", "weekly", "seen"):
        assert any(message.startswith(f"unknown message {name}") for message in found)
    assert any("tone needs alerts as story" in message for message in found)


def test_problems_of_a_series_are_found_where_they_are_written() -> None:
    text = a_text(**CAMPAIGN).replace("views == 0", "view == 0")
    (problem,) = read_playbook(text, "little.yaml")[1]
    assert problem.where == "series > features > messages > sharing > when"
    assert text.splitlines()[problem.line - 1].strip().startswith("- {message: sharing")
