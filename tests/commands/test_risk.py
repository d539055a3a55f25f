"""`handrail risk train`: learning from many lives for real, what is said of it, and when it is refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lives import OVER, TEXT, doings, lives
from stories import MONDAY, a_playbook, a_text

from bot.commands.risk_report import plain
from bot.commands.risk_training import NothingLearned, Trained, table_of, train
from bot.handle import handle
from flows.events import AnyEvent, Tick
from flows.hindsight import Look, looks
from flows.library import Playbooks
from flows.reading import read_playbooks
from flows.risk_model import read_model
from storage.store import open_store

DAYS = (3, 7, 14)


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    return a_playbook(TEXT)


@pytest.fixture(scope="module")
def seen(playbooks: Playbooks) -> list[Look]:
    return [look for one in lives(playbooks, 240) for look in looks(playbooks["little"], one, DAYS)]


@pytest.fixture(scope="module")
def trained(playbooks: Playbooks, seen: list[Look]) -> Trained:
    return train(playbooks["little"], table_of(playbooks["little"], seen), DAYS, MONDAY)


def test_the_file_says_what_scikit_learn_says(trained: Trained, seen: list[Look]) -> None:
    model = read_model(trained.model.model_dump_json())
    theirs = trained.fitted.predict_proba(trained.table.rows)[:, 1]
    assert len(seen) == len(theirs) > 500
    assert max(abs(model.chance(look.facts) - chance) for look, chance in zip(seen, theirs, strict=True)) < 1e-6


def test_who_went_quiet_scores_higher_than_who_came_by(trained: Trained, seen: list[Look]) -> None:
    model, of_a_week = trained.model, [look for look in seen if look.day == 7]
    quiet = [model.chance(look.facts) for look in of_a_week if look.facts["days_idle"] >= 5]
    busy = [model.chance(look.facts) for look in of_a_week if look.facts["days_idle"] <= 1]
    assert min(len(quiet), len(busy)) > 20
    assert sum(quiet) / len(quiet) > sum(busy) / len(busy) + 0.2
    weights = {one["feature"]: one["weight"] for one in plain(trained, Path("risk.json"))["features"]}
    assert weights["days_idle"] > 0 > weights["steps_done"]


def test_its_chances_are_what_comes_of_journeys_it_had_not_seen(trained: Trained) -> None:
    told = plain(trained, Path("risk.json"))
    assert told["auc"] > 0.65
    assert told["brier"] < told["brier_of_the_average"]
    assert sum(one["looks"] for one in told["calibration"]) == len(trained.said)
    full = [one for one in told["calibration"] if one["looks"] >= 60]
    assert len(full) >= 3
    assert all(abs(one["said"] - one["came"]) < 0.15 for one in full)


def test_the_reasons_of_every_score_add_up_to_it(trained: Trained, seen: list[Look]) -> None:
    for look in seen:
        assert sum(share.points for share in trained.model.contributions(look.facts)) == trained.model.score(look.facts)


def test_the_same_journeys_give_the_same_model(playbooks: Playbooks, trained: Trained) -> None:
    again = train(playbooks["little"], trained.table, DAYS, MONDAY).model
    numbers = [(model.auc, model.brier, model.a, model.b, *(one.weight for one in model.features)) for model in (again, trained.model)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-9)


def test_where_nothing_can_be_foreseen_no_model_comes_out(playbooks: Playbooks, trained: Trained) -> None:
    rows = [[float(place % 2)] for place in range(200)]  # it has nothing to do with what became of them
    lost = [int(place % 2 == (place // 2) % 2) for place in range(200)]
    table = replace(trained.table, features=trained.table.features[:1], rows=rows, lost=lost, people=[f"p{n}" for n in range(200)])
    with pytest.raises(NothingLearned):
        train(playbooks["little"], table, DAYS, MONDAY)


@pytest.fixture
def project(handrail: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert handrail
    folder = tmp_path / "acme" / "playbooks"
    folder.mkdir(parents=True)
    (folder / "little.yaml").write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("HANDRAIL_PROJECT", str(folder.parent))
    return folder.parent


def many_live(project: Path, n: int) -> None:
    """Their weeks go through the one door in, half a day at a time, and are over."""
    playbooks, problems = read_playbooks([project / "playbooks"])
    assert not problems
    store, chance = open_store(f"sqlite:///{project.parent}/handrail.db"), Random(5)
    events: list[AnyEvent] = []
    for number in range(n):
        who = store.identify([("external", "", f"u{number}")])
        events += [replace(event, who=who, key=f"{number} {event.key}") for event in doings(who, chance)]
        events.append(Tick(source="clock", key=f"{number} over", who=who, at=MONDAY + OVER))
    half_a_day = timedelta(hours=12)
    for period, some in groupby(sorted(events, key=lambda event: event.at), key=lambda event: (event.at - MONDAY) // half_a_day):
        handle(store, playbooks, list(some), MONDAY + (period + 1) * half_a_day)
    store.close()


def test_a_team_reads_how_good_a_model_is_and_their_playbook_uses_it(handrail: Callable[..., Any], project: Path) -> None:
    many_live(project, 150)
    said = handrail("risk", "train", "--playbook", "little", "--on-day", "7", "--json")
    assert said.code == 0, said.err
    assert said.json["journeys"] > 120
    assert said.json["days"] == [7]
    assert 0.3 < said.json["lost"] / said.json["journeys"] < 0.7
    assert read_model((project / "risk.json").read_text(encoding="utf-8")).playbook == "little"
    (project / "playbooks" / "little.yaml").write_text(a_text(TEXT, scores="\n  risk: {model: risk.json}"), encoding="utf-8")
    shown = handrail("segments", "u1")
    assert shown.code == 0, shown.err
    assert "score risk" in shown.words
    said = handrail("risk", "train", "--on-day", "7", "--out", "mine/risk.json")
    assert said.code == 0, said.err
    for words in (
        "past journeys, each looked at on day 7 if it was underway then.",
        "AUC 0.",
        "telling all the average gives 0.2",
        "it said looks on average did not get there 0 to 20 %",
        "days_idle +",
        "The same for everybody, so left out: ",
        "Written: mine/risk.json. It does nothing until a playbook says scores: {risk: {model: risk.json}}.",
    ):
        assert words in said.words, said.out
    assert json.loads(Path("mine/risk.json").read_text(encoding="utf-8"))["format"] == 1
    assert "p0" not in Path("mine/risk.json").read_text(encoding="utf-8"), "no person is in the file"


def test_too_few_journeys_are_kindly_refused(handrail: Callable[..., Any], project: Path) -> None:
    many_live(project, 6)
    said = handrail("risk", "train")
    assert said.code == 1
    assert "Too little has happened to learn from." in said.err
    assert "fewer than 50 of each" in said.err
    assert not (project / "risk.json").exists()


def test_without_the_extra_one_line_says_how_to_get_it(
    handrail: Callable[..., Any], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project
    for name in [name for name in sys.modules if name.partition(".")[0] == "sklearn" or name == "bot.commands.risk_training"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("bot.commands.risk_training", raising=False)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    said = handrail("risk", "train")
    assert said.code == 1
    assert said.err.strip() == "Training needs scikit-learn, which is not installed: pip install 'handrail[risk]' brings it."


def test_a_day_that_nobody_sees_underway_is_refused(handrail: Callable[..., Any], project: Path) -> None:
    assert project
    assert "Nobody is underway on day 20: little ends after 20 days." in handrail("risk", "train", "--on-day", "20").err
