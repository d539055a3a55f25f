"""A meeting that goes with a task: planned, moved, called off, and what the customer hears of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stories import Story, a_playbook
from taskwork import BY, at, joined_both, task, tick, told_team

from bot.calendar import Organizer, dates_attached
from flows.decision import Say
from flows.events import Left, MeetingPlanned, OptedOut, StepDone, TaskDone, TaskDropped
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


REVIEW = """
  - task: review
    title: Review
    scope: person
    when: "true"
    due: 5 working days
    meeting: {agenda: meeting_agenda, invitation: meeting_invitation, minutes: 45}
    says: meeting_summary
  - task: weekly
    title: Weekly
    when: "true"
    every: 7 days
    due: 5 working days
    meeting: {agenda: meeting_agenda, invitation: meeting_invitation, minutes: 45}
"""


def who_has_dates() -> Story:
    """Ana has agreed on two meetings with us, on Wednesday the eleventh."""
    ana = Story(a_playbook(tasks=REVIEW))
    ana.joins()
    for name in ("review", "weekly"):
        ana.happens(MeetingPlanned, task=name, starts=at(11, 10), minutes=45, link="", **BY)
    ana.until(at(4, 10))
    return ana


def test_the_meeting_that_ana_agreed_on_takes_place_although_she_succeeded() -> None:
    ana = who_has_dates()
    ana.does("source.connected")
    ana.does("report.created")
    ana.happens(StepDone, step="word", mouth="slack")
    assert ana.journey.done_at is not None
    ana.until(at(11, 12))
    assert told_team(ana, "meeting_called_off") == []
    assert len(told_team(ana, "meeting_tomorrow")) == 2
    assert {task(ana, name).state for name in ("review", "weekly")} == {"open"}
    ana.happens(TaskDone, task="review", note="It went well", **BY)
    assert [say.facts["note"] for say in told_team(ana, "meeting_summary")] == ["It went well"]
    ana.until(at(16, 12))
    assert task(ana, "weekly").state == "dropped", "nobody needs it any more"
    assert told_team(ana, "meeting_called_off") == []


def test_a_meeting_is_called_off_when_who_agreed_to_it_leaves_and_nobody_takes_it_over() -> None:
    ana = who_has_dates()
    ana.happens(Left)
    assert [say.facts["task"] for say in told_team(ana, "meeting_called_off")] == ["review"]
    ana.until(at(6, 12))
    assert [say.facts["task"] for say in told_team(ana, "meeting_called_off")] == ["review", "weekly"]
    assert all(task(ana, name).told for name in ("review", "weekly"))


def test_a_meeting_that_was_planned_is_not_called_off_because_its_reason_is_gone() -> None:
    ana = Story(a_playbook(tasks=REVIEW.replace('"true"', "days_idle < 2")))
    ana.joins()
    ana.happens(MeetingPlanned, task="review", starts=at(11, 10), minutes=45, link="", **BY)
    ana.until(at(10, 12))
    assert task(ana, "review").state == "open"
    assert told_team(ana, "meeting_called_off") == []


def test_ben_who_takes_over_from_ana_is_invited_to_the_meeting_that_was_planned() -> None:
    firm = joined_both(a_playbook(tasks=KICKOFF))
    plans(firm.ana, at(5, 14))
    firm.ana.happens(Left)
    firm.share(firm.ana)
    tick(firm.ben)
    [hers], [his] = told_team(firm.ana, "meeting_invitation"), told_team(firm.ben, "meeting_invitation")
    assert (his.to.ref, his.facts["moved"]) == ("ben", False)
    assert hers.key != his.key


def test_ana_hears_on_friday_of_a_meeting_early_on_monday() -> None:
    ana = a_kickoff()
    plans(ana, at(9, 8, 15))
    ana.until(at(9, 8))
    assert [when for when, say in ana.said if say.message == "meeting_tomorrow"] == [at(6, 15)]


def test_who_agrees_on_saturday_to_a_meeting_early_on_monday_is_not_reminded_at_once() -> None:
    ana = a_kickoff()
    ana.until(at(7, 8))
    plans(ana, at(9, 8, 15))
    ana.until(at(9, 8))
    assert told_team(ana, "meeting_tomorrow") == []
