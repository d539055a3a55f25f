"""People who read mail and open pages, for tests of what they see and do there."""

from __future__ import annotations

from itertools import count
from typing import Any

from sqlalchemy import select
from town import Town

from flows.people import Person
from storage.tables import consent_log

NAMES = (f"Nora-{n}" for n in count())


def newcomer(town: Town, **known: Any) -> str:
    """She signed up a moment ago, reads mail only, and has twenty colleagues."""
    name = next(NAMES)
    return town.newcomer(name, **{"company": {"id": name, "employees": 20}, **known})


def person(town: Town, who: str) -> Person:
    found = town.house.reports.find_person(who)
    assert found is not None
    return found


def page_of(town: Town, who: str) -> str:
    return town.house.links.page(person(town, who).id, town.demo.now())


def preferences_of(town: Town, who: str) -> str:
    return town.house.links.preferences(person(town, who).id, town.demo.now())


def unsubscribe_of(town: Town, who: str) -> str:
    return town.house.links.unsubscribe(person(town, who).id)


def heard(town: Town, who: str) -> list[str]:
    """What kinds of things happened to somebody, apart from the clock."""
    return [event["kind"] for event in town.why(who) if event["kind"] != "Tick"]


def consent(town: Town, who: str) -> list[tuple[str, str, str]]:
    """What the consent log says of them: what, of which channel, and the words that stood there."""
    c = consent_log.c
    asked = select(c.what, c.channel, c.wording).where(c.person_id == person(town, who).id).order_by(c.id)
    with town.house.store.database.read() as connection:
        return [(row.what, row.channel, row.wording) for row in connection.execute(asked)]
