"""`handrail check` names what is wrong; `handrail init` writes what is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_the_shipped_files_are_good(handrail: Callable[..., Any]) -> None:
    said = handrail("check")
    assert said.code == 0
    assert said.out.startswith("All good: 3 playbooks, ")


def test_all_good_in_json_is_an_empty_list(handrail: Callable[..., Any]) -> None:
    assert handrail("check", "--json").json == []


def test_a_new_project_is_good_and_can_be_simulated(handrail: Callable[..., Any], project: Path) -> None:
    assert handrail("check", "acme").out.startswith("All good: 4 playbooks, ")
    told = handrail("simulate", "onboarding", "--project", "acme", "--json").json
    assert [entry["name"] for entry in told if entry["kind"] == "message"][:2] == ["welcome", "day1"]
    assert (project / "README.md").is_file()


def test_init_says_what_to_do_next(handrail: Callable[..., Any]) -> None:
    said = handrail("init", "acme").out
    assert [line.split()[1] for line in said.splitlines() if line.startswith("  handrail")] == ["check", "simulate", "demo"]


def test_a_folder_with_anything_in_it_is_left_alone(handrail: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "notes.txt").write_text("mine")
    said = handrail("init", "acme")
    assert (said.code, said.err) == (1, "acme is not empty; name a new folder.\n")
    assert [path.name for path in (tmp_path / "acme").iterdir()] == ["notes.txt"]


def test_every_problem_is_named_with_file_and_line_as_one_would_type_it(handrail: Callable[..., Any], project: Path) -> None:
    playbook = project / "playbooks" / "onboarding.yaml"
    text = (
        playbook.read_text()
        .replace("account.employees < 500", "account.employes < 500")
        .replace("done_by: report.created", "done_by: report.maid")
    )
    playbook.write_text(text)
    (project / "templates" / "messages" / "day3.md").write_text("---\nsubject: Hi {{ persn.name }}\n---\nHello.\n")
    said = handrail("check", "acme")
    wrong = [(n, line) for n, line in enumerate(text.splitlines(), 1) if "employes <" in line or "report.maid" in line]
    assert said.code == 1
    for number, _ in wrong:
        assert f"acme/playbooks/onboarding.yaml:{number}: " in said.out
    assert "acme/templates/messages/day3.md:2: unknown fact persn, did you mean person?" in said.out
    assert said.out.splitlines() == sorted(said.out.splitlines(), key=lambda line: (line.split(":")[0], int(line.split(":")[1])))
    found = handrail("check", "acme", "--json")
    assert found.code == 1
    assert {frozenset(problem) for problem in found.json} == {frozenset({"file", "line", "where", "message"})}
    assert len(found.json) == len(said.out.splitlines())


def test_the_current_folder_is_the_project_when_it_looks_like_one(
    handrail: Callable[..., Any], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    assert "4 playbooks" in handrail("check").out
    assert handrail("simulate", "onboarding", "--json").code == 0


def test_handrail_project_names_the_project(handrail: Callable[..., Any], project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_PROJECT", str(project))
    assert "4 playbooks" in handrail("check").out


def test_a_project_that_is_missing_is_named_by_who_named_it(handrail: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert handrail("check", "nowhere").err == "There is no folder nowhere.\n"
    monkeypatch.setenv("HANDRAIL_PROJECT", "gone")
    assert handrail("check").err == "HANDRAIL_PROJECT names gone, and there is no such folder.\n"


def test_other_commands_say_where_a_project_is_broken(handrail: Callable[..., Any], project: Path) -> None:
    (project / "playbooks" / "onboarding.yaml").write_text("playbook: onboarding\n")
    said = handrail("simulate", "onboarding", "--project", "acme")
    assert said.code == 1
    assert said.err.startswith("acme/playbooks/onboarding.yaml:1: ")
    assert "`handrail check` names all" in said.err
