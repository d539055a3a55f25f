"""Fleets on demand; their processes end with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from databases import Postgres
from fleet import Fleet
from mail_provider import MailProvider


@pytest.fixture
def fleets(tmp_path: Path, postgres: Postgres) -> Iterator[Callable[..., Fleet]]:
    made: list[Fleet] = []

    def fleet(provider: MailProvider | None = None, **more: str) -> Fleet:
        folder = tmp_path / f"fleet{len(made)}"
        folder.mkdir()
        made.append(Fleet(folder, postgres.migrated(), provider or MailProvider(), more))
        return made[-1]

    yield fleet
    for one in made:
        one.end()
        one.provider.close()
        postgres.drop(one.url)


@pytest.fixture
def fleet(fleets: Callable[..., Fleet]) -> Fleet:
    return fleets()
