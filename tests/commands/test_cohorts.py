"""CS operations ask how many of those who joined in a week stayed, also long after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from houses import Clocks, House, Post

from bot.retention import Retention
from flows.events import Left, Tick

Handrail = Callable[..., Any]


@pytest.fixture
def house(handrail: Handrail, tmp_path: Path) -> House:
    assert handrail
    clocks = Clocks()
    return House(tmp_path / "handrail.db", clocks, Post("slack", clocks), Post("email", clocks))


def test_nobody_is_told_in_a_sentence(house: House, handrail: Handrail):
    assert house
    assert handrail("cohorts").out == "Nobody has begun a journey yet.\n"


def test_who_left_is_counted_before_and_after_her_past_is_gone(house: House, handrail: Handrail):
    ana = house.joins("ana")
    house.hears(Left, ana)
    asked = handrail("cohorts", "--json").json
    assert [(row["joined"], row["left"]) for row in asked] == [(1, 1)]
    house.clocks.passes(timedelta(days=400))
    house.hears(Tick, ana)
    retention = Retention(house.store.database, house.door.world, 365, pause=0)
    while retention.beat():
        pass
    assert handrail("cohorts", "--json").json == asked
    told = handrail("cohorts").out
    assert "Week of" in told
    assert "100%" in told
    assert "Earlier than" in handrail("why", ana).out
    assert "Nobody ever was on" in handrail("cohorts", "nothing").err
