"""sessions.yaml beside a running app: a new date wakes those it is for, a mistake is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from houses import write_little
from stories import LITTLE

from bot.shelf import Shelf, read_books

WEBINAR = "sessions:\n  - {session: clinic, title: Reports, starts: 2026-03-12T15:00, zone: Europe/Berlin}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write_little(folder)
    invites = LITTLE + "invitations: [{session: clinic, message: saw_page}]\n"
    (folder / "playbooks" / "little.yaml").write_text(invites, encoding="utf-8")
    return folder


def test_a_new_session_is_taken_while_the_app_runs_and_wakes_the_playbooks_people(project: Path) -> None:
    books, problems = read_books(project)
    assert problems == []
    shelf = Shelf(project, books)
    (project / "sessions.yaml").write_text(WEBINAR, encoding="utf-8")
    reading = shelf.refresh()
    assert reading is not None
    assert (list(reading.problems), list(reading.playbooks)) == ([], ["little"])
    assert [one.id for one in shelf.playbooks().sessions.sessions] == ["clinic@2026-03-12T14:00"]
    assert shelf.refresh() is None


def test_a_session_that_cannot_be_meant_is_refused_and_the_old_ones_stay(project: Path) -> None:
    (project / "sessions.yaml").write_text(WEBINAR, encoding="utf-8")
    shelf = Shelf(project, read_books(project)[0])
    (project / "sessions.yaml").write_text(WEBINAR.replace("session: clinic", "session: clinics").replace("Reports", "Reports, again"))
    reading = shelf.refresh()
    assert reading is not None
    assert [problem.message for problem in reading.problems] == [
        "a comma cut `title: Reports` in two before `again`; put it in quotes, or write it on a line of its own",
        "no playbook invites to clinics, did you mean clinic?",
    ]
    assert [one.session for one in shelf.playbooks().sessions.sessions] == ["clinic"]
