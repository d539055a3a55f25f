"""What goes into a column comes out as it was."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from flows.events import AnyEvent, Asked, OptedOut, ProductEvent, Snoozed, Traits
from flows.people import CaseRef, Person, Segment, Sent, Spent, StepState, Waiting
from storage import codec
from storage.documents import Document, Words
from storage.instants import Instant
from tests.storage.scenes import MONDAY, TUESDAY, a_journey

LIMA = timezone(timedelta(hours=-5))
DIALECTS = [sqlite.dialect(), postgresql.dialect()]  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_a_moment_without_a_zone_is_refused(dialect: Dialect) -> None:
    with pytest.raises(ValueError, match="naive"):
        Instant().process_bind_param(datetime(2026, 3, 2, 10), dialect)  # noqa: DTZ001


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
@pytest.mark.parametrize("at", [MONDAY, datetime(2026, 3, 2, 5, 0, 0, 1, tzinfo=LIMA), datetime(1931, 5, 5, 5, tzinfo=UTC)])
def test_a_moment_comes_back_as_the_same_moment_in_utc(at: datetime, dialect: Dialect) -> None:
    back = Instant().process_result_value(Instant().process_bind_param(at, dialect), dialect)
    assert back == at
    assert back.utcoffset() == timedelta(0)


def test_moments_sort_in_sqlite_as_they_happened() -> None:
    moments = [datetime(1969, 7, 20, tzinfo=UTC), MONDAY, MONDAY + timedelta(microseconds=1), TUESDAY, datetime(9999, 1, 1, tzinfo=UTC)]
    stored = [Instant().process_bind_param(at, DIALECTS[0]) for at in moments]
    assert stored == sorted(stored)


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_a_person_with_everything_survives(dialect: Dialect) -> None:
    journey = a_journey(
        "ana",
        steps={"connect": StepState(at=MONDAY, how="product")},
        sent={"day1": Sent(key="ana/1:day1", rounds=1, first_at=MONDAY)},
        waiting=(Waiting(rule="tip", occurrence="7", due=TUESDAY),),
        answers={"ease": 4, "goal": "reports"},
        segments={"stage": Segment(name="early", since=MONDAY)},
    )
    ana = Person(
        id="ana",
        traits={"seats": 3, "tags": ["a"], "no": None},
        traits_at={"seats": MONDAY},
        spent=(Spent(key="k", message="day1", at=MONDAY),),
        reasons={"day3": ("skipped", "when: x")},
        case=CaseRef(id="ana.1", escalation="stuck", opened_at=MONDAY),
        journey=journey,
        wake_at=TUESDAY,
    )
    column = Document(codec.PERSON)
    assert column.process_result_value(column.process_bind_param(ana, dialect), dialect) == ana


EVENTS: list[AnyEvent] = [
    ProductEvent(source="product", key="1", who="ana", at=MONDAY, name="report_created", properties={"n": 1.5, "deep": {"a": [1, None]}}),
    Traits(source="crm", key="2", who="ana", at=MONDAY, person={"role": "developer"}, account_id="acme"),
    Snoozed(source="slack", key="3", who="ana", at=MONDAY, until=TUESDAY),
    OptedOut(source="page", key="4", who="ana", at=MONDAY, channel="email", wording="Stop", mouth="page"),
    Asked(source="slack", key="5", who="ana", at=MONDAY, about="how", step="connect"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_read_back_by_its_kind(event: AnyEvent) -> None:
    row = _Row(kind=codec.event_kind(event), data=codec.event_data(event), source=event.source, key=event.key, person_id="ana", at=MONDAY)
    assert codec.event(row) == event


class _Row:
    def __init__(self, **columns: Any) -> None:
        self.__dict__.update(columns)


@pytest.mark.parametrize("nasty", ["nul \x00 inside", "half a \ud83d smile"])
def test_text_that_no_database_takes_is_stored_with_a_mark_instead(nasty: str) -> None:
    stored = Words().process_bind_param(nasty, DIALECTS[0])
    document = Document(codec.PLAIN).process_bind_param({nasty: [nasty, {"n": 1}]}, DIALECTS[0])
    assert stored == nasty.replace("\x00", "\ufffd").replace("\ud83d", "\ufffd")
    assert Document(codec.PLAIN).process_result_value(document, DIALECTS[0]) == {stored: [stored, {"n": 1}]}


def test_a_backslash_is_only_a_backslash() -> None:
    text = r"C:\u0000"
    column = Document(codec.PLAIN)
    assert column.process_result_value(column.process_bind_param(text, DIALECTS[0]), DIALECTS[0]) == text
