"""CS operations ask which articles people use, and which nobody does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from houses import Clocks, House, Post

from flows.events import ArticleRead, ProductEvent
from storage.content import WATCHED

Handrail = Callable[..., Any]


@pytest.fixture
def house(handrail: Handrail, tmp_path: Path) -> House:
    assert handrail
    clocks = Clocks()
    return House(tmp_path / "handrail.db", clocks, Post("slack", clocks), Post("email", clocks))


def test_the_most_used_comes_first_with_what_became_of_it(house: House, handrail: Handrail):
    ana, ben = house.joins("ana"), house.joins("ben")
    for who in (ana, ben):
        house.hears(ArticleRead, who, article="connect-a-source")
    house.hears(ArticleRead, ana, article="connect-a-source", helped="yes")
    house.hears(ArticleRead, ben, article="connect-a-source", helped="no")
    house.hears(ArticleRead, ana, article="first-report", key="same")
    house.hears(ArticleRead, ana, article="first-report", key="same")
    rows = handrail("content", "--json").json
    assert [(row["article"], row["opened"]) for row in rows[:2]] == [("connect-a-source", 2), ("first-report", 1)]
    assert (rows[0]["helped"], rows[0]["no_help"]) == (1, 1)
    assert "connect_source" in rows[0]["steps"]


def test_a_video_watched_to_its_end_is_counted_by_the_products_event(house: House, handrail: Handrail):
    ana = house.joins()
    house.hears(ProductEvent, ana, name=WATCHED, properties={"content": "first-report"})
    house.hears(ProductEvent, ana, name=WATCHED, properties={"content": ["no", "name"]})
    rows = {row["article"]: row for row in handrail("content", "--json").json}
    assert rows["first-report"]["completed"] == 1


def test_what_nobody_opens_can_be_asked_for_alone(house: House, handrail: Handrail):
    house.hears(ArticleRead, house.joins(), article="connect-a-source")
    told = handrail("content", "--unused").out
    assert "connect-a-source" not in told
    assert "api-keys" in told
    assert "were never opened" in told
