"""What a decision computes once and keeps is what it would find if it looked again at every step."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from stories import MONDAY

from flows.decision import Decision
from flows.events import Answered, AnyEvent, Joined, OptedOut, Preferred, ProductEvent, SaysStuck, SlackOpened, StepDone, Tick, Traits
from flows.library import SHIPPED
from flows.people import Account, Journey, Person, Subject
from flows.playbook import Playbook
from flows.reading import read_playbooks
from flows.simulate import live
from flows.work import Work

BOOKS, _ = read_playbooks([SHIPPED])
COMPANIES = {
    "smb": {"employees": 30, "plan": "team", "acv": 2_000},
    "mid_market": {"employees": 400, "plan": "business", "acv": 30_000},
    "enterprise": {"employees": 5_000, "plan": "enterprise", "acv": 200_000},
}


def doings(book: Playbook, seed: int) -> list[AnyEvent]:
    """Weeks of somebody who does this and that, wants quiet hours, asks for help and at last wants no more."""
    chance, who = Random(seed), f"{book.playbook}{seed}"
    steps, n = [step.step for _, step in book.steps()], 0

    def now(day: float) -> dict[str, Any]:
        nonlocal n
        n += 1
        return {"source": "product", "key": f"{who} {n}", "who": who, "at": MONDAY + timedelta(days=day)}

    known = {"name": "Ana", "email": "ana@acme.test", "timezone": chance.choice(["America/Lima", "Asia/Tokyo", ""])}
    did: list[AnyEvent] = [
        Traits(**now(0), person=known, account=COMPANIES[book.playbook], account_id="acme"),
        SlackOpened(**now(0), how="wrote"),
        Joined(**now(0)),
        Preferred(**now(chance.uniform(1, 9)), since="10:00", until="12:30", without=("tips",) if chance.random() < 0.3 else ()),
        Traits(**now(chance.uniform(3, 20)), person={"timezone": "Australia/Lord_Howe", "technical": True}),
        OptedOut(**now(chance.uniform(15, 45)), channel="all"),
    ]
    did += [ProductEvent(**now(chance.uniform(0, 40)), name=chance.choice([*book.events])) for _ in range(30)]
    did += [StepDone(**now(chance.uniform(0, 30)), step=chance.choice(steps)) for _ in range(6)]
    did += [SaysStuck(**now(chance.uniform(0, 30)), text="I am lost") for _ in range(2)]
    did += [Answered(**now(31), survey=one.survey, value=chance.choice(one.answers)) for one in book.surveys]
    return did


def lived(book: Playbook, seed: int, *, tasks_done: bool) -> list[tuple[str, Decision]]:
    subject = Subject(person=Person(id=f"{book.playbook}{seed}"), account=Account(id="acme", owner="ina@ours.test"))
    turns = live(BOOKS, subject, doings(book, seed), MONDAY + timedelta(days=50), tasks_done=tasks_done)
    return [(type(turn.event).__name__, turn.decision) for turn in turns]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("book", COMPANIES)
def test_looking_again_at_every_step_finds_the_same(book: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = lived(BOOKS[book], seed, tasks_done=seed > 0)
    monkeypatch.setattr("flows.work.OF_PERSON", {field.name for field in fields(Person)})
    monkeypatch.setattr("flows.work.OF_JOURNEY", {field.name for field in fields(Journey)})
    for question in ("_stands_as", "_lives_as", "_tasks_as"):
        monkeypatch.setattr(Work, question, lambda *_: False)
    anew = lived(BOOKS[book], seed, tasks_done=seed > 0)
    assert kept == anew
    assert {Tick.__name__, ProductEvent.__name__} <= {event for event, _ in kept}
    assert any(decision.says for _, decision in kept)
