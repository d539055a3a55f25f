"""Journeys that are over, as a model learns from them."""

from collections.abc import Iterator

import pytest
from knowing import Street
from stories import day

from flows.events import ProductEvent
from flows.hindsight import looks
from storage.past_journeys import past_journeys


@pytest.fixture
def street() -> Iterator[Street]:
    street = Street()
    yield street
    street.close()


def test_only_journeys_that_are_over_are_told_each_with_all_that_was_heard(street: Street) -> None:
    ana, phone = street.joins(external="42", email="ana@acme.test"), street.does("page.viewed", anonymous="phone")
    street.at(day(1))
    street.does("page.viewed", external="42")
    street.who(external="42", anonymous="phone")
    street.at(day(20))
    street.joins(external="7")
    street.at(day(31))
    street.wakes(ana)
    [lived] = past_journeys(street.store.database, "little")
    assert lived.person.id == ana
    assert {event.who for event, _ in lived.heard if isinstance(event, ProductEvent)} == {ana, phone}
    assert [decided for _, decided in lived.heard] == sorted(decided for _, decided in lived.heard)
    [look] = looks(street.playbooks["little"], lived, [3])
    assert (look.facts["views"], look.facts["days_idle"], look.lost) == (2, 2, True)
    assert list(past_journeys(street.store.database, "smb")) == []
