"""CS operations edit files while the app runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.reload import reload
from bot.settings import SHIPPED


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that has taken the shipped playbook and one message over."""
    for folder, file in (("playbooks", "flows/playbooks/smb.yaml"), ("templates/messages", "templates/messages/day1.md")):
        (tmp_path / "mine" / folder).mkdir(parents=True)
        source = SHIPPED / file
        (tmp_path / "mine" / folder / source.name).write_text(source.read_text())
    return tmp_path / "mine"


def look(town: Any) -> Any:
    found = reload(town.house.shelf, town.house.store, town.house.outbox, town.house.world)
    town.settle()
    return found


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    before = file.stat()
    file.write_text(text.replace(old, new))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))


def test_an_edited_message_is_what_ana_reads_next(towns: Callable[..., Any], project: Path) -> None:
    town = towns(project=project)
    day1 = project / "templates/messages/day1.md"
    edit(day1, day1.read_text().rpartition("---\n")[2], "The first day is over, {{ person.first_name }}.\n")
    assert look(town).problems == []
    town.days(1)
    assert town.last().text.startswith("The first day is over, Ana.")


def test_a_file_that_cannot_be_read_is_refused_and_its_owner_hears_once(towns: Callable[..., Any], project: Path) -> None:
    town = towns(project=project)
    playbook = project / "playbooks/smb.yaml"
    edit(playbook, "not goal_met", "not gaol_met")
    assert look(town).problems
    assert look(town) is None
    notes = town.channel("#cs-ops")
    assert len(notes) == 1
    assert "smb.yaml" in notes[0].text
    assert "did you mean goal_met?" in notes[0].text
    town.days(1)
    assert any(m["message"] == "day1" for w in town.why() for m in w["messages"])


def test_a_changed_playbook_wakes_its_people_within_ten_minutes(towns: Callable[..., Any], project: Path) -> None:
    town = towns(project=project)
    edit(project / "playbooks/smb.yaml", "title: Connect your first data source", "title: Connect a source")
    assert look(town).playbooks == ["smb"]
    wake = town.house.reports.find_person("ana@acme.test").wake_at
    assert wake - town.demo.now() <= timedelta(minutes=10)
    town.goes_on("hour")
    town.acts.open_home("U_ANA")
    town.settle()
    assert "Connect a source" in str(town.demo.workspace.home("U_ANA"))


def test_a_paused_message_stays_unsaid(towns: Callable[..., Any], project: Path) -> None:
    town = towns(project=project)
    edit(project / "playbooks/smb.yaml", "{message: day1, ", "{message: day1, paused: true, ")
    look(town)
    town.days(2)
    assert not any(m["message"] == "day1" for w in town.why() for m in w["messages"])
