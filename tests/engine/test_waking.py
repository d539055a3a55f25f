"""Leasing people who are due, on both databases, and turns that of several processes one takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.outage import Outage
from storage.chores import Chores
from storage.outages import is_away
from storage.store import Store, open_store
from storage.tables import people

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)


@pytest.fixture
def store(url: str):  # type: ignore[no-untyped-def]
    store = open_store(url)
    yield store
    store.close()


def due_since(store: Store, *minutes: int) -> list[str]:
    """People who became due so many minutes ago."""
    ids = store.identify_all([[("external", "", f"u{n}")] for n in minutes])
    with store.database.write() as connection:
        for who, n in zip(ids, minutes, strict=True):
            connection.execute(update(people).where(people.c.id == who).values(wake_at=NOON - timedelta(minutes=n)))
    return ids


def test_who_is_leased_is_left_alone_until_the_lease_ends(store: Store) -> None:
    ana, ben, cem = due_since(store, 3, 2, -1)
    machine = datetime.now(UTC)
    told: list[datetime] = []
    taken = store.claim_due(NOON, 10, machine, LEASE, then=lambda _connection, _people, until: told.append(until))
    assert sorted(taken) == sorted([ana, ben])
    assert store.claim_due(NOON, 10, machine, LEASE) == []
    assert sorted(store.leased([ana, ben, cem], told[0], machine, NOON).due) == sorted([ana, ben])
    store.rest([ana], machine, timedelta())
    assert store.leased([ana, ben], told[0], machine, NOON).due == [ben]
    assert store.claim_due(NOON, 10, machine + timedelta(milliseconds=1), LEASE) == [ana]


def test_who_is_leased_by_a_clock_that_is_ahead_is_not_due_for_a_worker_that_is_right(store: Store) -> None:
    ana, ben = due_since(store, 1, -1)
    with store.database.write() as connection:
        connection.execute(update(people).where(people.c.id == ana).values(wake_at=NOON + timedelta(hours=9), held_until=NOON))
    machine = datetime.now(UTC)
    told: list[datetime] = []
    ahead = NOON + timedelta(minutes=2)
    assert store.claim_due(ahead, 10, machine, LEASE, "held") == [ana]
    assert store.claim_due(ahead, 10, machine, LEASE, then=lambda _connection, _people, until: told.append(until)) == [ben]
    with store.database.write() as connection:
        connection.execute(update(people).values(wake_lease=told[0]))
    assert store.leased([ana, ben], told[0], machine, NOON) == ([ana], [ben])


def test_the_longest_overdue_are_leased_first_or_those_who_became_due_just_now(store: Store) -> None:
    ana, ben, _cem = due_since(store, 9, 1, 5)
    machine = datetime.now(UTC)
    assert store.claim_due(NOON, 1, machine, LEASE) == [ana]
    assert store.claim_due(NOON, 1, machine, LEASE, "latest") == [ben]


def test_a_lease_whose_hint_fails_was_never_given(store: Store) -> None:
    (ana,) = due_since(store, 1)

    def fails(*_: object) -> None:
        raise OSError("no room for a job")

    with pytest.raises(OSError, match="no room"):
        store.claim_due(NOON, 10, datetime.now(UTC), LEASE, then=fails)
    assert store.claim_due(NOON, 10, datetime.now(UTC), LEASE) == [ana]


def test_of_two_processes_one_has_its_turn_and_the_other_when_that_is_over(store: Store) -> None:
    one, other, now = Chores(store.database), Chores(store.database), datetime.now(UTC)
    assert one.turn("tidy", timedelta(hours=1), now)
    assert not other.turn("tidy", timedelta(hours=1), now)
    assert other.turn("undecided", timedelta(0), now)
    assert one.turn("undecided", timedelta(0), now + timedelta(seconds=1))


def test_a_database_that_is_gone_is_told_from_a_defect(store: Store, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage()
    with pytest.raises(Exception, match="nothing_like_it") as defect, store.database.read() as connection:
        connection.exec_driver_sql("SELECT * FROM nothing_like_it")
    assert not is_away(defect.value)
    assert not outage.explains(defect.value)
    if kind == "sqlite":
        return
    with pytest.raises(Exception, match="terminat") as gone, store.database.read() as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    assert outage.explains(gone.value)
    assert outage.explains(gone.value)
    assert caplog.text.count("can't be reached") == 1
