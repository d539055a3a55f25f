"""What only PostgreSQL has: a clock of its own that rules leases, and transactions that step aside."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from databases import Postgres
from psycopg.conninfo import conninfo_to_dict

from storage.database import Conflict, connect
from storage.jobs import conninfo
from storage.outbox import Outbox, Swept
from storage.store import Store, open_store
from tests.storage.scenes import LEASE, MONDAY, a_say, did, fence, hear, saying, someone

FAST, SLOW = MONDAY + timedelta(days=9000), MONDAY - timedelta(days=9000)
"""Clocks of machines that are years wrong."""


@pytest.fixture
def store(postgres: Postgres) -> Iterator[Store]:
    """On a database whose own clock rules, as it does outside of tests."""
    address = postgres.migrated()
    found = open_store(address)
    hear(found, did(ana := someone(found), "1"), decide=saying(a_say(ana)))
    yield found
    found.close()
    postgres.drop(address)


def test_a_worker_with_a_wrong_clock_takes_nothing_from_another_and_keeps_what_it_has(store: Store) -> None:
    outbox = Outbox(store.database)
    rows = outbox.claim(10, MONDAY, SLOW, LEASE)
    assert [row.key for row in rows] == ["hello"]
    assert outbox.sweep(FAST) == Swept(0, 0)
    assert outbox.claim(10, MONDAY, FAST, LEASE) == []
    assert [row.id for row in outbox.claimed(rows[0].token, FAST)] == [rows[0].id]
    assert fence(outbox, rows, machine=FAST) == {rows[0].id}


def test_a_lease_runs_out_by_the_databases_clock(store: Store) -> None:
    outbox = Outbox(store.database)
    rows = outbox.claim(10, MONDAY, FAST, LEASE)
    with store.database.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET lease_until = lease_until - interval '3 minutes'")
    assert fence(outbox, rows, machine=SLOW) == set()
    assert outbox.sweep(SLOW) == Swept(requeued=1, unknown=0)


def test_a_server_that_vanished_without_a_word_is_given_up_within_a_minute(postgres: Postgres) -> None:
    url = postgres.migrated()
    own = {
        "connect_timeout": "5",
        "keepalives_idle": "15",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": "30000",
    }
    for named, expected in (("", own), ("&connect_timeout=9&keepalives_idle=60", own | {"connect_timeout": "9", "keepalives_idle": "60"})):
        database = connect(url + named)
        with database.read() as connection:
            used = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
        database.close()
        assert {name: used.get(name) for name in own} == expected
        listens = conninfo_to_dict(conninfo(url + named))
        assert {name: str(listens.get(name)) for name in own} == expected
    postgres.drop(url)


def test_of_two_that_wait_for_each_other_one_is_told_to_begin_again(store: Store) -> None:
    both = Barrier(2)
    someone(store, "ben")

    def writes(first: str, second: str) -> str:
        try:
            with store.database.write() as connection:
                connection.exec_driver_sql("UPDATE people SET name = 'x' WHERE name = %s", (first,))
                both.wait(timeout=20)
                connection.exec_driver_sql("UPDATE people SET email = 'x' WHERE name = %s", (second,))
        except Conflict:
            return "again"
        return "written"

    with ThreadPoolExecutor(2) as threads:
        ended = threads.map(writes, ("Ana", "Ben"), ("Ben", "Ana"))
    assert sorted(ended) == ["again", "written"]
