"""csms.yaml: who takes cases, and what is wrong with the file, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.csms import read_roster, roster_in, teams_nobody_has

ROOT = Path(__file__).parents[2]

MAYA = "{csm: U_MAYA, name: Maya Chen, email: maya@vendor.test, zone: Europe/Berlin}"


def wrong(text: str) -> list[str]:
    return [str(problem) for problem in roster_in(text, "csms.yaml")[1]]


def test_a_project_without_the_file_has_nobody_by_name(tmp_path: Path) -> None:
    roster, problems = read_roster(tmp_path)
    assert (roster.csms, problems) == ((), [])


@pytest.mark.parametrize("project", ["templates/project", "examples/acme"])
def test_the_projects_that_ship_have_maya_and_tom(project: str) -> None:
    roster, problems = read_roster(ROOT / project)
    assert not problems
    assert {one.csm for one in roster.csms} == {"U_MAYA", "U_TOM"}


def test_an_account_may_call_maya_by_her_id_her_name_or_her_address() -> None:
    roster, _ = roster_in(f"csms: [{MAYA}]", "csms.yaml")
    for name in ("U_MAYA", "maya chen ", "Maya@vendor.test"):
        assert roster.owner(name) is not None
    assert roster.owner("Maya") is None
    assert roster.owner("") is None


def test_a_team_has_those_who_say_so_and_those_who_say_nothing() -> None:
    roster, _ = roster_in(f"csms: [{MAYA}, {{csm: U_TOM, name: Tom, teams: ['#leads']}}]", "csms.yaml")
    assert [one.name for one in roster.of("#csm")] == ["Maya Chen"]
    assert [one.name for one in roster.of("#leads")] == ["Maya Chen", "Tom"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "csms:\n  - {csm: U_MAYA, name: Maya, max_open_case: 3}\n",
            "csms.yaml:2: unknown key `max_open_case`, did you mean max_open_cases?",
        ),
        ("csms:\n  - {csm: maya, name: Maya}\n", "csms.yaml:2: `csm`: 'maya' is no Slack user id"),
        ("csms:\n  - {name: Maya}\n", "csms.yaml:2: `csm` is missing"),
        ("csms:\n  - {csm: U_MAYA, name: Maya, zone: Berlin}\n", "csms.yaml:2: unknown zone Berlin; write a name like Europe/Berlin"),
        ("assign: lottery\n", "csms.yaml:1: `assign` is 'round_robin' or 'capacity', not 'lottery'"),
        (f"csms:\n  - {MAYA}\n  - {{csm: U_M2, name: maya chen}}\n", "two colleagues are called maya chen"),
        ("csms:\n  - {csm: U_MAYA, name: Maya, overflow: true}\n", "here there are no others"),
        ("csms:\n  - {csm: U_MAYA, name: Maya, max_open_cases: -1}\n", "csms.yaml:2: `max_open_cases` is at least 0"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, said: str) -> None:
    assert any(said in problem for problem in wrong(text)), wrong(text)


def test_every_mistake_is_told_at_once() -> None:
    assert len(wrong("assign: lottery\ncsms:\n  - {csm: U_MAYA, name: Maya, max: 3}\n")) == 2


def test_a_colleague_needs_a_name() -> None:
    (problem,) = wrong('csms: [{csm: U_MAYA, name: ""}]')
    assert "needs a name" in problem


def test_a_team_that_no_playbook_has_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "csms.yaml").write_text('csms:\n  - csm: U_MAYA\n    name: Maya\n    teams: ["#csm", "#nobody-knows"]\n')
    roster, _ = read_roster(tmp_path)
    (problem,) = teams_nobody_has(tmp_path, roster, ["#csm"])
    assert (problem.line, "#nobody-knows is no playbook's" in str(problem)) == (4, True)
