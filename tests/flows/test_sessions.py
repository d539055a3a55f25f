"""Sessions: invited in time, the recording for who missed it, and what is wrong with sessions.yaml."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stories import LITTLE, Story, a_playbook, day, messages

from flows.events import ProductEvent, Snoozed, Tick, Undelivered
from flows.library import Playbooks
from flows.sessions import Sessions, read_sessions, sessions_in, sessions_nobody_hears_of

WEBINAR = """sessions:
  - session: webinar
    title: Reports that people read
    starts: 2026-03-12T15:00
    zone: Europe/Berlin
    minutes: 45
    link: https://example.com/webinar
"""
ID = "webinar@2026-03-12T14:00"
START = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
RECORDED = WEBINAR + "    recording: https://example.com/seen\n"
RULE = "{session: webinar, message: invite, ahead: 3 days, recording: seen, attended: webinar.attended}"
LONG = '{days: mon-fri, from: "08:00", to: "23:00", zone: theirs}'
EVENTS = "{source.connected: a, member.invited: b, report.created: c, page.viewed: d, webinar.attended: They were there}"


def planned(text: str = WEBINAR) -> Sessions:
    sessions, problems = sessions_in(text, "sessions.yaml")
    assert problems == []
    return sessions


def with_webinar(text: str = WEBINAR, rule: str = RULE, **changed: str) -> Playbooks:
    quiet = {"sequence": "[{message: welcome, right_away: true}]", "nudges": "[]", "surveys": "[]", "triggers": "[]", "escalations": "[]"}
    return a_playbook(LITTLE, **(quiet | changed), events=EVENTS, invitations=f"[{rule}]").planned(planned(text))


def said(ana: Story, message: str) -> list[datetime]:
    return [at for at, say in ana.said if say.message == message]


def test_ana_is_invited_once_in_the_hours_of_the_third_day_before() -> None:
    ana = Story(with_webinar())
    ana.joins()
    ana.until(day(20))
    (at,) = said(ana, "invite")
    assert START - timedelta(days=3) <= at < datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    (invite,) = [say for _, say in ana.said if say.message == "invite"]
    assert invite.facts == {"session": ID}
    assert ana.journey.sent[f"invitation.{ID}"].rounds == 1


def test_not_everybody_is_invited_in_the_same_minute() -> None:
    minutes = set()
    for n in range(20):
        ana = Story(with_webinar())
        ana.changed(id=f"person-{n}")
        ana.joins()
        ana.until(day(10))
        minutes |= set(said(ana, "invite"))
    assert len(minutes) > 10


def test_who_joins_late_is_invited_but_not_on_top_of_the_welcome() -> None:
    ana = Story(with_webinar())
    ana.now = day(8, "09:00")
    assert messages(ana.joins()) == ["welcome"]
    ana.until(day(10))
    assert len(said(ana, "invite")) == 1
    assert said(ana, "invite")[0] >= day(8, "10:00")


def test_nobody_is_invited_in_the_last_hour() -> None:
    ana = Story(with_webinar())
    ana.now = START - timedelta(minutes=59)
    ana.joins()
    ana.until(day(14))
    assert said(ana, "invite") == []


def test_a_condition_that_turns_true_in_time_is_enough() -> None:
    ana = Story(with_webinar(rule=RULE.replace("message:", "when: done.source, message:")))
    ana.joins()
    ana.until(day(9, "18:00"))
    assert said(ana, "invite") == []
    ana.now = day(10, "10:00")
    assert "invite" in messages(ana.does("source.connected"))


def test_the_day_alone_may_make_it_true() -> None:
    ana = Story(with_webinar(rule=RULE.replace("message:", "when: days_in >= 9, message:")))
    ana.joins()
    ana.until(day(12))
    assert [at.date() for at in said(ana, "invite")] == [day(9).date()]


def test_it_waits_for_the_budget_and_is_dropped_when_the_session_begins() -> None:
    ana = Story(with_webinar(limit="{per_day: 1, per_week: 1}", sequence='[{message: day6, after: 6 days, at: "09:30"}]'))
    ana.joins()
    ana.until(day(13))
    assert said(ana, "invite") == []
    assert ana.journey.sent[f"invitation.{ID}"].skipped == "no room in the budget"


def test_a_session_that_moves_is_a_new_one() -> None:
    ana = Story(with_webinar())
    ana.joins()
    ana.until(day(9, "20:00"))
    ana.playbooks = with_webinar(RECORDED.replace("03-12T15:00", "03-19T15:00"))
    ana.happens(Tick)
    ana.until(day(14))
    assert said(ana, "seen") == []
    ana.until(day(17))
    assert len(said(ana, "invite")) == 2
    ana.until(day(25))
    assert len(said(ana, "seen")) == 1


def test_who_was_invited_and_missed_it_gets_the_recording_once_there_is_one() -> None:
    ana = Story(with_webinar())
    ana.joins()
    ana.until(day(11))
    assert said(ana, "seen") == []
    ana.playbooks = with_webinar(RECORDED)
    ana.happens(Tick)
    ana.until(day(20))
    (at,) = said(ana, "seen")
    assert at > START + timedelta(minutes=105)
    assert ana.journey.sent[f"recording.{ID}"].rounds == 1


@pytest.mark.parametrize("late", [timedelta(minutes=-14), timedelta(minutes=20), timedelta(minutes=100)])
def test_who_was_there_gets_no_recording(late: timedelta) -> None:
    ana = Story(with_webinar(RECORDED))
    ana.joins()
    ana.until(START + late)
    ana.happens(ProductEvent, name="webinar.attended")
    ana.until(day(20))
    assert said(ana, "seen") == []
    assert ana.journey.sent[f"recording.{ID}"].skipped == "they were there"


def test_who_was_in_another_one_long_before_and_after_missed_this_one() -> None:
    ana = Story(with_webinar())
    ana.joins()
    ana.happens(ProductEvent, name="webinar.attended")
    ana.until(day(16))
    ana.happens(ProductEvent, name="webinar.attended")
    ana.playbooks = with_webinar(RECORDED)
    ana.happens(Tick)
    ana.until(day(20))
    assert len(said(ana, "seen")) == 1


def test_who_joined_later_gets_it_a_day_after_joining_and_of_several_the_newest() -> None:
    older = "".join(RECORDED.splitlines(keepends=True)[1:]).replace("03-12", "03-05")
    ana = Story(with_webinar(RECORDED + older))
    ana.now = day(14, "12:00")
    ana.joins()
    assert ana.until(day(15, "11:00")) == []
    ana.until(day(30))
    assert [say.facts for _, say in ana.said if say.message == "seen"] == [{"session": ID}]


def test_a_recording_is_offered_no_longer_than_a_journey_lasts() -> None:
    ana = Story(with_webinar(RECORDED))
    ana.now = day(50)
    ana.joins()
    ana.until(day(80))
    assert said(ana, "seen") == []


def test_a_session_of_other_playbooks_is_none_of_hers() -> None:
    ana = Story(with_webinar(WEBINAR + "    playbooks: [enterprise]\n"))
    ana.joins()
    ana.until(day(20))
    assert said(ana, "invite") == []


def test_a_session_without_a_date_keeps_nobody_awake() -> None:
    ana = Story(with_webinar("sessions: []"))
    ana.joins()
    assert ana.subject.person.wake_at is not None
    assert ana.subject.person.wake_at > day(28)


def test_quiet_until_after_the_session_drops_the_invitation() -> None:
    ana = Story(with_webinar())
    ana.joins()
    ana.happens(Snoozed, until=day(13))
    ana.until(day(12))
    assert ana.journey.sent[f"invitation.{ID}"].skipped == "they asked for quiet"


def test_changed_sessions_make_another_playbook_of_those_they_are_for(tmp_path: Path) -> None:
    little, without = with_webinar()["little"], a_playbook()["little"]
    one = Playbooks({"little": little, "without": without}, {"little": "abc", "without": "def"})
    assert one.planned(Sessions()).hashes == one.hashes
    assert one.planned(planned()).hashes["little"] != "abc"
    assert one.planned(planned()).hashes["without"] == "def"
    assert one.planned(planned(WEBINAR + "    playbooks: [enterprise]\n")).hashes == one.hashes
    assert read_sessions(tmp_path) == (Sessions(), [])


@pytest.mark.parametrize(
    ("swap", "line", "words"),
    [
        (("2026-03-12T15:00", "tomorrow"), 4, "write it like 2026-03-12T15:00"),
        (("2026-03-12T15:00", "2026-02-30T15:00"), 4, "is not in the calendar"),
        (("Europe/Berlin", "Europe/Berln"), 5, "unknown zone Europe/Berln"),
        (("minutes: 45", "minutes: 0"), 6, "at least 1"),
        (("https://example.com/webinar", "example.com"), 7, "'example.com' is no address"),
        (("title: Reports that people read", 'title: " "'), 3, "needs a title"),
        (("minutes", "minuets"), 6, "unknown key `minuets`, did you mean minutes?"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_with_its_line(swap: tuple[str, str], line: int, words: str) -> None:
    _, problems = sessions_in(WEBINAR.replace(*swap), "sessions.yaml")
    assert [(problem.line, words in problem.message) for problem in problems] == [(line, True)]


def test_everything_wrong_is_said_at_once_and_a_date_written_twice() -> None:
    twice = WEBINAR + "".join(WEBINAR.splitlines(keepends=True)[1:]).replace("2026-03-12T15:00", "2026-03-12 14:00").replace(
        "Europe/Berlin", "UTC"
    )
    _, problems = sessions_in(twice.replace("14:00", "15:00").replace("zone: UTC", "zone: Europe/Berlin"), "sessions.yaml")
    assert [problem.message for problem in problems] == ["webinar is there twice at that time"]
    _, problems = sessions_in(WEBINAR.replace("Europe/Berlin", "Mars").replace("https://example.com/webinar", "here"), "sessions.yaml")
    assert len(problems) == 2


def test_a_session_nobody_is_invited_to_is_named_and_one_without_a_date_is_fine(tmp_path: Path) -> None:
    (tmp_path / "sessions.yaml").write_text(WEBINAR.replace("session: webinar", "session: webiner"), encoding="utf-8")
    sessions, _ = read_sessions(tmp_path)
    books = with_webinar().by_name
    (problem,) = sessions_nobody_hears_of(tmp_path, sessions, books)
    assert (problem.line, problem.message) == (2, "no playbook invites to webiner, did you mean webinar?")
    (tmp_path / "sessions.yaml").write_text(WEBINAR + "    playbooks: [litle]\n", encoding="utf-8")
    (problem,) = sessions_nobody_hears_of(tmp_path, read_sessions(tmp_path)[0], books)
    assert problem.message == "unknown playbook litle, did you mean little?"


def test_a_start_in_the_hour_that_does_not_exist_is_the_first_moment_after() -> None:
    (session,) = planned(WEBINAR.replace("2026-03-12T15:00", "2026-03-29T02:30")).sessions
    assert session.starts_at == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_who_waited_for_the_budget_is_invited_at_a_minute_of_their_own_and_not_all_at_nine() -> None:
    minutes = []
    for n in range(12):
        ana = Story(with_webinar(sequence='[{message: day7, after: 7 days, at: "09:01"}]', nudges="[{message: tip, when: days_in == 7}]"))
        ana.changed(id=f"person-{n}")
        ana.joins()
        ana.until(day(11))
        minutes += said(ana, "invite") + said(ana, "tip")
    assert len(minutes) >= 12
    assert len(set(minutes)) > 8


def test_who_was_in_the_journey_too_late_to_be_invited_gets_the_newest_recording() -> None:
    ana = Story(with_webinar(RECORDED))
    ana.now = START - timedelta(minutes=90)
    ana.joins()
    ana.until(day(20))
    assert said(ana, "invite") == []
    assert len(said(ana, "seen")) == 1


def test_whom_the_invitation_was_not_for_gets_the_newest_recording_once_it_is() -> None:
    ana = Story(with_webinar(RECORDED, rule=RULE.replace("message:", "when: done.source, message:")))
    ana.joins()
    ana.until(START - timedelta(minutes=30))
    ana.does("source.connected")
    ana.until(day(20))
    assert said(ana, "invite") == []
    assert len(said(ana, "seen")) == 1


def test_an_invitation_that_reached_her_nowhere_is_no_invitation_and_costs_nothing() -> None:
    ana = Story(with_webinar(rule=RULE.replace("message:", "by: all, message:")))
    ana.joins()
    ana.until(day(9, "20:00"))
    by_slack, by_mail = (say.key for _, say in ana.said if say.message == "invite")
    ana.happens(Undelivered, message_key=by_slack, message="invite", fate="failed", why="account_inactive")
    assert len(ana.subject.person.spent) == 1
    assert ana.journey.sent[f"invitation.{ID}"].rounds == 1
    ana.happens(Undelivered, message_key=by_mail, message="invite", fate="expired", why="too late")
    assert ana.subject.person.spent == ()
    assert ana.journey.sent[f"invitation.{ID}"].rounds == 0
    assert ana.journey.sent[f"invitation.{ID}"].skipped == "it did not reach them"
    ana.until(day(12))
    assert len(said(ana, "invite")) == 2


def test_many_sessions_of_years_gone_by_cost_no_more_than_a_look() -> None:
    old = "".join(f"  - {{session: webinar, title: W, starts: 2024-01-{n:02}T10:00, minutes: {n * 60}}}\n" for n in range(1, 29))
    sessions = planned(WEBINAR + old)
    assert [one.id for one in sessions.since("little", "webinar", START)] == [ID]
    assert len(sessions.since("little", "webinar", datetime(2024, 1, 28, 20, 0, tzinfo=UTC))) == 2
    assert len(sessions.of("little", "webinar")) == 29
    assert sessions.get(ID) is sessions.sessions[0]


def test_who_waited_hears_of_it_while_there_is_time() -> None:
    early = WEBINAR.replace("2026-03-12T15:00", "2026-03-10T10:15")
    budget = {"sequence": '[{message: day7, after: 7 days, at: "09:01"}]', "limit": "{per_day: 1, per_week: 4}"}
    for n in range(8):
        ana = Story(with_webinar(early, rule=RULE.replace("3 days", "10 hours"), hours=LONG, **budget))
        ana.changed(id=f"person-{n}")
        ana.joins()
        ana.until(day(9))
        (at,) = said(ana, "invite")
        assert day(8, "07:00") <= at < day(8, "08:15")
