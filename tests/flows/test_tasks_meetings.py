"""A meeting that goes with a task: planned, moved, called off, and what the customer hears of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stories import Story, a_playbook
from taskwork import BY, at, task, told_team

from bot.calendar import Organizer, dates_attached
from flows.decision import Say
from flows.events import MeetingPlanned, OptedOut, TaskDone, TaskDropped
from flows.library import Playbooks

TALLY = Organizer(name="Tally", email="hello@tally.test")
KICKOFF = """
  - task: kickoff
    title: Kickoff
    due: 2 working days
    meeting: {agenda: meeting_agenda, invitation: meeting_invitation, minutes: 45, link: "https://meet.example.com/room"}
"""


def a_kickoff() -> Story:
    ana = Story(a_playbook(tasks=KICKOFF))
    ana.joins()
    return ana


def plans(ana: Story, starts: datetime, minutes: int = 45, link: str = "") -> None:
    ana.happens(MeetingPlanned, task="kickoff", starts=starts, minutes=minutes, link=link, **BY)


def calendar(ana: Story, say: Say) -> str:
    books: Playbooks = ana.playbooks
    [file] = dates_attached(lambda: books, TALLY)(say.message, say.facts, ana.subject, ana.now)
    return file.content.decode().replace("\r\n ", "")


def line(file: str, name: str) -> str:
    return next(one.partition(":")[2] for one in file.splitlines() if one.startswith(name))


def test_ana_gets_the_date_for_her_calendar_when_the_kickoff_is_planned() -> None:
    ana = a_kickoff()
    plans(ana, at(5, 14))
    [invitation] = told_team(ana, "meeting_invitation")
    assert invitation.to.via == ("email",), "a mail can bring a file along"
    assert invitation.facts["moved"] is False
    assert invitation.facts["meeting_link"] == "https://meet.example.com/room"
    file = calendar(ana, invitation)
    assert (line(file, "DTSTART"), line(file, "DTEND")) == ("20260305T140000Z", "20260305T144500Z")
    assert (line(file, "METHOD"), line(file, "SEQUENCE"), line(file, "LOCATION")) == ("PUBLISH", "0", "https://meet.example.com/room")


def test_a_meeting_that_is_moved_is_the_same_one_with_a_higher_sequence() -> None:
    ana = a_kickoff()
    plans(ana, at(5, 14))
    plans(ana, at(6, 9), minutes=60)
    first, second = told_team(ana, "meeting_invitation")
    assert second.facts["moved"] is True
    before, after = calendar(ana, first), calendar(ana, second)
    assert line(before, "UID") == line(after, "UID")
    assert (line(before, "SEQUENCE"), line(after, "SEQUENCE")) == ("0", "1")


def test_nobody_is_reminded_of_the_task_before_its_meeting_is_over() -> None:
    ana = a_kickoff()
    plans(ana, at(6, 9))
    ana.until(at(6, 9, 30))
    assert told_team(ana, "task_due") == []
    ana.until(at(6, 12))
    assert len(told_team(ana, "task_due")) == 1


def test_ana_hears_of_it_once_more_the_day_before() -> None:
    ana = a_kickoff()
    plans(ana, at(5, 14))
    ana.until(at(5, 13))
    assert [when for when, say in ana.said if say.message == "meeting_tomorrow"] == [at(4, 14)]


def test_who_hears_of_it_a_day_ahead_is_not_reminded_a_minute_later() -> None:
    ana = a_kickoff()
    plans(ana, ana.now + timedelta(hours=26))
    ana.until(at(4, 10))
    assert told_team(ana, "meeting_tomorrow") == []


def test_a_meeting_that_is_not_needed_any_more_is_called_off() -> None:
    ana = a_kickoff()
    plans(ana, at(5, 14))
    ana.happens(TaskDropped, task="kickoff", why="They know us", **BY)
    [off] = told_team(ana, "meeting_called_off")
    file = calendar(ana, off)
    assert (line(file, "STATUS"), line(file, "SEQUENCE")) == ("CANCELLED", "1")


def test_a_date_in_the_past_is_refused() -> None:
    ana = a_kickoff()
    plans(ana, datetime(2026, 3, 1, 9, tzinfo=UTC))
    assert task(ana, "kickoff").meeting_at is None
    assert ana.reasons()["task.kickoff"] == ("refused", "that moment has passed")


def test_who_wants_no_messages_gets_no_invitation_and_the_reason_is_kept() -> None:
    ana = a_kickoff()
    ana.happens(OptedOut, channel="all")
    plans(ana, at(5, 14))
    assert told_team(ana, "meeting_invitation") == []
    assert ana.reasons()["answer.meeting_invitation"][0] == "held"


def test_the_colleague_who_plans_it_has_the_task() -> None:
    ana = a_kickoff()
    plans(ana, at(5, 14))
    assert task(ana, "kickoff").assignee == "UTOM"
    ana.happens(TaskDone, task="kickoff", by="UEVA", name="Eva")
    assert (task(ana, "kickoff").by_name, task(ana, "kickoff").state) == ("Eva", "done")
