"""Somebody who listens at an address, and a house that tells them what happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from houses import Clocks, House, Post, write_little
from listeners import Listener, listening

from bot.shelf import Shelf, read_books
from bot.webhooks.channel import WebhookChannel

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def crm() -> Iterator[Listener]:
    """The CRM: it takes what it is told, unless a test has it answer otherwise."""
    with listening() as listener:
        yield listener


@pytest.fixture
def house(tmp_path: Path, crm: Listener) -> House:
    """Everything is told to the CRM, names and addresses included."""
    return a_house(tmp_path, f"endpoints:\n  - {{endpoint: crm, url: '{crm.url}', secret: CRM_SECRET, contact: true}}\n")


def a_house(folder: Path, webhooks: str, *, private: bool = True) -> House:
    write_little(folder / "project")
    (folder / "project" / "webhooks.yaml").write_text(webhooks)
    books, problems = read_books(folder / "project")
    assert not problems, problems
    clocks = Clocks()
    house = House(folder / "handrail.db", clocks, Post("slack", clocks), Post("email", clocks), Shelf(None, books))
    secrets = {"CRM_SECRET": SECRET}
    house.channels["webhook"] = WebhookChannel(lambda: house.shelf.playbooks().endpoints, secrets.get, private=private)
    return house
