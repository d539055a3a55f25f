"""Reading playbooks: what the text means, which file counts, and what is said about a text that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.document import read_document
from flows.library import SHIPPED
from flows.playbook import Playbook
from flows.reading import read_playbook, read_playbooks

SMALL = """\
playbook: small
title: A small one
ends: 10 days
goal: {name: connected, when: done.connect}
team: {channel: "#help"}
events: {source.connected: It answered}
checklist:
  - module: Begin
    steps:
      - step: connect
        title: Connect
        done_by: source.connected
sequence:
  - {message: welcome, right_away: true}
  - {message: day3, after: 3 days, at: 09:30, when: not goal_met}
"""


def good(text: str) -> Playbook:
    playbook, problems = read_playbook(text, "small.yaml")
    assert [str(problem) for problem in problems] == []
    assert playbook is not None
    return playbook


def said(text: str) -> list[str]:
    playbook, problems = read_playbook(text, "small.yaml")
    assert playbook is None
    return [str(problem) for problem in problems]


def changed(*swaps: tuple[str, str]) -> str:
    text = SMALL
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_a_small_playbook_is_read_and_can_be_asked() -> None:
    playbook = good(SMALL)
    assert playbook.ask("not goal_met", {"goal_met": False}).holds
    assert [step.step for _, step in playbook.steps()] == ["connect"]


def test_the_shipped_smb_playbook_is_read() -> None:
    playbooks, problems = read_playbooks([SHIPPED])
    assert problems == []
    smb = playbooks["smb"]
    assert [rule.message for rule in smb.sequence] == ["welcome", "day1", "day3", "day7"]
    assert [rule.message for rule in smb.triggers] == ["well_done", "quick_start", "try_integrations", "completion", "hand_off"]
    assert [survey.survey for survey in smb.surveys] == ["ease", "blockers", "goal_reached", "leaving"]
    assert all(escalation.title for escalation in smb.escalations)


def test_the_shipped_playbook_takes_someone_of_whom_nothing_is_known() -> None:
    smb = read_playbooks([SHIPPED])[0]["smb"]
    assert smb.ask(smb.enroll_when, {"account": dict(smb.traits.account)}).holds


def test_on_yes_no_and_times_of_day_are_texts_and_only_true_and_false_are_not() -> None:
    document = read_document("on: yes\nno: off\nat: 10:30\nold: 1_000\nzip: 007\nsure: true\nday: 2026-03-02\nn: 3\nx: -1.5\n", "a.yaml")
    assert document.data == {
        "on": "yes", "no": "off", "at": "10:30", "old": "1_000", "zip": "007", "sure": True, "day": "2026-03-02", "n": 3, "x": -1.5,
    }  # fmt: skip
    assert document.problems == ()


def test_a_condition_may_be_plain_true() -> None:
    assert good(changed(("ends: 10 days", "ends: 10 days\nenroll_when: true"))).enroll_when == "true"


def test_answers_in_words_stay_words() -> None:
    survey = "\nsurveys:\n  - {survey: there, message: there, after: 9 days, answers: [yes, partly, no]}\n"
    assert good(SMALL + survey).surveys[0].answers == ("yes", "partly", "no")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("ends: 10 days", "end: 10 days", "small.yaml:3: unknown key `end`, did you mean ends?"),
        ("ends: 10 days\n", "", "small.yaml:1: `ends` is missing"),
        ("title: A small one", "title: A small one\ncolour: red", "small.yaml:3: unknown key `colour`; known here: playbook, title, owner"),
        ("title: A small one", "title:", "small.yaml:2: `title` has no value"),
        ("title: A small one", "title: 30", "small.yaml:2: `title` should be a text; put it in quotes"),
        ("title: A small one", "title: A\ntitle: B", "small.yaml:3: `title` is written twice here; the first time on line 2"),
        ("ends: 10 days", "ends: 10", "small.yaml:3: `ends`: 10 is not a length of time; write it like 2 hours, 3 days or 4 working hours"),
        ("ends: 10 days", "ends: 10 days\ntouch: teck", "small.yaml:4: `touch` is 'tech', 'low' or 'high', not 'teck', did you mean tech?"),
        ("step: connect", "step: Connect", "small.yaml:10: `step`: 'Connect' is no id"),
        ("done_by: source.connected", "done_by: {event: source.connected, times: 0}", "small.yaml:12: `times` is at least 1"),
        ("title: Connect", "title: Connect\n        optional: yes", "small.yaml:12: `optional` should be true or false"),
        ("at: 09:30", "at: 9.30", 'small.yaml:15: `at`: 9.3 is not a time of day; write it like "09:30"'),
        ("checklist:", "segments: {pace: {is: x}}\nchecklist:", "small.yaml:7: `pace` should be a list"),
        ("goal: {name: connected, when: done.connect}", "goal: connected", "small.yaml:4: `goal` should be keys and values"),
        ("not goal_met", "not goal_mett", "small.yaml:15: unknown name goal_mett, did you mean goal_met?"),
        ("not goal_met", "days_in", "small.yaml:15: a condition is true or false, and days_in is a number"),
        ("not goal_met", "{{ not goal_met }}", "small.yaml:15: braces around a key are not read here; write a condition without braces"),
        ("title: A small one", "title: &a x", "small.yaml:2: a value is written out"),
        ("title: A small one", "title: !!python/object:os.system x", "small.yaml:2: "),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, words: str) -> None:
    if "&a" in new:
        new += "\nowner: *a"
        words = "small.yaml:3: a value is written out"
    problems = said(changed((old, new)))
    assert len(problems) == 1
    assert problems[0].startswith(words)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("days_in in (1, 2)", "a comma cut `when: days_in in (1` in two before `2)`; put it in quotes, or write it on a line of its own"),
        ("not goal_met, foo", "a comma cut `when: not goal_met` in two before `foo`"),
        ("days_in in [1, 2]", "inside {…} a list cannot stand in a condition; put the condition in quotes, or write one key a line"),
    ],
)
def test_a_comma_that_cuts_a_condition_in_two_is_named(when: str, words: str) -> None:
    (problem,) = said(changed(("not goal_met", when)))
    assert problem.startswith(f"small.yaml:15: {words}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "small.yaml:1: the file is empty"),
        ("- a\n- b\n", "small.yaml:1: a file holds keys and values"),
        ("a: 1\n\tb: 2\n", "small.yaml:2: a tab stands here; indent with spaces"),
        ("title: a: b\n", "small.yaml:1: this line has a colon too many"),
        ("title: 'a\n", "small.yaml:2: a quote or bracket is not closed"),
        ("when: 'x' == y\n", "small.yaml:1: a value that starts with a quote must end with it"),
        ("a: {when: 'x' == y}\n", "small.yaml:1: a value that starts with a quote must end with it"),
        ("a: @b\n", "small.yaml:1: this sign cannot start a value; put the value in quotes"),
        ("a: 1\n---\nb: 2\n", "small.yaml:2: one file holds one playbook"),
        ("a: \x07\n", "small.yaml:1: this cannot be read"),
        ("a: " + "[" * 3000, "small.yaml:1: "),
    ],
)
def test_what_is_no_yaml_is_said_in_words(text: str, words: str) -> None:
    (problem,) = said(text)
    assert problem.startswith(words)


def test_everything_wrong_is_said_at_once() -> None:
    text = changed(
        ("title: A small one", "titel: A small one"),
        ("done_by: source.connected", "done_by: source.conected"),
        ("after: 3 days", "after: 3 dys"),
        ("when: done.connect}", "when: done.conect}"),
    )
    assert said(text) == [
        "small.yaml:2: unknown key `titel`, did you mean title?",
        "small.yaml:4: unknown step done.conect, did you mean done.connect?",
        "small.yaml:12: unknown event source.conected, did you mean source.connected?",
        "small.yaml:15: `after`: '3 dys' is not a length of time; write it like 2 hours, 3 days or 4 working hours",
    ]


def test_a_problem_names_the_part_it_is_in() -> None:
    _, problems = read_playbook(changed(("not goal_met", "not goal_mett"), ("Connect\n", "Connect\n        minuts: 3\n")), "small.yaml")
    assert [problem.where for problem in problems] == ["checklist > Begin > steps > connect > minuts", "sequence > day3 > when"]


def test_a_projects_playbook_replaces_the_shipped_one_and_comes_first(tmp_path: Path) -> None:
    shipped, project = tmp_path / "shipped", tmp_path / "project"
    shipped.mkdir()
    project.mkdir()
    (shipped / "a.yaml").write_text(SMALL)
    (shipped / "b.yaml").write_text(SMALL.replace("playbook: small", "playbook: other"))
    (project / "mine.yaml").write_text(SMALL.replace("A small one", "Ours"))
    (project / "also.yml").write_text(SMALL.replace("playbook: small", "playbook: first"))
    playbooks, problems = read_playbooks([shipped, project])
    assert problems == []
    assert [playbook.playbook for playbook in playbooks] == ["first", "small", "other"]
    assert playbooks["small"].title == "Ours"
    assert playbooks.get("nobody") is None


def test_a_changed_file_has_another_hash(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL)
    before = read_playbooks([tmp_path])[0].hashes["small"]
    (tmp_path / "a.yaml").write_text(SMALL + "# a word\n")
    assert read_playbooks([tmp_path])[0].hashes["small"] != before


def test_a_projects_bad_playbook_does_not_let_the_shipped_one_in_again(tmp_path: Path) -> None:
    shipped, project = tmp_path / "shipped", tmp_path / "project"
    shipped.mkdir()
    project.mkdir()
    (shipped / "small.yaml").write_text(SMALL)
    (project / "small.yaml").write_text(SMALL.replace("ends: 10 days", "ends: soon"))
    (project / "latin.yaml").write_bytes(b"title: \xff\n")
    playbooks, problems = read_playbooks([shipped, project, tmp_path / "nowhere"])
    assert len(playbooks) == 0
    assert [(Path(problem.file).name, problem.line) for problem in problems] == [("latin.yaml", 1), ("small.yaml", 3)]


def test_two_files_with_one_playbook_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL)
    (tmp_path / "b.yaml").write_text(SMALL)
    (problem,) = read_playbooks([tmp_path])[1]
    assert problem.message == f"playbook small is already in {tmp_path / 'a.yaml'}"
