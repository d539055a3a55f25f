"""A trained model as a playbook uses it: plain arithmetic with reasons, and words when it does not fit. And days gone by, seen again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lives import TEXT
from stories import Story, a_playbook, a_text, day

from bot.shelf import stamp_of
from flows.events import AnyEvent, ProductEvent, StepDone
from flows.hindsight import Lived, looks
from flows.library import Playbooks
from flows.portrait import portrait
from flows.reading import read_playbooks
from flows.risk_model import RiskModel, features_of, read_model

VIEWS = {"fact": "views", "meaning": "times of page.viewed in 7 days", "mean": 2, "scale": 2, "weight": -1, "lowest": 0, "highest": 6}
IDLE = {"fact": "days_idle", "mean": 3, "scale": 3, "weight": 1.5, "lowest": 0, "highest": 7}
NEVER = {
    "fact": "quiet",
    "asks": "never",
    "meaning": "since_last of *",
    "mean": 0.2,
    "scale": 0.4,
    "weight": 0.1,
    "lowest": 0,
    "highest": 1,
}
SAID: dict[str, Any] = {
    "playbook": "little", "trained_at": "2026-02-01T09:00:00+00:00", "days": [3, 7], "journeys": 320, "lost": 130, "auc": 0.81,
    "brier": 0.17, "features": [VIEWS, IDLE, NEVER], "intercept": -0.4, "a": -1.1, "b": 0.05,
}  # fmt: skip
BY_MODEL = a_text(TEXT, scores="\n  risk: {model: risk.json}")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "little.yaml").write_text(BY_MODEL, encoding="utf-8")
    told(tmp_path)
    return tmp_path


def told(project: Path, **changed: Any) -> None:
    (project / "risk.json").write_text(json.dumps(SAID | changed), encoding="utf-8")


def read(project: Path) -> Playbooks:
    playbooks, problems = read_playbooks([project / "playbooks"])
    assert not problems
    return playbooks


def wrong(project: Path) -> str:
    [problem] = read_playbooks([project / "playbooks"])[1]
    assert problem.file.endswith("little.yaml")
    assert (project / "playbooks" / "little.yaml").read_text(encoding="utf-8").splitlines()[problem.line - 1].strip().startswith("risk:")
    return problem.message


def risk(story: Story) -> tuple[int, list[tuple[int, str]]]:
    [score] = portrait(story.playbooks["little"], story.subject, story.now).scores
    return score.value, [(one.points, one.because) for one in score.contributions]


def test_ana_who_goes_quiet_is_at_more_risk_than_when_she_came_by_and_the_reasons_add_up(project: Path) -> None:
    ana = Story(read(project))
    ana.joins()
    ana.now = day(5)
    for n in range(4):
        ana.does("page.viewed", at=ana.now - timedelta(hours=n))
    busy, why_busy = risk(ana)
    ana.until(day(14))
    ana.now = day(14)
    quiet, why_quiet = risk(ana)
    assert busy < 40 < 70 < quiet
    for score, reasons in ((busy, why_busy), (quiet, why_quiet)):
        assert sum(points for points, _ in reasons) == score
        assert reasons[0][1] == "a journey with average numbers, by 320 past ones"
    assert "days_idle 9 (3 on average)" in [because for points, because in why_quiet if points > 0]
    assert "views 4 (2 on average)" in [because for points, because in why_busy if points < 0]


def test_the_model_is_silent_about_newcomers_and_about_who_got_there(project: Path) -> None:
    ana = Story(read(project))
    ana.joins()
    assert risk(ana) == (0, [(0, "the model says nothing before day 3")])
    ana.until(day(4))
    ana.now = day(4)
    assert risk(ana)[0] > 0
    ana.does("report.created")
    assert risk(ana) == (0, [(0, "the goal is met")])


def test_what_was_never_seen_in_training_counts_as_the_farthest_that_was() -> None:
    model = read_model(json.dumps(SAID))
    facts = {"views": 0, "quiet": 40, "days_in": 7, "goal_met": False}
    assert model.chance(facts | {"days_idle": 40}) == model.chance(facts | {"days_idle": 7})
    assert 0 < model.chance(facts | {"days_idle": 40}) < 1


def test_a_segment_may_ask_for_the_models_score_and_points_may_stand_beside_it(project: Path) -> None:
    health = "\n  health:\n    - {is: at_risk, when: score.risk >= 60}\n    - {is: fine}"
    lines = "\n  risk:\n    - {model: risk.json, when: days_in >= 5}\n    - {points: 7, because: a hand on the scales}"
    (project / "playbooks" / "little.yaml").write_text(a_text(BY_MODEL, scores=lines, segments=health), encoding="utf-8")
    ana = Story(read(project))
    ana.joins()
    assert risk(ana) == (7, [(7, "a hand on the scales")])
    ana.until(day(12))
    assert ana.journey.segments["health"].name == "at_risk"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"playbook": "smb"}, "risk.json does not fit: it was trained for smb, and its numbers mean nothing here; train it again"),
        (
            {"features": [IDLE | {"fact": "person.role"}]},
            "it looks at person.role, which is no signal, milestone or count of",
        ),
        ({"features": [IDLE | {"fact": "segment.stage"}]}, "it looks at segment.stage"),
        ({"features": [VIEWS | {"fact": "clicks"}]}, "it looks at clicks"),
        (
            {"features": [VIEWS | {"meaning": "times of page.viewed in 14 days"}]},
            "views was times of page.viewed in 14 days when it was trained, and is times of page.viewed in 7 days now",
        ),
        ({"a": 0.4}, "risk.json is no model: its sigmoid stands on its head"),
        ({"intercept": "high"}, "risk.json is no model: intercept: "),
        ({"weights": [1]}, "risk.json is no model: weights: "),
        ({"features": []}, "risk.json is no model: features: "),
        ({"features": [IDLE | {"scale": 0}]}, "risk.json is no model: features > 0 > scale: "),
    ],
)
def test_a_model_that_does_not_fit_is_refused_with_the_line_that_names_it(project: Path, changed: dict[str, Any], said: str) -> None:
    told(project, **changed)
    assert said in wrong(project)


def test_a_model_that_is_missing_or_no_json_is_said_so(project: Path) -> None:
    (project / "risk.json").write_text("none yet", encoding="utf-8")
    assert wrong(project).startswith("risk.json is no model: ")
    (project / "risk.json").unlink()
    assert wrong(project) == "risk.json cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{model: ../risk.json}", "`model`"),
        ("{model: risk.json, points: 3}", "a model gives its own points and reasons"),
        ("{when: days_in > 3}", "a line of a score has points, or a model"),
    ],
)
def test_a_line_is_points_or_a_model_of_the_project(project: Path, line: str, said: str) -> None:
    (project / "playbooks" / "little.yaml").write_text(a_text(TEXT, scores=f"\n  risk: {line}"), encoding="utf-8")
    assert said in wrong(project)


def test_a_model_trained_anew_is_taken_like_a_changed_playbook(project: Path) -> None:
    hashes, stamp = read(project).hashes, stamp_of(project)
    told(project, intercept=-0.41)
    assert read(project).hashes != hashes
    assert stamp_of(project) != stamp
    (project / "risk.json").rename(project / "playbooks" / "risk.json")
    assert read(project).hashes != hashes, "beside the playbook it is found too"


def test_a_model_looks_at_what_people_do_and_never_at_who_they_are() -> None:
    offered = {one.fact for one in features_of(a_playbook(TEXT)["little"])}
    assert {"views", "quiet", "done.report", "days_idle", "steps_done"} <= offered
    assert not {fact for fact in offered if fact.startswith(("person", "account", "segment", "answers", "score"))}


def test_no_shipped_playbook_uses_a_model() -> None:
    playbooks, _ = read_playbooks([Path(__file__).parents[2] / "flows" / "playbooks"])
    assert len(playbooks) >= 3
    assert not [line for playbook in playbooks for lines in playbook.scores.values() for line in lines if line.model]


def lived(ana: Story, heard: list[tuple[AnyEvent, datetime]]) -> Lived:
    return Lived(person=ana.subject.person, account=ana.subject.account, heard=heard)


def test_a_day_gone_by_is_seen_as_it_was_known_then(project: Path) -> None:
    ana, heard = Story(read(project)), list[tuple[AnyEvent, datetime]]()

    def does(name: str, now: datetime, at: datetime | None = None) -> None:
        ana.until(now)
        ana.now = now
        event = ProductEvent(source="product", key=f"{name} {now}", who="ana", at=at or now, name=name)
        heard.append((event, now))
        ana.decide(event)

    ana.joins()
    does("page.viewed", day(1))
    facts_then = {}
    for n in (3, 7):
        ana.until(day(n))
        ana.now = day(n)
        facts_then[n] = portrait(ana.playbooks["little"], ana.subject, ana.now).signals
    does("source.connected", day(8), at=day(2))  # it comes late: on day 3 and 7 nobody knew
    does("page.viewed", day(9))
    ana.until(day(30))
    seen = {look.day: look for look in looks(ana.playbooks["little"], lived(ana, heard), [7, 3, 10])}
    assert [seen[n].facts["views"] for n in (3, 7, 10)] == [1, 1, 1]
    for n in (3, 7):
        assert {name: seen[n].facts[name] for name in facts_then[n]} == facts_then[n]
    assert [seen[n].facts["steps_done"] for n in (3, 7, 10)] == [0, 0, 1]
    assert [seen[n].facts["days_idle"] for n in (3, 7, 10)] == [2, 6, 1]
    assert [look.lost for look in seen.values()] == [True, True, True]


def test_days_after_the_goal_and_journeys_underway_teach_nothing(project: Path) -> None:
    ana = Story(read(project))
    ana.joins()
    ana.until(day(6))
    ana.now = day(6)
    playbook = ana.playbooks["little"]
    assert list(looks(playbook, lived(ana, []), [3])) == []
    ana.does("report.created")
    ana.until(day(30))
    assert [(look.day, look.lost) for look in looks(playbook, lived(ana, []), [3, 7])] == [(3, False)]
    ended = replace(ana.journey, ended_why="they turned out to be somebody we knew")
    ana.changed(journey=ended)
    assert list(looks(playbook, lived(ana, []), [3])) == []


def test_the_file_is_the_model() -> None:
    model = read_model(json.dumps(SAID))
    assert read_model(model.model_dump_json()) == model
    assert isinstance(model, RiskModel)


def test_a_colleagues_tick_is_no_activity_of_anas(project: Path) -> None:
    ana = Story(read(project))
    ana.joins()
    ticked = StepDone(source="slack", key="t", who="ana", at=day(2), step="word", by="U9", mouth="slack")
    ana.until(day(30))
    [look] = looks(ana.playbooks["little"], lived(ana, [(ticked, day(2))]), [3])
    assert look.facts["days_idle"] == 3
