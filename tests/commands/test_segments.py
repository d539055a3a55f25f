"""`handrail segments`: where somebody stands, since when, why, and what their behaviour comes to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from stories import LITTLE, MONDAY, a_text

from bot.handle import handle
from flows.events import AnyEvent, Joined, ProductEvent, Traits
from flows.reading import read_playbooks
from storage.store import open_store

SCORES = """
  risk:
    - {points: 20, because: everybody has some}
    - {points: 5, when: views >= 1}
"""


@pytest.fixture
def ana(handrail: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ana was fast: two steps on her first day. (`handrail` comes first: it forgets every other project.)"""
    assert handrail
    folder = tmp_path / "acme" / "playbooks"
    folder.mkdir(parents=True)
    (folder / "little.yaml").write_text(a_text(LITTLE, scores=SCORES), encoding="utf-8")
    monkeypatch.setenv("HANDRAIL_PROJECT", str(folder.parent))
    playbooks, problems = read_playbooks([folder])
    assert not problems
    store = open_store(f"sqlite:///{tmp_path}/handrail.db")
    who = store.identify([("external", "", "u1"), ("email", "", "ana@acme.test")])
    events: list[AnyEvent] = [
        Traits(source="crm", key="1", who=who, at=MONDAY, person={"name": "Ana Ruiz", "email": "ana@acme.test"}),
        Joined(source="crm", key="2", who=who, at=MONDAY),
        ProductEvent(source="product", key="3", who=who, at=MONDAY, name="source.connected"),
        ProductEvent(source="product", key="4", who=who, at=MONDAY, name="report.created"),
        ProductEvent(source="product", key="5", who=who, at=MONDAY, name="page.viewed"),
    ]
    for n, event in enumerate(events):
        handle(store, playbooks, [event], MONDAY + timedelta(hours=n))
    store.close()
    return who


def test_anas_segments_are_told_with_their_history_her_signals_and_her_scores(handrail: Callable[..., Any], ana: str) -> None:
    said = handrail("segments", "ana@acme.test")
    assert said.code == 0, said.err
    told = [
        "Ana Ruiz",
        "stage fast since Mon 2 Mar 2026 13:00: steps_done >= 2 and days_in <= 3",
        "before: new, Mon 2 Mar 2026 11:00",
        "signals views",
        "score risk",
        "+20 everybody has some",
    ]
    places = [said.words.index(line) for line in told]
    assert places == sorted(places)
    assert ana not in said.out


@pytest.mark.usefixtures("ana")
def test_the_same_as_json(handrail: Callable[..., Any]) -> None:
    told = handrail("segments", "u1", "--json").json
    [stage] = told["dimensions"]
    assert (stage["dimension"], stage["segment"], [one["segment"] for one in stage["history"]]) == ("stage", "fast", ["new", "fast"])
    assert told["scores"][0]["contributions"][0] == {"points": 20, "because": "everybody has some"}
    assert set(told["signals"]) == {"views"}


@pytest.mark.usefixtures("ana")
def test_why_tells_the_scores_too(handrail: Callable[..., Any]) -> None:
    assert "risk 20 (+20 everybody has some)" in handrail("why", "u1").words


@pytest.mark.usefixtures("ana")
def test_a_stranger_is_nobody(handrail: Callable[..., Any]) -> None:
    said = handrail("segments", "zoe@acme.test")
    assert said.code == 1
    assert "Nobody is known as 'zoe@acme.test'" in said.err
