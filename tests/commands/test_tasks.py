"""`handrail tasks`, and tasks in `handrail simulate`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from stories import MONDAY, a_playbook, a_text
from taskwork import WITH_TASKS

from bot.handle import handle
from flows.events import Joined, Traits
from storage.store import Store, open_store
from storage.task_reports import TaskReports
from tests.commands.conftest import Handrail

TASKS = """
  - {task: handoff, title: Hand-off from sales, owner: sales, form: {goals: What they want, employees: Their number}, due: 1 working days}
  - {task: check_in, title: Check-in, when: days_in < 15, every: 7 days, due: 1 working days}
"""
QUIET = dict.fromkeys(("sequence", "triggers", "nudges", "surveys"), "[]") | {"escalations": "[{escalation: asked, on: says_stuck}]"}


@contextmanager
def opened(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/handrail.db")
    yield store
    store.close()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "playbooks").mkdir()
    text = a_text(**{**WITH_TASKS, **QUIET, "tasks": TASKS})
    (tmp_path / "playbooks" / "little.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("HANDRAIL_PROJECT", str(tmp_path))
    return tmp_path


@pytest.fixture
def handoff(tmp_path: Path, project: Path) -> str:
    assert project
    with opened(tmp_path) as store:
        who = store.identify([("external", "", "u1")])
        known = {"person": {"name": "Ana Ruiz"}, "account": {"name": "Acme"}, "account_id": store.account_for("external", "acme")}
        told = Traits(source="t", key="1", who=who, at=MONDAY, **known)
        handle(store, a_playbook(**{**WITH_TASKS, "tasks": TASKS}), [told, Joined(source="t", key="2", who=who, at=MONDAY)], MONDAY)
        return next(one.task.uid for one in TaskReports(store.database).open() if one.task.id == "handoff")


def test_the_open_tasks_are_listed_with_who_has_them(handrail: Handrail, handoff: str) -> None:
    told = handrail("tasks")
    assert "Hand-off from sales" in told.out
    assert "Tue 3 Mar 10:00" in told.out
    assert "nobody yet (sales)" in told.out
    assert "2 open tasks" in told.out
    [plain] = [one for one in handrail("tasks", "--json").json if one["task"] == "handoff"]
    assert (plain["id"], plain["account"], plain["owner"]) == (handoff, "Acme", "sales")


def test_a_task_is_ended_by_hand_with_the_answers_of_its_form(handrail: Handrail, handoff: str, tmp_path: Path) -> None:
    told = handrail("tasks", "done", handoff, "--by", "Tom", "--note", "All clear", "--answer", "goals=Ten leads")
    assert "Hand-off from sales for Acme is done." in told.out
    with opened(tmp_path) as store:
        one = TaskReports(store.database).one(handoff)
    assert one is not None
    assert (one.task.state, one.task.by_name, one.task.answers) == ("done", "Tom", {"goals": "Ten leads"})
    again = handrail("tasks", "drop", handoff, "--by", "Eva")
    assert again.code == 1
    assert "is done already, says Tom" in again.err


def test_a_task_nobody_knows_is_one_line(handrail: Handrail, handoff: str) -> None:
    assert handoff
    assert "There is no task nothing" in handrail("tasks", "done", "nothing", "--by", "Tom").err


def test_a_simulation_asks_our_people_and_nobody_does_anything(handrail: Handrail, project: Path) -> None:
    assert project
    told = handrail("simulate", "little", "--json").json
    lines = [(entry["name"], entry["to"], entry["because"]) for entry in told if entry["kind"] == "task"]
    assert ("Hand-off from sales", "#csm", "task for sales, due Tue 3 Mar 10:00") in lines
    assert any(because.startswith("reminder 1") for _, _, because in lines)
    assert not any(because.startswith("done") for _, _, because in lines)
    assert "Tasks still open" in handrail("simulate", "little").out


def test_with_tasks_done_our_people_do_each_when_it_is_due(handrail: Handrail, project: Path) -> None:
    assert project
    told = handrail("simulate", "little", "--tasks-done", "--json").json
    lines = [entry["because"] for entry in told if entry["kind"] == "task" and entry["name"] == "Check-in"]
    assert [line.split(",")[0] for line in lines] == ["task for csm", "done by a colleague"] * 3


def test_an_answer_that_is_no_number_where_one_is_meant_is_refused(handrail: Handrail, handoff: str) -> None:
    told = handrail("tasks", "done", handoff, "--by", "Tom", "--answer", "employees=60 %")
    assert told.code == 1
    assert "employees is a number, and not '60 %'." in told.err
