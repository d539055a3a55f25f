"""The clock never stands still before somebody, and never turns for ever."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from houses import Clocks, House, Post
from stories import MONDAY

import bot.handle
from bot.clock import BATCH, FIRST, OFTEN, tick
from flows.decision import Decision
from flows.events import AnyEvent
from flows.library import Playbooks
from flows.people import Held, Subject
from storage.database import Database
from storage.tables import people
from storage.waking import Which

SOON = MONDAY + timedelta(hours=1)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Ana's case waits for room until the next hour."""
    clocks = Clocks()
    house = House(tmp_path / "h.db", clocks, Post("slack", clocks))
    house.joins("ana")
    held = Held(escalation="hard", team="#csm", risk=1.0, since=MONDAY, until=SOON)
    holds(house.store.database, held)
    clocks.at(SOON)
    return house


def holds(database: Database, held: Held) -> None:
    with database.write() as connection:
        person = connection.scalar(people.select().with_only_columns(people.c.state).where(people.c.id == "ana"))
        from dataclasses import replace

        values = {"state": replace(person, held=held), "held_until": held.until, "held_risk": held.risk, "held_team": held.team}
        connection.execute(people.update().values(**values))


def test_somebody_held_whose_playbook_is_gone_is_let_go(house: House) -> None:
    house.door.playbooks = lambda: Playbooks({}, {})
    assert tick(house.door, house.chores) <= 2
    assert house.store.held(SOON) == []


def test_somebody_held_about_whom_nothing_can_be_decided_is_asked_again_a_day_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Playbooks, __: Subject, event: AnyEvent, now: object) -> Decision:
        raise KeyError(f"{event.key} at {now}")

    monkeypatch.setattr(bot.handle, "decide", broken)
    logging.disable(logging.CRITICAL)
    try:
        assert tick(house.door, house.chores) <= 2
    finally:
        logging.disable(logging.NOTSET)
    assert house.store.held(SOON) == []
    assert house.store.held(SOON + timedelta(days=1)) == ["ana"]


def test_a_thousand_people_are_looked_for_by_the_batch_and_who_came_last_is_in_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = Clocks()
    house = House(tmp_path / "h.db", clocks, Post("slack", clocks))
    for n in range(1, 1201):
        house.joins(f"p{n:04}")
    with house.store.database.write() as connection:
        for n in range(1, 1201):
            connection.execute(people.update().where(people.c.id == f"p{n:04}").values(wake_at=MONDAY + timedelta(seconds=n)))
    clocks.at(SOON)
    asked: list[int] = []
    woken: list[str] = []
    due, handle = house.store.due, house.door.handle

    def looked_for(now: datetime, limit: int, which: Which = "longest") -> list[str]:
        asked.append(limit)
        return due(now, limit, which)

    def handled(*ticks: AnyEvent) -> list[Decision]:
        woken.extend(one.who for one in ticks)
        return handle(*ticks)

    monkeypatch.setattr(house.store, "due", looked_for)
    monkeypatch.setattr(house.door, "handle", handled)
    assert tick(house.door, house.chores) == 1200
    assert len(woken) == len(set(woken)) == 1200
    assert max(asked) <= BATCH
    assert {"p0001", "p1200"} <= set(woken[:FIRST])


def test_who_is_due_again_while_a_long_beat_goes_on_is_woken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, woken = ana_is_due_and_ben_is_not(tmp_path), list[str]()
    handle = house.door.handle

    def handled(*ticks: AnyEvent) -> list[Decision]:
        decisions = handle(*ticks)
        woken.extend(one.who for one in ticks)
        if len(woken) == 1:
            wakes(house, "ana", SOON)
            wakes(house, "ben", SOON)
        return decisions

    monkeypatch.setattr(house.door, "handle", handled)
    assert tick(house.door, house.chores) == 3
    assert woken == ["ana", "ana", "ben"]


def ana_is_due_and_ben_is_not(folder: Path) -> House:
    clocks = Clocks()
    house = House(folder / "h.db", clocks, Post("slack", clocks))
    for who in ("ana", "ben"):
        house.joins(who)
    wakes(house, "ana", MONDAY)
    clocks.at(SOON)
    return house


def wakes(house: House, who: str, at: datetime) -> None:
    with house.store.database.write() as connection:
        connection.execute(people.update().where(people.c.id == who).values(wake_at=at))


def test_two_who_wake_each_other_do_not_keep_a_beat_going_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, woken = ana_is_due_and_ben_is_not(tmp_path), list[str]()
    handle = house.door.handle

    def handled(*ticks: AnyEvent) -> list[Decision]:
        decisions = handle(*ticks)
        woken.extend(one.who for one in ticks)
        assert len(woken) < 20
        for one in ticks:
            wakes(house, "ben" if one.who == "ana" else "ana", SOON)
        return decisions

    monkeypatch.setattr(house.door, "handle", handled)
    tick(house.door, house.chores)
    assert woken == ["ana", "ben"] * OFTEN
