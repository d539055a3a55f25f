"""Modules in files of their own: used with inputs, changed in place, and pointed at where they were written."""

from __future__ import annotations

from pathlib import Path

from stories import LITTLE, Story

from flows.checklist import checklist
from flows.library import Playbooks
from flows.problems import Problem
from flows.reading import read_playbooks

KICKOFF = """\
module: Kick off
objective: We agree on {{ what }}
inputs: {app: https://app.example.com, what: a plan, days: 3}
steps:
  - step: book
    title: Book the call
    link: "{{ app }}/calendar"
    done_by: their word
    due: 3 days
    minutes: "{{ days }}"
"""
USES = LITTLE.replace(
    "  - module: Value", "  - use: kickoff\n    with: {app: https://acme.test, days: 7}\n    optional: true\n  - module: Value"
)


def read(tmp_path: Path, playbook: str = USES, **modules: str) -> tuple[Playbooks, list[str]]:
    """A project with the little playbook and its modules; `kickoff__de` is kickoff.de.yaml."""
    for name, text in {"playbooks/little": playbook, **{f"modules/{name}": text for name, text in modules.items()}}.items():
        path = tmp_path / f"{name.replace('__', '.')}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    playbooks, problems = read_playbooks([tmp_path / "playbooks"])
    return playbooks, [told(problem) for problem in problems]


def told(problem: Problem) -> str:
    return f"{Path(problem.file).name}:{problem.line}: {problem.message}"


def test_a_playbook_uses_a_module_with_its_own_inputs_and_words(tmp_path: Path) -> None:
    playbooks, wrong = read(tmp_path, kickoff=KICKOFF)
    assert wrong == []
    module = playbooks["little"].checklist[1]
    assert (module.module, module.objective, module.optional) == ("Kick off", "We agree on a plan", True)
    assert (module.steps[0].link, module.steps[0].minutes) == ("https://acme.test/calendar", 7)


def test_what_is_wrong_inside_a_module_names_its_own_file_and_line(tmp_path: Path) -> None:
    _, wrong = read(tmp_path, kickoff=KICKOFF.replace("their word", "call.bookd"))
    assert wrong == ["kickoff.yaml:8: unknown event call.bookd"]
    _, wrong = read(tmp_path, kickoff=KICKOFF.replace("due: 3 days", "due: soon"))
    assert [line.partition(": ")[0] for line in wrong] == ["kickoff.yaml:9"]
    _, wrong = read(tmp_path, kickoff=KICKOFF.replace("title:", "titel:"))
    assert wrong == ["kickoff.yaml:6: unknown key `titel`, did you mean title?"]


def test_what_the_playbook_says_of_it_names_the_playbook(tmp_path: Path) -> None:
    text = USES.replace("    optional: true\n", "    opens_when: done.sorce\n")
    assert read(tmp_path, text, kickoff=KICKOFF)[1] == ["little.yaml:32: unknown step done.sorce, did you mean done.source?"]
    text = USES.replace("    optional: true\n", "    opens_wen: done.source\n")
    assert read(tmp_path, text, kickoff=KICKOFF)[1] == ["little.yaml:32: unknown key `opens_wen`, did you mean opens_when?"]


def test_inputs_that_lead_nowhere_are_told_where_they_stand(tmp_path: Path) -> None:
    assert read(tmp_path, USES.replace("{app:", "{ap:"), kickoff=KICKOFF)[1] == ["little.yaml:31: unknown input ap, did you mean app?"]
    assert read(tmp_path, USES.replace("days: 7", "days: x"), kickoff=KICKOFF)[1] == ["little.yaml:31: days is a number, such as 3"]
    wrong = read(tmp_path, kickoff=KICKOFF.replace("{{ app }}", "{{ ap }}"))[1]
    assert wrong == ["kickoff.yaml:3: nothing in this module uses app", "kickoff.yaml:7: unknown input ap, did you mean app?"]
    wrong = read(tmp_path, kickoff=KICKOFF.replace("Book the call", "Book {% if x %}"))[1]
    assert wrong == ["kickoff.yaml:6: only an input stands in braces here, such as {{ app }}"]


def test_a_module_that_is_not_there_is_told_with_the_one_that_was_meant_and_other_mistakes_of_form_too(tmp_path: Path) -> None:
    text = USES.replace("use: kickoff", "use: kickof").replace("ends: 30 days", "ends: soon")
    wrong = read(tmp_path, text, kickoff=KICKOFF)[1]
    assert wrong[1] == "little.yaml:30: unknown module kickof, did you mean kickoff? (no file modules/kickof.yaml)"
    assert wrong[0].startswith("little.yaml:5: `ends`")
    assert len(wrong) == 2


def test_a_module_brings_its_own_steps_and_uses_no_other(tmp_path: Path) -> None:
    wrong = read(tmp_path, USES.replace("    optional: true\n", "    steps: []\n"), kickoff=KICKOFF)[1]
    assert wrong == ["little.yaml:32: kickoff brings its own steps; to change them write a modules/kickoff.yaml of your own"]
    wrong = read(tmp_path, kickoff=KICKOFF + "use: kickoff\n")[1]
    assert "kickoff.yaml:11: a module in a file of its own uses no other; list both in the playbook" in wrong


def test_a_broken_module_that_nobody_uses_is_told_once(tmp_path: Path) -> None:
    assert read(tmp_path, LITTLE, other="module: Other\n")[1] == ["other.yaml:1: `steps` is missing"]


def test_a_playbook_whose_module_changed_has_another_hash_and_others_do_not(tmp_path: Path) -> None:
    before = read(tmp_path, kickoff=KICKOFF)[0].hashes
    assert read(tmp_path, kickoff=KICKOFF.replace("Book the", "Book your"))[0].hashes != before
    plain = read(tmp_path, LITTLE, kickoff=KICKOFF)[0].hashes
    assert read(tmp_path, LITTLE, kickoff=KICKOFF + "# more\n")[0].hashes == plain


def test_a_module_is_read_in_german_wherever_it_is_used_and_the_playbooks_own_words_go_before(tmp_path: Path) -> None:
    german = "use: kickoff\ntitle: Auftakt\nobjective: Wir einigen uns auf {{ what }}\nsteps:\n  book: {title: Den Termin buchen}\n"
    playbooks, wrong = read(tmp_path, kickoff=KICKOFF, kickoff__de=german)
    assert wrong == []
    ana = Story(playbooks, locale="de")
    ana.joins()
    drawn = checklist(playbooks["little"], ana.subject, ana.now).modules[1]
    assert (drawn.title, drawn.objective, drawn.steps[0].title) == ("Auftakt", "Wir einigen uns auf a plan", "Den Termin buchen")
    (tmp_path / "playbooks" / "little.de.yaml").write_text("playbook: little\nsteps:\n  book: {title: Termin machen}\n", encoding="utf-8")
    playbooks, wrong = read(tmp_path)
    assert wrong == []
    assert checklist(playbooks["little"], ana.subject, ana.now).modules[1].steps[0].title == "Termin machen"


def test_a_translation_of_a_module_that_names_what_is_not_there_is_told(tmp_path: Path) -> None:
    wrong = read(tmp_path, LITTLE, kickoff=KICKOFF, kickoff__de="use: kickoff\nsteps:\n  bok: {title: Buchen}\n")[1]
    assert wrong == ["kickoff.de.yaml:3: unknown step bok, did you mean book?"]
    wrong = read(tmp_path, LITTLE, gone__de="use: gone\n")[1]
    assert "gone.de.yaml:1: there is no gone.yaml that this could be the translation of" in wrong


def test_a_later_folders_module_replaces_the_one_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "ours" / "modules").mkdir(parents=True)
    (tmp_path / "ours" / "playbooks").mkdir()
    (tmp_path / "ours" / "playbooks" / "little.yaml").write_text(USES, encoding="utf-8")
    (tmp_path / "ours" / "modules" / "kickoff.yaml").write_text(KICKOFF, encoding="utf-8")
    (tmp_path / "theirs" / "modules").mkdir(parents=True)
    (tmp_path / "theirs" / "modules" / "kickoff.yaml").write_text(KICKOFF.replace("Kick off", "Auftakt"), encoding="utf-8")
    playbooks, problems = read_playbooks([tmp_path / "ours" / "playbooks", tmp_path / "theirs" / "playbooks"])
    assert problems == []
    assert playbooks["little"].checklist[1].module == "Auftakt"
