"""Our people's tasks in the playground, with the mouse of a colleague: every dialog opens, is read by everybody, and does what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from everybody import everybody_can_read
from playwright.sync_api import expect
from tasking import task_of, write_project
from visiting import Demos, Visitor


def test_maya_plans_a_meeting_reads_its_agenda_and_finishes_it(demos: Demos, visit: Callable[..., Visitor], tmp_path: Path) -> None:
    town = demos.start(write_project(tmp_path / "ours"))
    maya = visit(town)
    maya.opens()
    maya.sees("not planned yet", maya.team)
    maya.presses("Plan the meeting", maya.team)
    expect(maya.dialog).to_contain_text("Europe/Berlin")
    maya.dialog.get_by_label("Day").fill("2026-03-04")
    maya.dialog.get_by_label("Time", exact=True).fill("14:30")
    maya.dialog.get_by_label("Minutes").fill("60")
    everybody_can_read(maya, "dialog[open]")
    maya.page.set_viewport_size({"width": 1440, "height": 900})
    maya.presses("Send the invitation", maya.dialog)
    maya.sees("Wed 4 March, 14:30, 60 minutes", maya.team)
    maya.presses("Agenda", maya.team)
    expect(maya.dialog).to_contain_text("Success, in their words")
    maya.presses("Close", maya.dialog)
    done = maya.team.get_by_text("Hold the kickoff").last.locator("xpath=ancestor::li[1]").get_by_role("button", name="Done", exact=True)
    done.click()
    maya.dialog.get_by_label("Summary").fill("They start with one team.")
    maya.presses("It is done", maya.dialog)
    maya.sees("They start with one team.", maya.team)
    assert task_of(town, "U_ANA", "kickoff").state == "done"
