"""A town that hears mail, and somebody new in it for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from by_mail import SETTINGS
from town import Town, a_town

_NAMES = (f"Ida{n}" for n in count())


@pytest.fixture(scope="module")
def mail_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for all tests of a file."""
    with a_town(tmp_path_factory.mktemp("town"), settings=SETTINGS) as found:
        yield found


@pytest.fixture
def ida(mail_town: Town) -> str:
    """She signed up a moment ago and has no Slack; her address."""
    name = next(_NAMES)
    mail_town.newcomer(name, company={"id": name, "name": f"{name} Ltd", "employees": 20})
    return f"{name.lower()}@solo.test"
