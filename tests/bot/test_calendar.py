"""The date of a session as a calendar takes it: read back as RFC 5545 says it is written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stories import MONDAY, Story, a_playbook

from bot.calendar import Organizer, dates_attached, invitation, uid
from flows.sessions import Session, Sessions

TALLY = Organizer(name="Tally", email="hello@tally.test")


def a_session(**given: Any) -> Session:
    plain = {
        "session": "office_hours",
        "title": "Office hours",
        "starts": "2026-03-12T15:00",
        "zone": "Europe/Berlin",
        "minutes": 45,
        "link": "https://meet.example.com/office-hours",
    }
    return Session.model_validate(plain | given)


def read(content: bytes) -> list[tuple[str, dict[str, str], str]]:
    """A strict reader: name, parameters and value of each line, unfolded. Nothing may be there that the RFC does not allow."""
    assert content.endswith(b"\r\n")
    assert not set(content.replace(b"\r\n", b"")) & set(b"\r\n")
    lines = content.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    for line in lines:
        line.decode("utf-8")  # no character is cut in two
    unfolded: list[bytes] = []
    for line in lines:
        if line.startswith(b" "):
            unfolded[-1] += line[1:]
        else:
            unfolded.append(line)
    return [_property(line.decode("utf-8")) for line in unfolded]


def _property(line: str) -> tuple[str, dict[str, str], str]:
    head = re.match(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^";:,]*))*):', line)
    assert head, line
    parameters = re.findall(r';([A-Z-]+)=("[^"]*"|[^";:,]*)', head[2])
    return head[1], dict(parameters), line[head.end() :]


def values(session: Session, now: datetime = MONDAY, organizer: Organizer = TALLY) -> dict[str, str]:
    found = invitation(session, organizer, now)
    assert found is not None
    lines = read(found.content)
    names = [name for name, _, _ in lines if name not in ("BEGIN", "END")]
    assert len(names) == len(set(names))
    assert [value for name, _, value in lines if name in ("BEGIN", "END")] == ["VCALENDAR", "VEVENT", "VEVENT", "VCALENDAR"]
    return {name: value for name, _, value in lines if name not in ("BEGIN", "END")}


def test_ana_can_put_the_office_hours_into_her_calendar():
    event = values(a_session())
    assert (event["DTSTART"], event["DTEND"], event["DTSTAMP"]) == ("20260312T140000Z", "20260312T144500Z", "20260302T100000Z")
    assert (event["METHOD"], event["VERSION"], event["SEQUENCE"]) == ("PUBLISH", "2.0", "0")
    assert event["SUMMARY"] == "Office hours · Tally"
    assert event["LOCATION"] == event["URL"] == "https://meet.example.com/office-hours"
    assert event["ORGANIZER"] == "mailto:hello@tally.test"
    assert "ATTENDEE" not in event  # RFC 5546, 3.2.1: what is published names no guest


def test_it_is_the_same_event_in_everybodys_calendar_and_tells_of_nobody():
    first, later = values(a_session()), values(a_session(title="Office hours, with Tom"), MONDAY + timedelta(days=2))
    assert first["UID"] == later["UID"] == uid(a_session().id, TALLY)
    assert first["UID"].endswith("@tally.test")
    assert "office" not in first["UID"]
    assert later["DTSTAMP"] > first["DTSTAMP"]
    assert values(a_session(starts="2026-03-13T15:00"))["UID"] != first["UID"]


def test_the_hour_is_right_on_both_sides_of_summer_time():
    assert values(a_session(starts="2026-03-28T15:00"))["DTSTART"] == "20260328T140000Z"
    assert values(a_session(starts="2026-03-29T15:00"))["DTSTART"] == "20260329T130000Z"


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Sums; counts, and \\ more", "Sums\\; counts\\, and \\\\ more · Tally"),
        ("Two\nlines", "Two\\nlines · Tally"),
        ("Fragen\r\nBEGIN:VALARM", "Fragen\\nBEGIN:VALARM · Tally"),
        ("Bell\x07", "Bell · Tally"),
    ],
)
def test_what_means_something_to_calendars_is_escaped(title: str, written: str):
    assert values(a_session(title=title))["SUMMARY"] == written


def test_long_titles_are_folded_between_characters():
    title = "Wie man Zahlen größer macht 📈 " * 12
    assert values(a_session(title=title.strip()))["SUMMARY"] == f"{title.strip()} · Tally"


def test_a_company_with_quotation_marks_in_its_name_is_still_the_organizer():
    found = invitation(a_session(), Organizer(name='Müller "Tally"; Söhne\nX-EVIL:1', email="hello@tally.test"), MONDAY)
    assert found is not None
    organizer = next(line for line in read(found.content) if line[0] == "ORGANIZER")
    assert organizer[2] == "mailto:hello@tally.test"
    assert not any(name == "X-EVIL" for name, _, _ in read(found.content))


def test_only_a_session_that_is_still_to_come_goes_along():
    story = Story()
    planned = a_playbook().planned(Sessions(sessions=(a_session(),)))
    attachments = dates_attached(lambda: planned, TALLY)
    facts, before, after = {"session": a_session().id}, MONDAY, datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
    (date,) = attachments("invite_session", facts, story.subject, before)
    assert (date.name, date.mimetype) == ("office_hours.ics", "text/calendar; charset=utf-8; method=PUBLISH")
    assert attachments("session_recording", facts, story.subject, after) == ()
    assert attachments("day3", {}, story.subject, before) == ()
    assert attachments("invite_session", {"session": "moved@2026-03-01T09:00"}, story.subject, before) == ()
