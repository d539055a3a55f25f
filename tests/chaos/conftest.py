"""Towns on demand; nothing of them outlives their test. Ledgers are printed at the end of the run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chaos.ledger import Ledger, account
from chaos.town import Town


@pytest.fixture(scope="session")
def seed() -> int:
    """CHAOS_SEED, or another one each time. It is printed with the ledger."""
    return int(os.environ.get("CHAOS_SEED") or int.from_bytes(os.urandom(3)))


@pytest.fixture
def towns(tmp_path: Path, seed: int) -> Iterator[Callable[..., Town]]:
    print(f"CHAOS_SEED={seed} does it again")  # shown when the test fails
    made: list[Town] = []

    def town(url: str, people: int, **more: str) -> Town:
        folder = tmp_path / f"town{len(made)}"
        folder.mkdir()
        made.append(Town(folder, url, people, seed, more))
        return made[-1]

    yield town
    for one in made:
        one.end()


@pytest.fixture
def closing_the_books(record_property: Callable[[str, object], None]) -> Callable[[Town, str], Ledger]:
    """The ledger of a town. It is printed, and nothing in it may be wrong."""

    def close(town: Town, title: str) -> Ledger:
        ledger = account(town, title)
        record_property("ledger", str(ledger))
        assert not ledger.wrong, f"\n{ledger}\n{town.logs()}"
        return ledger

    return close
