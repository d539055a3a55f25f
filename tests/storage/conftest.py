"""What is kept, on SQLite and on PostgreSQL: `url` is the address of a database of the test's own, on both one after the other."""

from collections.abc import Iterator

import pytest

from storage.outbox import Outbox
from storage.reports import Reports
from storage.store import Store, open_store


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = open_store(url)
    yield store
    store.close()


@pytest.fixture
def outbox(store: Store) -> Outbox:
    return Outbox(store.database)


@pytest.fixture
def reports(store: Store) -> Reports:
    return Reports(store.database)
