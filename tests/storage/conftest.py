"""One database is migrated per run and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.migrate import upgrade
from storage.outbox import Outbox
from storage.reports import Reports
from storage.store import Store, open_store


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "handrail.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def url(migrated: Path, tmp_path: Path) -> str:
    shutil.copy(migrated, tmp_path / "handrail.db")
    return f"sqlite:///{tmp_path / 'handrail.db'}"


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
