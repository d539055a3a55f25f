"""What an address that somebody typed does, and what it never does (ADR 13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from knowing import Street

from bot.ingest.reading import Receipt
from bot.ingest.segment import read_batch
from bot.ingest.taking import Intake
from flows.events import Replied, Traits

HOUR = timedelta(hours=1)
SLACK = {"ana@acme.test": "T1/UANA", "team@acme.test": "T1/UANA"}


class Forms:
    """A product that passes on the addresses people type into its forms."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.asked: list[str] = []
        self._intake = Intake(street.door, street.knowing, self._slack)

    def _slack(self, email: str) -> str | None:
        self.asked.append(email)
        return SLACK.get(email)

    def identify(self, user: str = "", visitor: str = "", **traits: Any) -> str:
        """Somebody fills a form in, an hour after the one before; gives who that is to us."""
        self.street.at(self.street.now + HOUR)
        item = {"type": "identify", "traits": traits} | ({"userId": user} if user else {}) | ({"anonymousId": visitor} if visitor else {})
        heard = read_batch({"batch": [item]}, Receipt(at=self.street.now, source="product"))
        assert not self._intake.take([call for _, call in heard.calls])
        return self.street.who(external=user) if user else self.street.who(anonymous=visitor)

    def imported(self, email: str, account: str = "acme") -> str:
        """Sales brought them from a list."""
        who = self.street.who(email=email)
        place = self.street.knowing.account(external=account)
        self.street.hears(Traits, who, person={"email": email, "name": "Ana"}, account_id=place)
        return who


@pytest.fixture
def forms() -> Iterator[Forms]:
    street = Street()
    yield Forms(street)
    street.close()


def test_mallory_who_types_anas_address_becomes_nobody_by_it(forms: Forms) -> None:
    ana = forms.imported("ana@acme.test")
    visitor = forms.identify(visitor="evil", email="ana@acme.test")
    mallory = forms.identify("66", visitor="evil", email="mallory@evil.test")
    assert visitor == mallory != ana
    assert forms.street.person(mallory).account_id is None
    assert forms.street.person(ana).email == "ana@acme.test"
    assert forms.identify("43", email="ana@acme.test") == ana
    assert forms.street.person(ana).account_id is not None


def test_a_visitor_with_anas_address_takes_neither_her_slack_user_nor_her_later_sign_up(forms: Forms) -> None:
    visitor = forms.identify(visitor="evil", email="ana@acme.test")
    assert forms.asked == []
    ana = forms.identify("43", email="ana@acme.test")
    assert ana != visitor
    assert [(one.refused != "", one.because) for one in forms.street.merges(ana)] == [(True, "e-mail ana@acme.test")]
    assert (forms.street.person(visitor).slack, forms.street.holds(ana), forms.street.holds(visitor)) == ("", True, True)


def test_a_visitor_who_gave_a_free_address_has_it_when_they_sign_up(forms: Forms) -> None:
    visitor = forms.identify(visitor="a-1", email="ana@acme.test")
    ana = forms.identify("42", visitor="a-1", email="ana@acme.test")
    assert ana == visitor
    assert forms.street.person(ana).slack == "T1/UANA"


def test_an_address_brings_nobody_in_where_ana_answered_herself(forms: Forms) -> None:
    ana = forms.imported("ana@acme.test")
    forms.street.hears(Replied, ana, text="Who is this?", mouth="email")
    for _ in range(2):
        mallory = forms.identify("66", email="ana@acme.test")
    assert mallory != ana
    assert len(forms.street.merges(ana)) == 1
    assert forms.street.person(ana).external_id == ""
    assert forms.street.holds(ana)
    assert forms.street.holds(mallory)


def test_slack_is_asked_once_for_who_joins_and_never_for_a_visitor(forms: Forms) -> None:
    for _ in range(3):
        forms.identify(visitor="a-1", email="ben@acme.test")
    assert forms.asked == []
    for _ in range(3):
        forms.identify("42", visitor="a-1", email="ben@acme.test")
    assert forms.asked == ["ben@acme.test"]


def test_two_people_never_have_one_slack_user_whatever_their_product_says(forms: Forms) -> None:
    ana = forms.identify("42", email="ana@acme.test")
    for said in ({"email": "team@acme.test"}, {"email": "team@acme.test", "slack": "T1/UANA"}):
        ben = forms.identify("43", **said)
    assert (forms.street.person(ana).slack, forms.street.person(ben).slack) == ("T1/UANA", "")


def test_a_visitor_who_says_to_be_42_is_not(forms: Forms) -> None:
    visitor = forms.identify(visitor="evil", external_id="42", name="Eve")
    assert (forms.street.person(visitor).external_id, forms.street.holds(visitor)) == ("", True)


def test_no_visitor_takes_the_id_that_the_help_desk_has_for_ana(forms: Forms) -> None:
    visitor = forms.identify(visitor="zendesk:501")
    ana = forms.street.who(email="ana@acme.test", sender="zendesk:501")
    assert ana != visitor
    assert forms.identify("42", email="ana@acme.test") == ana
