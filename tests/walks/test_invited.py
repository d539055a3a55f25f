"""The demo's month, as Ana lives it: an invitation with its date, the recording, and a week told back to her."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from town import Town, a_town

from bot.commands.demo import _with_a_team


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with a_town(tmp_path / "state", _with_a_team(tmp_path)) as made:
        yield made


def test_ana_is_invited_and_the_mail_brings_the_date_along(town: Town):
    town.uses("source.connected")
    town.days(7)
    town.uses("report.opened")
    town.days(2)
    (mail,) = [mail for mail in town.inbox() if mail.subject.startswith("Your first report, built live")]
    (date,) = mail.files
    assert date["name"] == "webinar.ics"
    event = base64.b64decode(date["content"]).decode()
    assert "METHOD:PUBLISH\r\n" in event
    assert "DTSTART:20260312T140000Z\r\n" in event
    assert "ana" not in event.lower().replace("calendar", "")
    assert "https://meet.example.com/first-report" in mail.text
    town.days(2)
    (recording,) = [mail for mail in town.inbox() if mail.subject == "To watch: Your first report, built live"]
    assert recording.files == []
    assert "https://video.example.com/first-report" in recording.text


def test_ana_reads_in_slack_what_she_did_in_the_week_behind_her(town: Town):
    town.uses("source.connected")
    town.days(8)
    for _ in range(3):
        town.uses("report.opened")
    town.days(6)
    said = "\n".join(str(block) for message in town.heard() for block in message.blocks)
    assert "Here is what you did this week, Ana. You were at it on one day." in said
    assert "Reports you looked at  ▇▇▇▇▇▇▇▇▇▇ 3" in said
