"""A town for the tests of people's pages, and somebody new in it for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from on_pages import newcomer
from town import Town, a_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for all of a file: each test has a newcomer of its own."""
    with a_town(tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.fixture
def nora(town: Town) -> str:
    """She signed up a moment ago, reads mail only, and has twenty colleagues."""
    return newcomer(town)
