"""A town for all tests of a file, and somebody new in it for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from in_slack import newcomer
from town import Town, a_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for all, on a Monday at ten: each test has a newcomer of its own."""
    with a_town(tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.fixture
def ina(town: Town) -> str:
    """She signed up a moment ago; her Slack user."""
    return newcomer(town)
