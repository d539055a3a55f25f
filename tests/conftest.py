"""Towns for every test that walks through the whole house."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from town import Town, build_town

from bot.playground.demo import Demo


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[Callable[..., Town]]:
    """Towns on demand; all end with the test."""
    open_ones: list[Demo] = []

    def found(folder: str = "town", project: Path | None = None) -> Town:
        demo = Demo(build_town, tmp_path / folder, project=project, beating=False)
        open_ones.append(demo)
        demo.start()
        demo.house.settle()
        return Town(demo)

    yield found
    for demo in open_ones:
        demo.stop(keep=True)


@pytest.fixture
def town(towns: Callable[..., Town]) -> Town:
    """Ana signed up a minute ago."""
    return towns()
