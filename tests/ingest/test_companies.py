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
from flows.decision import Decision
from flows.events import AnyEvent

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
    assert bob.account
    assert ana.account
    assert bob.account.external_id == "beta"
    assert "source" in bob.account.steps
    assert "source" not in ana.account.steps
    assert ana.account.traits == {"plan": "pro"}
    assert product.street.holds(bob.person.id)


@pytest.mark.parametrize(("one", "other"), [("m\ud800", "m\ud801"), ("m\x00", "m\ufffd")])
def test_two_messages_whose_ids_no_database_takes_are_two_and_come_in(product: Sender, one: str, other: str) -> None:
    for _ in range(2):
        product.tells(*({"type": "track", "userId": "ana", "event": "report.created", "messageId": key} for key in (one, other)))
    assert product.street.subject(product.street.who(external="ana")).activity["report.created"].n == 2


def test_a_group_call_claims_the_domain_of_its_company_for_who_has_an_address_there(product: Sender) -> None:
    product.tells(identify("ana", email="ana@acme.test"))
    product.tells(group("ana", "acme", traits={"domain": "www.Acme.test"}))
    product.tells(identify("bob", email="bob@acme.test"))
    assert product.company("bob")[0] == "acme"


def test_who_types_the_domain_of_another_company_into_a_form_takes_nothing_from_it(product: Sender) -> None:
    product.tells(identify("ana", {"domain": "acme.test", "plan": "enterprise"}, email="ana@acme.test"))
    product.tells(identify("mallory", {"id": "evil", "domain": "acme.test", "plan": "free"}, email="mallory@evil.test"))
    product.tells(identify("rat", {"domain": "acme.test", "plan": "free"}, email="ana@acme.test"))
    assert product.company("mallory") == ("evil", {"domain": "acme.test", "plan": "free"})
    assert product.company("ana") == ("", {"domain": "acme.test", "plan": "enterprise"})
    assert product.company("rat") == ("", {})


def test_a_known_company_brings_over_only_whom_the_domain_of_an_address_shows_to_be_there(product: Sender) -> None:
    product.tells(identify("ben", {"domain": "globex.test", "plan": "big"}, email="ben@globex.test"), identify("eve", {"id": "evil"}))
    product.tells(identify("eve", {"id": "evil", "domain": "globex.test"}), group("eve", "evil", traits={"domain": "globex.test"}))
    assert product.company("ben")[0] == ""
    product.tells(identify("bea", {"id": "globex", "seats": 3}))
    product.tells(identify("bea", email="bea@globex.test"), group("bea", "globex", traits={"domain": "globex.test", "plan": "small"}))
    for name in ("ben", "bea"):
        assert product.company(name)[0] == "globex"
        assert (product.company(name)[1]["seats"], product.company(name)[1]["plan"]) == (3, "small")


def test_people_who_are_brought_over_all_arrive_when_it_was_interrupted_halfway(product: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    street = product.street
    product.tells(identify("bea", {"id": "acme"}, email="bea@acme.test"))
    first = street.knowing.account(domain="globex.test")
    people = [street.joins(external=name, account=first) for name in ("ana", "ben", "cleo")]
    handle, left = street.door.handle, [2]

    def interrupted(*events: AnyEvent) -> list[Decision]:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return handle(*events)

    monkeypatch.setattr(street.door, "handle", interrupted)
    with pytest.raises(KeyboardInterrupt):
        street.knowing.account(external="acme", domain="globex.test")
    monkeypatch.undo()
    acme = street.knowing.account(external="acme", domain="globex.test")
    assert [street.person(who).account_id for who in people] == [acme] * 3
    assert street.knowing.account(domain="globex.test") == acme


def test_people_of_thirty_companies_in_one_batch_cost_no_more_statements_than_those_of_one(product: Sender) -> None:
    def told(n: int, domain: str) -> list[dict[str, Any]]:
        return [identify(f"{domain}-{place}", email=f"p{place}@{domain.format(place)}.test") for place in range(n)]

    product.tells(*told(30, "acme"), *told(30, "beta{}"))
    with product.street.counted() as one:
        product.tells(*told(30, "acme"))
    with product.street.counted() as many:
        product.tells(*told(30, "beta{}"))
    assert len(many) == len(one)
