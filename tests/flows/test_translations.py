"""A playbook's texts in other languages: files beside it, which change words and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from stories import LITTLE, MONDAY, Story

from flows.checklist import checklist
from flows.events import Traits
from flows.library import SHIPPED, Playbooks
from flows.problems import Problem
from flows.reading import read_playbooks

GERMAN = """
playbook: little
title: Ein kleines Playbook
goal: erster Bericht
modules:
  Set up: {title: Einrichten, objective: Alles ist da}
  Value: {title: Nutzen, locked: Später}
steps:
  source: {title: Eine Quelle verbinden, why: Alles baut darauf auf}
  invite: {title: Zwei einladen}
"""


def read(tmp_path: Path, **files: str) -> tuple[Playbooks, list[Problem]]:
    """A folder with the little playbook and what lies beside it; `little__de` is little.de.yaml."""
    (tmp_path / "little.yaml").write_text(LITTLE)
    for name, text in files.items():
        (tmp_path / f"{name.replace('__', '.')}.yaml").write_text(text)
    return read_playbooks([tmp_path])


def told(problems: list[Problem]) -> list[str]:
    return [f"{Path(problem.file).name}:{problem.line}: {problem.message}" for problem in problems]


def test_people_read_the_checklist_in_their_language(tmp_path: Path):
    playbooks, wrong = read(tmp_path, little__de=GERMAN)
    assert wrong == []
    ana = Story(playbooks)
    ana.happens(Traits, person={"locale": "de-AT"})
    ana.joins()
    drawn = checklist(playbooks["little"], ana.subject, ana.now)
    assert (drawn.title, drawn.goal) == ("Ein kleines Playbook", "erster Bericht")
    assert [module.title for module in drawn.modules] == ["Einrichten", "Nutzen"]
    assert drawn.modules[1].locked == "Später"
    assert [step.title for step in drawn.steps] == ["Eine Quelle verbinden", "Zwei einladen", "Say hello", "Build a report"]


def test_a_module_opens_once_whatever_language_they_read(tmp_path: Path):
    playbooks, _ = read(tmp_path, little__de=GERMAN)
    ana = Story(playbooks)
    ana.joins()
    ana.does("source.connected")
    ana.happens(Traits, person={"locale": "de"})
    ana.now = MONDAY + timedelta(days=1)
    journey = ana.subject.person.journey
    assert journey is not None
    assert set(journey.opened) == {"Set up", "Value"}
    assert all(module.open for module in checklist(playbooks["little"], ana.subject, ana.now).modules)


def test_a_language_nobody_wrote_is_read_as_written(tmp_path: Path):
    playbook = read(tmp_path, little__de=GERMAN)[0]["little"]
    assert [playbook.in_language(tag).title for tag in ("fr", "", "en-GB")] == ["A little playbook"] * 3
    assert playbook.in_language("de_CH").title == "Ein kleines Playbook"


def test_a_region_goes_before_its_language(tmp_path: Path):
    austrian = GERMAN.replace("Ein kleines", "Ein feines")
    playbook = read(tmp_path, little__de=GERMAN, **{"little__de-AT": austrian})[0]["little"]
    assert [playbook.in_language(tag).title for tag in ("de-AT", "de-CH")] == ["Ein feines Playbook", "Ein kleines Playbook"]


def test_conditions_hold_in_every_language(tmp_path: Path):
    playbook = read(tmp_path, little__de=GERMAN)[0]["little"].in_language("de")
    assert playbook.ask("not done.source", {"done": {"source": False}}).holds


def test_what_a_translation_names_and_the_playbook_has_not_is_told_with_its_line(tmp_path: Path):
    wrong = """playbook: little
titel: Falsch
"""
    assert told(read(tmp_path, little__de=wrong)[1]) == ["little.de.yaml:2: unknown key `titel`, did you mean title?"]
    unknown = """playbook: little
modules:
  Setup: {title: Einrichten}
steps:
  sourse: {title: Eine Quelle}
intake:
  use_case: {text: Wozu das}
"""
    assert told(read(tmp_path, little__de=unknown)[1]) == [
        "little.de.yaml:3: unknown module Setup, did you mean Set up?",
        "little.de.yaml:5: unknown step sourse, did you mean source?",
        "little.de.yaml:7: unknown question use_case",
    ]


def test_a_translation_of_nothing_is_told(tmp_path: Path):
    assert told(read(tmp_path, little__de=GERMAN.replace("playbook: little", "playbook: litle"))[1]) == [
        "little.de.yaml:2: unknown playbook litle, did you mean little?"
    ]
    assert told(read(tmp_path, little__de="title: Ohne Namen\n")[1]) == ["little.de.yaml:1: `playbook` is missing"]
    assert told(read(tmp_path, little__de="playbook: [")[1]) == ["little.de.yaml:1: a quote or bracket is not closed"]


def test_a_playbook_with_a_mistake_has_its_translation_checked_too(tmp_path: Path):
    (tmp_path / "little.yaml").write_text(LITTLE.replace("when: done.report", "when: done.reprot"))
    (tmp_path / "little.de.yaml").write_text(GERMAN.replace("source:", "sourse:"))
    playbooks, wrong = read_playbooks([tmp_path])
    assert "little.de.yaml:9: unknown step sourse, did you mean source?" in told(wrong)
    assert "little" not in playbooks.by_name


def test_a_projects_own_playbook_puts_the_shipped_translation_away(tmp_path: Path):
    shipped, project = tmp_path / "shipped", tmp_path / "project"
    for folder in (shipped, project):
        folder.mkdir()
        (folder / "little.yaml").write_text(LITTLE)
    (shipped / "little.de.yaml").write_text(GERMAN)
    playbooks, wrong = read_playbooks([shipped, project])
    assert not wrong
    assert playbooks["little"].in_language("de").title == "A little playbook"


def test_a_project_may_translate_what_ships(tmp_path: Path):
    (tmp_path / "smb.fr.yaml").write_text("playbook: smb\nsteps:\n  invite_team: {title: Invite deux collègues}\n")
    playbooks, wrong = read_playbooks([SHIPPED, tmp_path])
    assert not wrong
    assert list(playbooks.by_name) == ["enterprise", "mid_market", "smb"]
    step = playbooks["smb"].in_language("fr").step("invite_team")
    assert step is not None
    assert step.title == "Invite deux collègues"


def test_the_german_of_the_shipped_playbook_is_complete():
    written = read_playbooks([SHIPPED])[0]["smb"]
    german = written.in_language("de")
    for (module, step), (theirs, said) in zip(written.steps(), german.steps(), strict=True):
        assert theirs.title != module.module
        assert theirs.objective != module.objective
        assert (said.title, said.why) != (step.title, step.why)
        assert not module.locked or theirs.locked != module.locked
    for question, asked in zip(written.intake, german.intake, strict=True):
        assert question.text != asked.text
        assert not set(question.options.values()) & set(asked.options.values())
    assert not set(written.summary.values()) & set(german.summary.values())
    assert german.goal[0].name != written.goal[0].name
