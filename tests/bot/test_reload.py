"""Files are edited while the app runs: a good one is taken at the next look, a bad one is refused and its owner hears of it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from houses import Clocks, House, Post, all_rows, write_little
from stories import MONDAY

from bot.reload import SPREAD, reload
from bot.shelf import Books, Reading, Shelf, read_books
from flows.checklist import checklist
from flows.events import Left, ProductEvent
from storage.migrate import upgrade


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A project and a database as they are before anybody edits: read and migrated once."""
    folder = tmp_path_factory.mktemp("pristine")
    write_little(folder / "project")
    upgrade(f"sqlite:///{folder / 'handrail.db'}")
    books, problems = read_books(folder / "project")
    assert problems == []
    return SimpleNamespace(folder=folder, books=books)


class Office:
    """CS operations at their desk: a project being edited beside a running app."""

    def __init__(self, folder: Path, books: Books) -> None:
        clocks = Clocks()
        self.project = folder / "project"
        self.slack = Post("slack", clocks)
        self.shelf = Shelf(self.project, books)
        self.house = House(folder / "handrail.db", clocks, self.slack, shelf=self.shelf)
        self.edits = 0

    @property
    def playbook(self) -> Path:
        return self.project / "playbooks" / "little.yaml"

    @property
    def message(self) -> Path:
        return self.project / "templates" / "messages" / "saw_page.md"

    def edits_file(self, file: Path, old: str, new: str) -> None:
        text = file.read_text()
        assert old in text
        self.saves(file, text.replace(old, new).encode())

    def saves(self, file: Path, content: bytes) -> None:
        """Every save is a second after the one before, however quick this test is."""
        self.edits += 1
        file.write_bytes(content)
        os.utime(file, (self.edits, self.edits))

    def looks(self, shelf: Shelf | None = None) -> Reading | None:
        """The next look of the app, or of another process with a shelf of its own."""
        self.house.clocks.passes(timedelta(seconds=1))
        return reload(shelf or self.shelf, self.house.store, self.house.outbox, self.house.clocks.world)

    def notes(self) -> list[str]:
        """What the owner's channel reads."""
        self.house.delivery.drain()
        assert {row.to.ref for row in all_rows(self.house.outbox) if row.message == "ops_note" and row.to} <= {"#cs-ops"}
        return [taken.text for taken in self.slack.taken if taken.message == "ops_note"]


@pytest.fixture
def office(pristine: SimpleNamespace, tmp_path: Path) -> Iterator[Office]:
    shutil.copytree(pristine.folder, tmp_path, dirs_exist_ok=True)
    office = Office(tmp_path, pristine.books)
    yield office
    office.house.store.close()


def test_nothing_edited_nothing_read(office: Office) -> None:
    assert office.looks() is None


def test_an_edited_message_is_taken_at_the_next_look(office: Office) -> None:
    office.edits_file(office.message, "You looked at a page.", "That page again.")
    found = office.looks()
    assert found is not None
    assert (found.problems, found.playbooks) == ([], [])
    assert office.looks() is None
    office.house.joins()
    office.house.hears(ProductEvent, "ana", name="page.viewed")
    office.house.goes_on(MONDAY + timedelta(hours=3))
    assert office.slack.taken[-1].text == "That page again."
    assert office.notes() == []


def test_a_bad_file_is_refused_the_old_one_stays_and_the_owner_hears_once(office: Office) -> None:
    before = office.shelf.books
    office.edits_file(office.playbook, "when: not done.source", "when: not done.sauce")
    found = office.looks()
    assert found is not None
    assert [problem.line for problem in found.problems] == [office.playbook.read_text().split("sauce")[0].count("\n") + 1]
    assert office.looks() is None
    assert office.shelf.books is before
    [note] = office.notes()
    assert "little.yaml was not taken, the version before it still runs" in note
    assert f"little.yaml:{found.problems[0].line}" in note
    assert "did you mean done.source?" in note


def test_the_same_mistake_made_again_later_is_told_again(office: Office) -> None:
    for _ in range(2):
        office.edits_file(office.message, "You looked", "{{ you }} looked")
        assert office.looks()
        office.edits_file(office.message, "{{ you }} looked", "You looked")
        found = office.looks()
        assert found is not None
        assert found.problems == []
    assert len(office.notes()) == 2


def test_of_several_processes_only_one_tells(office: Office) -> None:
    """Web, clock and worker each look, at moments of their own."""
    other = Shelf(office.project, office.shelf.books)
    office.edits_file(office.message, "You looked", "{{ you }} looked")
    assert office.looks()
    assert office.looks(other)
    assert len(office.notes()) == 1


@pytest.mark.parametrize(
    "name", ["playbooks/little.yaml", "templates/messages/saw_page.md", "templates/words.yaml", "templates/phrases.yaml", "content/help.md"]
)
def test_a_file_of_junk_is_refused_in_words(office: Office, name: str) -> None:
    file = office.project / name
    file.parent.mkdir(exist_ok=True)
    office.saves(file, b"\xff\xfe\x00junk: [")
    found = office.looks()
    assert found is not None
    assert file.name in str(found.problems[0])
    assert len(office.notes()) == 1
    assert office.looks() is None


def test_what_an_editor_leaves_beside_a_file_is_not_looked_at(office: Office) -> None:
    """Emacs locks a file by a link to nowhere; others write a hidden copy first."""
    beside = office.message.parent
    (beside / ".#saw_page.md").symlink_to("somebody@somewhere.1234")
    (beside / ".saw_page.md").write_text("half writ")
    (office.playbook.parent / ".#little.yaml").symlink_to("somebody@somewhere.1234")
    assert office.looks() is None
    office.edits_file(office.message, "You looked at a page.", "That page again.")
    found = office.looks()
    assert found is not None
    assert found.problems == []


def test_a_file_that_goes_while_we_look_does_not_stop_the_looking(office: Office) -> None:
    (office.message.parent / "gone.md").symlink_to(office.project / "nowhere.md")
    office.edits_file(office.message, "You looked at a page.", "That page again.")
    assert office.looks() is not None


def test_people_of_a_changed_playbook_are_asked_again_within_ten_minutes_each_in_a_minute_of_their_own(office: Office) -> None:
    names = [f"p{n}" for n in range(30)]
    for name in [*names, "gone"]:
        office.house.joins(name, account=name)
    office.house.hears(Left, "gone")
    office.house.settle()
    office.edits_file(office.playbook, "title: Build a report", "title: Build your report")
    found = office.looks()
    assert found is not None
    assert found.playbooks == ["little"]
    now = office.house.clocks.now
    moments = [office.house.person(name).wake_at for name in names]
    assert all(at is not None and now <= at <= now + SPREAD for at in moments)
    assert len({at.minute for at in moments if at}) >= 8
    assert office.house.person("gone").wake_at is None


def test_a_step_added_appears_and_a_message_added_after_its_day_is_skipped(office: Office) -> None:
    ana = office.house.joins()
    office.house.goes_on(MONDAY + timedelta(days=3))
    office.edits_file(
        office.playbook,
        "      - {step: word, title: Say hello, done_by: their word}\n",
        "      - {step: word, title: Say hello, done_by: their word}\n      - {step: colours, title: Pick colours, done_by: their word}\n",
    )
    office.edits_file(
        office.playbook,
        '  - {message: day1, after: 1 day, at: "09:30"}',
        '  - {message: day1, after: 1 day, at: "09:30"}\n  - {message: day7, after: 2 days, at: "09:30"}',
    )
    found = office.looks()
    assert found is not None
    assert found.problems == []
    office.house.goes_on(office.house.clocks.now + SPREAD)
    assert [taken.message for taken in office.slack.taken] == ["welcome", "day1", "day3"]
    assert office.house.person(ana).reasons["sequence.day7"][0] == "skipped"
    subject = office.house.door.view(ana)
    assert subject is not None
    assert "colours" in [step.step for step in checklist(office.shelf.playbooks()["little"], subject, office.house.clocks.now).steps]


@pytest.mark.parametrize(
    ("old", "unsaid"),
    [("{message: day1, after", "day1"), ("{message: gone_quiet, when", "gone_quiet"), ("{message: well_done, on", "well_done")],
)
def test_paused_keeps_a_message_unsaid(office: Office, old: str, unsaid: str) -> None:
    office.edits_file(office.playbook, old, old.replace(f"{unsaid},", f"{unsaid}, paused: true,"))
    found = office.looks()
    assert found is not None
    assert found.problems == []
    ana = office.house.joins()
    office.house.hears(ProductEvent, ana, name="source.connected")
    office.house.hears(ProductEvent, ana, name="report.created")
    office.house.goes_on(MONDAY + timedelta(days=8))
    said = [taken.message for taken in office.slack.taken if taken.to.kind == "person"]
    assert unsaid not in said
    assert "welcome" in said


def test_a_look_costs_next_to_nothing(office: Office) -> None:
    """It is taken every second, for ever."""
    began = time.perf_counter()
    for _ in range(10):
        assert office.looks() is None
    assert time.perf_counter() - began < 1


def test_an_edited_module_is_taken_and_wakes_the_people_of_the_playbooks_that_use_it(office: Office) -> None:
    module = office.project / "modules" / "hello.yaml"
    module.parent.mkdir()
    office.saves(module, b"module: Hello\nsteps:\n  - {step: wave, title: Wave, done_by: their word}\n")
    assert office.looks() is not None
    office.edits_file(office.playbook, "  - module: Value", "  - use: hello\n  - module: Value")
    assert office.looks() is not None
    office.edits_file(module, "Wave", "Wave twice")
    found = office.looks()
    assert found is not None
    assert (list(found.problems), list(found.playbooks)) == ([], ["little"])
    assert office.shelf.playbooks()["little"].step("wave").title == "Wave twice"  # type: ignore[union-attr]
