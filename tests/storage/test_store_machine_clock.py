"""All processes on one PostgreSQL go by its clock, however wrong those of their machines are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from databases import on_postgresql
from sqlalchemy import select

from storage.conditions import DATABASE_CLOCK
from storage.database import connect
from storage.machine_clock import ASKED_EVERY, MachineClock


class Counted:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@on_postgresql
def test_it_tells_what_the_database_tells_and_counts_on_by_itself(url: str) -> None:
    database, counted = connect(url), Counted()
    clock = MachineClock(database, counted)
    told = clock.now()
    with database.read() as connection:
        assert abs(connection.execute(select(DATABASE_CLOCK)).scalar_one() - told) < timedelta(seconds=5)
    counted.seconds += 10
    assert clock.now() - told == timedelta(seconds=10)
    counted.seconds += ASKED_EVERY
    assert clock.now() - told < timedelta(seconds=10)  # asked again: the database saw no seconds pass
    database.close()


@on_postgresql
def test_a_database_that_is_away_is_not_missed_once_it_has_answered(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database, counted = connect(url), Counted()
    clock = MachineClock(database, counted)
    told = clock.now()

    def away() -> None:
        raise OSError("the database is away")

    with monkeypatch.context() as until:
        until.setattr(database, "read", away)
        counted.seconds += 2 * ASKED_EVERY
        assert clock.now() - told == timedelta(seconds=2 * ASKED_EVERY)
        with pytest.raises(OSError, match="away"):
            MachineClock(database, counted).now()
    database.close()
