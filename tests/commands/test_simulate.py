"""`handrail simulate`: a person's diary, by the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

KINDS = {"message", "step", "segment", "escalation", "skipped", "survey", "done", "dropped"}
FAST = [
    ("source.connected", "2026-03-02T11:00:00Z"),
    ("api_key.created", "2026-03-02T12:00:00Z"),
    ("member.invited", "2026-03-02T13:00:00Z"),
    ("member.invited", "2026-03-02T14:00:00Z"),
    ("report.created", "2026-03-03T15:00:00Z"),
    ("report.shared", "2026-03-04T15:00:00Z"),
]


def names(told: list[dict[str, str]], *kinds: str) -> list[str]:
    return [entry["name"] for entry in told if entry["kind"] in kinds]


def wrote(path: Path, events: list[tuple[str, str]], user: str = "bo") -> str:
    with path.open("a", encoding="utf-8") as file:
        for name, at in events:
            file.write(json.dumps({"event": name, "timestamp": at, "userId": user, "properties": {}}) + "\n")
    return str(path)


def test_someone_who_does_nothing_is_nudged_twice_and_then_a_human_hears_of_it(handrail: Callable[..., Any]) -> None:
    told = handrail("simulate", "smb", "--json").json
    assert names(told, "message") == ["welcome", "day1", "day3", "gone_quiet", "day7", "gone_quiet"]
    assert names(told, "survey") == ["goal_reached"]
    case = next(entry for entry in told if entry["kind"] == "escalation")
    assert (case["name"], case["to"]) == ("silent", "#csm-smb")
    assert "two nudges went unanswered" in case["because"]
    assert [entry["at"] for entry in told] == sorted(entry["at"] for entry in told)
    assert {entry["kind"] for entry in told} <= KINDS
    assert all(set(entry) == {"at", "kind", "name", "to", "because"} and entry["because"] for entry in told)


def test_a_fast_developer_in_lima_is_left_alone(handrail: Callable[..., Any], tmp_path: Path) -> None:
    events = wrote(tmp_path / "fast.jsonl", FAST)
    who = ("--as", "plan=team, employees=20, role=developer", "--zone", "America/Lima")
    told = handrail("simulate", "smb", *who, "--events", events, "--json").json
    welcome = next(entry for entry in told if entry["name"] == "welcome")
    assert (welcome["at"], welcome["to"], welcome["kind"]) == ("2026-03-02T05:00:00-05:00", "slack, email", "message")
    assert names(told, "step") == ["connect_source", "api_key", "invite_team", "first_report", "share_report"]
    assert "stage: early_adopter" in names(told, "segment")
    assert "skill: technical" in names(told, "segment")
    assert [name for name in names(told, "skipped") if name.startswith("day")] == ["day3", "day7"]
    assert names(told, "escalation") == []
    step = next(entry for entry in told if entry["name"] == "first_report")
    assert (step["at"], step["because"]) == ("2026-03-03T10:00:00-05:00", "the product reported report.created")


def test_the_last_day_is_a_whole_one(handrail: Callable[..., Any]) -> None:
    assert names(handrail("simulate", "smb", "--days", "1", "--json").json, "message") == ["welcome", "day1"]
    assert names(handrail("simulate", "smb", "--days", "0", "--json").json, "message") == ["welcome"]


def test_a_journey_that_runs_out_says_so(handrail: Callable[..., Any]) -> None:
    told = handrail("simulate", "smb", "--days", "60", "--json").json
    assert told[-1]["kind"] == "done"
    assert told[-1]["because"].endswith("days are over")


def test_the_page_is_a_rail_of_days_with_a_sum_at_the_end(handrail: Callable[..., Any], tmp_path: Path) -> None:
    events = wrote(tmp_path / "fast.jsonl", [*FAST, ("page.viewed", "2026-03-05T10:00:00Z")])
    said = handrail("simulate", "smb", "--as", "employees=20, name=Bo Li, account.name=Beta", "--events", events)
    assert "Bo Li at Beta, employees 20, UTC" in said.words
    assert "● Day 0 · Mon 2 Mar" in said.out
    assert "report.created they do this" in said.words
    assert "page.viewed they do this; the playbook does not name it" in said.words
    assert "quiet days" in said.out
    assert "Goal: first report shared met on day 2" in said.words
    assert "Messages a week" in said.out
    assert said.err == ""


def test_what_the_budget_held_back_is_told(handrail: Callable[..., Any]) -> None:
    assert "Held by the budget gone_quiet on day 3" in handrail("simulate", "smb").words


PROJECT = """playbook: busy
title: More than fits
ends: 14 days
goal: {name: first report, when: done.report}
limit: {per_day: 1, per_week: 2}
team: {channel: "#csm"}
events: {report.created: A report was saved, webinar.attended: They were there}
checklist:
  - {module: Set up, steps: [{step: report, title: Build a report, done_by: report.created}]}
sequence:
  - {message: welcome, right_away: true}
  - {message: day1, after: 1 day, at: "09:30"}
  - {message: day3, after: 2 days, at: "09:30"}
  - {message: day7, after: 3 days, at: "09:30"}
series:
  - series: features
    from: 1 day
    to: 4 days
    at: "11:00"
    limit: {per_day: 1, per_week: 2}
    messages: [{message: gone_quiet}, {message: well_done}, {message: completion}]
recurring:
  - {message: try_integrations, every: 7 days, at: "09:30"}
invitations:
  - {session: webinar, message: invite_session}
"""


def busy(folder: Path) -> str:
    (folder / "playbooks").mkdir()
    (folder / "playbooks" / "busy.yaml").write_text(PROJECT, encoding="utf-8")
    session = "{session: webinar, title: Reports, starts: 2026-03-12T15:00, zone: Europe/Berlin}"
    (folder / "sessions.yaml").write_text(f"sessions: [{session}]\n", encoding="utf-8")
    return str(folder)


def test_what_the_budgets_dropped_is_told_at_the_end_with_its_day_and_whose_budget_it_was(
    handrail: Callable[..., Any], tmp_path: Path
) -> None:
    project = busy(tmp_path)
    dropped = [entry for entry in handrail("simulate", "busy", "--project", project, "--json").json if entry["kind"] == "dropped"]
    assert [(entry["name"], entry["at"][:10], entry["because"]) for entry in dropped] == [
        ("day7", "2026-03-05", "no room in the common budget: 1 a day, 2 in seven days"),
        ("completion", "2026-03-05", "no room in the budget of series features: 1 a day, 2 in seven days"),
        ("completion", "2026-03-06", "no room in the budget of series features: 1 a day, 2 in seven days"),
        ("try_integrations", "2026-03-16", "no room in the common budget: 1 a day, 2 in seven days"),
    ]
    words = handrail("simulate", "busy", "--project", project).words
    assert "completion on day 3 (the budget of series features)" in words
    assert "day7 on day 3 (the common budget)" in words


def test_series_rounds_and_invitations_are_in_the_diary_with_their_occasion(handrail: Callable[..., Any], tmp_path: Path) -> None:
    told = handrail("simulate", "busy", "--project", busy(tmp_path), "--json").json
    why = {entry["name"]: entry["because"] for entry in told if entry["kind"] == "message"}
    assert why["gone_quiet"] == "a day of series features"
    assert why["try_integrations"] == "round 1, every 7 days"
    assert why["invite_session"] == "invites to webinar, 12.03. 14:00"


def test_someone_the_playbook_does_not_take_has_an_empty_diary_and_a_reason(handrail: Callable[..., Any]) -> None:
    said = handrail("simulate", "smb", "--as", "employees=500", "--json")
    assert (said.code, said.json) == (0, [])
    assert "account.employees is 500" in said.err
    assert "account.employees is 500" in handrail("simulate", "smb", "--as", "employees=500").out


def test_they_join_when_one_says(handrail: Callable[..., Any]) -> None:
    def first(*more: str) -> str:
        return str(handrail("simulate", "smb", "--json", *more).json[0]["at"])

    assert first("--start", "2026-06-01T08:00Z") == "2026-06-01T08:00:00+00:00"
    assert first("--start", "2026-06-01", "--zone", "Europe/Berlin") == "2026-06-01T10:00:00+02:00"
    assert first("--start", "2026-06-01T08:00", "--zone", "Europe/Berlin") == "2026-06-01T08:00:00+02:00"


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--as", "employes=3"), "There is no trait employes, did you mean employees?"),
        (("--as", "account.role=x"), "There is no trait account.role; there are acv, employees, industry, name and plan."),
        (("--as", "employees=lots"), "employees is a number, not 'lots'."),
        (("--as", "technical=maybe"), "technical is true or false, not 'maybe'."),
        (("--as", "developer"), "--as takes traits like plan=team, employees=20; 'developer' has no = in it."),
        (("--zone", "Lima"), "There is no zone Lima, did you mean America/Lima?"),
        (("--start", "soon"), "--start is a moment like 2026-03-02T10:00Z or a day like 2026-03-02, not 'soon'."),
        (("--user", "bo"), "--user picks somebody out of an --events file, and none is named."),
    ],
)
def test_what_cannot_be_understood_is_said_in_words(handrail: Callable[..., Any], options: tuple[str, ...], line: str) -> None:
    said = handrail("simulate", "smb", *options)
    assert (said.code, said.err) == (1, line + "\n")


def test_bad_lines_of_events_are_all_named(handrail: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text(
        '{"event": "report.created", "timestamp": "2026-03-02T11:00:00Z", "userId": "bo"}\n'
        "\n"
        "report.created\n"
        '{"event": "", "timestamp": "noon"}\n'
        '{"event": "report.created", "timestamp": "2026-03-02T11:00:00Z", "userId": "bo", "properties": []}\n'
        "[1]\n"
    )
    said = handrail("simulate", "smb", "--events", "e.jsonl")
    assert said.code == 1
    assert said.err.splitlines() == [
        "e.jsonl:3: this is no JSON",
        "e.jsonl:4: event is missing: the name of what they did; userId is missing; "
        "timestamp 'noon' is no moment like 2026-03-02T10:00:00Z",
        "e.jsonl:5: properties is no object",
        "e.jsonl:6: this is no JSON object",
    ]


def test_a_file_of_many_tells_of_its_first_user_unless_another_is_named(handrail: Callable[..., Any], tmp_path: Path) -> None:
    wrote(tmp_path / "e.jsonl", [("integrations.viewed", "2026-03-02T11:00:00Z")], user="bo")
    wrote(tmp_path / "e.jsonl", FAST, user="cy")
    bo = handrail("simulate", "smb", "--events", "e.jsonl", "--json")
    assert names(bo.json, "step") == []
    assert bo.err == "The file tells of 2 users; this is bo. Pick another with --user.\n"
    assert "first_report" in names(handrail("simulate", "smb", "--events", "e.jsonl", "--user", "cy", "--json").json, "step")
    assert handrail("simulate", "smb", "--events", "e.jsonl", "--user", "di").err == "e.jsonl has no events of di.\n"


def test_a_line_that_comes_twice_counts_once(handrail: Callable[..., Any], tmp_path: Path) -> None:
    invited = ("member.invited", "2026-03-02T13:00:00Z")
    events = wrote(tmp_path / "e.jsonl", [invited, invited])
    said = handrail("simulate", "smb", "--as", "employees=5", "--events", events, "--json")
    assert names(said.json, "step") == []
    assert said.err == "1 line said the same again and counted once.\n"


def test_events_outside_the_days_are_told(handrail: Callable[..., Any], tmp_path: Path) -> None:
    events = wrote(tmp_path / "e.jsonl", [("report.created", "2027-03-02T13:00:00Z")])
    said = handrail("simulate", "smb", "--events", events)
    assert said.err == "Outside Mon 2 Mar to Wed 1 Apr: 1 of 1 event; --start says when they join.\n"
