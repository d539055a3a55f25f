"""Which company a call is about, and what that does to the people there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from knowing import Street

from bot.ingest.reading import Receipt
from bot.ingest.segment import read_batch
from bot.ingest.taking import Intake

HOUR = timedelta(hours=1)


class Sender:
    """A product whose calls come in, one batch at a time."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self._intake = Intake(street.door, street.knowing)

    def tells(self, *items: dict[str, Any], hours: int = 1) -> None:
        """A batch, that many hours after the one before."""
        self.street.at(self.street.now + hours * HOUR)
        heard = read_batch({"batch": list(items)}, Receipt(at=self.street.now, source="product"))
        assert not heard.refused
        assert not self._intake.take([call for _, call in heard.calls])

    def ago(self, hours: int) -> str:
        return (self.street.now + HOUR - hours * HOUR).isoformat()

    def company(self, user: str) -> tuple[str, dict[str, Any]]:
        """Where somebody is: its id, and what is known of it."""
        account = self.street.subject(self.street.who(external=user)).account
        return (account.external_id, dict(account.traits)) if account else ("", {})


@pytest.fixture
def product() -> Iterator[Sender]:
    street = Street()
    yield Sender(street)
    street.close()


def identify(user: str, company: dict[str, Any] | None = None, **traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": user, "traits": traits | ({"company": company} if company else {})}


def group(user: str, company: str, **more: Any) -> dict[str, Any]:
    return {"type": "group", "userId": user, "groupId": company, **more}


def test_ana_moves_from_acme_to_beta_in_one_batch_and_each_company_keeps_its_own_traits(product: Sender) -> None:
    product.tells(identify("ana"), identify("bob", {"id": "acme"}))
    product.tells(group("ana", "acme", traits={"plan": "pro"}), group("ana", "beta", traits={"seats": 3}))
    assert product.company("ana") == ("beta", {"seats": 3})
    assert product.company("bob") == ("acme", {"plan": "pro"})


def test_a_late_word_about_where_bob_was_moves_nothing_that_he_does_now_to_that_company(product: Sender) -> None:
    product.tells(identify("bob", {"id": "acme"}), identify("ana", {"id": "acme"}))
    product.tells(group("bob", "beta"), hours=4)
    product.tells(
        {"type": "track", "userId": "bob", "event": "report.created"},
        group("bob", "acme", traits={"plan": "pro"}, timestamp=product.ago(2 + 4)),
        {"type": "track", "userId": "bob", "event": "source.connected"},
    )
    bob, ana = (product.street.subject(product.street.who(external=name)) for name in ("bob", "ana"))
    assert bob.account and ana.account
    assert bob.account.external_id == "beta" and "source" in bob.account.steps
    assert "source" not in ana.account.steps and ana.account.traits == {"plan": "pro"}
    assert product.street.holds(bob.person.id)


@pytest.mark.parametrize(("one", "other"), [("m\ud800", "m\ud801"), ("m\x00", "m\ufffd")])
def test_two_messages_whose_ids_no_database_takes_are_two_and_come_in(product: Sender, one: str, other: str) -> None:
    for _ in range(2):
        product.tells(*({"type": "track", "userId": "ana", "event": "report.created", "messageId": key} for key in (one, other)))
    assert product.street.subject(product.street.who(external="ana")).activity["report.created"].n == 2
