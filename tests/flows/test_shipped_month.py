"""The month that ships, day by day, as three people get it: read the files in golden/ as they would read their mailbox."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from months import BERLIN, answered, diary, did, on, said
from readers import SESSIONS, shipped
from stories import MONDAY, Story

from flows.events import AnyEvent, Joined, Traits
from flows.hours import is_open, local_date
from flows.simulate import Turn, live

GOLDEN = Path(__file__).parent / "golden"
WEBINAR = "webinar@2026-03-12T14:00"
ANSWERS = {"welcome", "well_done", "completion", "answer_thanks", "goal_set", "ask_leaving"}
"""What answers something they did: at once, whatever the hour, and out of every budget."""
SERIES = {"highlight_schedules", "highlight_api", "highlight_alerts", "highlight_integrations", "highlight_dashboards"}


KEEN = [
    *did((0.02, "source.connected"), (0.03, "member.invited"), (0.04, "member.invited"), (2.2, "report.created"), (4, "report.opened")),
    *did((7, "report.opened"), (8, "report.opened"), (9, "integrations.viewed"), (9.1, "alert.created"), (10, "report.opened")),
    *did((10.2, "webinar.attended"), (11, "report.opened"), (15, "report.shared"), (16, "report.opened"), (18, "report.opened")),
    *did((22, "report.created"), (22.1, "integration.installed"), (23, "report.opened"), (25, "report.scheduled"), (28, "report.opened")),
    answered(0.1, "goal", "weekly revenue for my boss"),
    answered(17.1, "ease", 5),
    answered(30.2, "goal_reached", "yes"),
]
QUIET: list[AnyEvent] = []
LEAVING = [
    *did((0.02, "source.connected"), (3, "report.opened"), (10, "user.deactivated")),
    answered(10.1, "leaving", "elsewhere"),
]
SLOW = [
    *did((5, "source.connected"), (12, "report.opened"), (13, "report.created"), (20, "report.opened")),
    answered(17.1, "blockers", 4),
]


def lived(events: Sequence[AnyEvent], **traits: str) -> list[Turn]:
    """A month of Ana in Berlin, whose product tells her traits as she joins."""
    playbooks = shipped()[0].planned(SESSIONS)
    given = {"role": "analyst"} | traits
    account = {"employees": 12, "plan": "starter"}
    joining: list[AnyEvent] = [
        Traits(source="test", key="traits", who="ana", at=MONDAY, person=given, account=account),
        Joined(source="test", key="joined", who="ana", at=MONDAY),
    ]
    return list(live(playbooks, Story(playbooks).subject, [*joining, *events], MONDAY + timedelta(days=37)))


@pytest.mark.parametrize(
    ("who", "events", "traits"),
    [
        ("keen", KEEN, {"use_case": "boss"}),
        ("quiet", QUIET, {}),
        ("slow", SLOW, {"use_case": "team"}),
        ("leaving", LEAVING, {"use_case": "look"}),
    ],
)
def test_their_month_reads_as_it_did(who: str, events: list[AnyEvent], traits: dict[str, str]):
    """When the month was meant to change: WRITE_GOLDEN=1 on this test, and read the difference."""
    file, now = GOLDEN / f"month_{who}.txt", diary(lived(events, **traits))
    if "WRITE_GOLDEN" in os.environ:
        file.write_text(now, encoding="utf-8")
    assert now == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("events", [KEEN, QUIET, SLOW, LEAVING], ids=["keen", "quiet", "slow", "leaving"])
def test_nobody_gets_more_than_the_budgets_or_when_it_is_night(events: list[AnyEvent]):
    smb = shipped()[0]["smb"]
    unasked = [(at, message) for at, message in said(lived(events, use_case="boss")) if message not in ANSWERS]
    assert all(is_open(smb.hours, at, BERLIN) for at, _ in unasked)
    for budget in (SERIES, {message for _, message in unasked} - SERIES):
        days = Counter(local_date(at, BERLIN) for at, message in unasked if message in budget)
        assert max(days.values(), default=0) <= 1
        assert all(sum(n for other, n in days.items() if timedelta() <= day - other < timedelta(days=7)) <= 4 for day in days)


def test_who_never_comes_is_asked_twice_and_then_left_to_a_person():
    told = said(lived(QUIET))
    assert [message for _, message in told] == ["welcome", "day1", "day3", "gone_quiet", "day7", "gone_quiet", "goal_check"]


def test_who_leaves_hears_one_question_and_a_thank_you_and_nothing_more():
    turns = lived(LEAVING, use_case="look")
    assert [message for at, message in said(turns) if at >= on(10)] == ["ask_leaving", "answer_thanks"]
    assert turns[-1].at < datetime(2026, 3, 20, tzinfo=UTC)


def test_a_keen_one_ends_with_what_comes_next_and_who_looks_after_them():
    told = said(lived(KEEN, use_case="boss"))
    assert [message for at, message in told if at >= on(30.1)] == ["answer_thanks", "completion", "hand_off"]


def test_who_was_in_the_webinar_gets_no_recording_and_who_was_not_gets_it_once():
    came, missed = (said(lived(events, use_case="team")) for events in ([*SLOW, *did((10.2, "webinar.attended"))], SLOW))
    counted = [Counter(message for _, message in told)["session_recording"] for told in (came, missed)]
    assert counted == [0, 1]


def test_the_webinar_on_the_first_report_is_for_those_who_have_none():
    def invited(events: Sequence[AnyEvent]) -> set[str]:
        turns = lived(events, use_case="team")
        return {say.facts["session"] for turn in turns for say in turn.decision.says if say.message == "invite_session"}

    assert WEBINAR in invited(SLOW)
    assert WEBINAR not in invited(KEEN)


def test_a_keen_one_hears_of_three_features_at_most():
    told = Counter(message for _, message in said(lived(KEEN, use_case="boss")))
    assert sum(told[message] for message in SERIES) <= 3
