"""What delivery loads: everybody once for all rows that go together, however many they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from houses import Clocks, House, Post
from sqlalchemy import event

from flows.events import CaseClaimed, Replied, SaysStuck
from storage.outbox import CARD

LOADS = ("FROM people", "FROM accounts", "FROM cases")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clocks = Clocks()
    house = House(tmp_path / "handrail.db", clocks, Post("slack", clocks), Post("email", clocks))
    yield house
    house.store.close()


@contextmanager
def loads(house: House) -> Iterator[list[str]]:
    """The statements meanwhile that load people, accounts or cases."""
    said: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT") and any(one in statement.replace("\n", "") for one in LOADS):
            said.append(statement)

    event.listen(house.store.database.engine, "before_cursor_execute", listen)
    yield said
    event.remove(house.store.database.engine, "before_cursor_execute", listen)


def with_cases(house: House, *names: str) -> list[str]:
    people = [house.joins(name, account=name) for name in names]
    for who in people:
        house.hears(SaysStuck, who, text="it says invalid host")
        house.hears(CaseClaimed, who, case=f"{who}.1", by="U_MAYA", name="Maya Chen")
    house.settle()
    return people


def what_words_load(house: House, *people: str) -> int:
    for who in people:
        house.hears(Replied, who, text="and now it hangs")
    with loads(house) as said:
        house.delivery.drain()
    return len(said)


def test_the_words_of_five_people_load_no_more_often_than_those_of_one(house: House) -> None:
    people = with_cases(house, "ana", "ben", "cem", "dan", "eva")
    one = what_words_load(house, people[0])
    assert one == what_words_load(house, *people[1:])


def test_each_card_of_a_batch_is_about_its_own_case(house: House) -> None:
    people = with_cases(house, "ana", "ben", "cem")
    cards = {taken.to.ref: taken.person for taken in house.slack.taken if taken.message == CARD}
    assert cards == {f"{who}.1": who for who in people}
    drawn = {d.draw.ref: d.case.id for d in house.slack.drawn if d.draw.surface == "case" and d.case}
    assert drawn == {f"{who}.1": f"{who}.1" for who in people}
